"""One read of the alias: what kind of answer Django's compiler wants, and how DynamoDB gives it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.db.models import Count
from django.db.models.expressions import Col, Star, Value
from django.db.models.sql import Query

from dynamo_models.backend.asking import Asked, understand
from dynamo_models.backend.deriving import parents_of_use
from dynamo_models.backend.errors import NotServed
from dynamo_models.backend.intents import Intent
from dynamo_models.backend.overlay import overlaid
from dynamo_models.backend.selection import Selection
from dynamo_models.backend.targets import fresh
from dynamo_models.backend.ways import Way, way
from dynamo_models.backend.whitelist import refuse_unknown
from dynamo_models.mirror.registration import Mirror

Kind = Literal["rows", "count", "exists"]


@dataclass(frozen=True, kw_only=True)
class Read:
    """A query that DynamoDB may answer.

    way: how; None as long as rows that a foreign key leads to have to be read first to know. nulls_first: how SQL
    sorts. pending: what an open block has written of the model and not yet sent. whole: the items are wanted as they
    are stored by now, to be held to that. scan: how many requests a scan may take where no key serves; None for none.
    """

    kind: Kind
    asked: Asked
    selection: Selection | None
    using: str
    nulls_first: bool
    way: Way | None = None
    pending: tuple[Intent, ...] = ()
    whole: bool = False
    scan: int | None = None

    def found(self, *, reading: bool) -> Read:
        """With the way. ``reading``: rows may be read for it. NotServed where no key serves."""
        if self.way is not None:
            return self
        only = [] if self.selection is None else self._only()
        using = self.using if reading else None
        later = not reading and any(parents_of_use(self.asked))
        scan = None if later else self.scan
        try:
            made = way(self.asked, using=using, only=only, nulls_first=self.nulls_first, scan=scan)
        except NotServed:
            if later:
                return self
            raise
        return replace(self, way=made)

    def _only(self) -> list[str] | None:
        """The attributes to be read; None where that is all that the model has."""
        assert self.selection is not None  # noqa: S101 - the caller looked
        if self.whole:
            return None
        wanted = self.selection.attributes
        return None if set(wanted) >= set(self.asked.columns.attributes.values()) else wanted

    def items(self) -> Iterator[Any]:
        """The items that match, in order, of the slice."""
        if self.pending:
            return iter(overlaid(self._way, self.pending, using=self.using))
        return fresh(self._way) if self.whole else self._way.items()

    def rows(self, items: Iterable[Any] | None = None) -> list[list[Any]]:
        """The answer as rows: those selected (of ``items``, where they have been read), or one of one number."""
        if self.kind == "count":
            return [[sum(1 for _ in self.items()) if self.pending else self._way.count()]]
        if self.kind == "exists":
            found = any(True for _ in self.items()) if self.pending else self._way.exists()
            return [[1]] if found else []
        assert self.selection is not None  # noqa: S101 - rows are of a selection
        rows = self.selection.rows(self.items() if items is None else items)
        return list({repr(row): row for row in rows}.values()) if self.asked.distinct else rows

    def chunks(self, size: int) -> Iterator[list[list[Any]]]:
        """The rows in parts, each read as it is asked for."""
        assert self.selection is not None  # noqa: S101 - rows are of a selection
        part: list[Any] = []
        for item in self.items():
            part.append(item)
            if len(part) == size:
                yield self.selection.rows(part)
                part = []
        yield self.selection.rows(part)

    @property
    def _way(self) -> Way:
        assert self.way is not None  # noqa: S101 - found() has been called
        return self.way


def read_of(query: Query, mirror: Mirror, select: Iterable[Any], *, using: str, nulls_first: bool) -> Read:
    """What a query reads that ``refuse_unknown`` has looked at. NotServed where it is not understood.

    select: the expressions that it selects. using: the alias, by which rows behind foreign keys are read.
    """
    inner = getattr(query, "inner_query", None)
    if inner is not None:
        refuse_unknown(inner)
        if query.where:
            raise NotServed("it filters what it counts by an outer query")
    kind = _kind(query)
    asked = understand(query if inner is None else inner, mirror)
    if asked.distinct and (kind != "rows" or asked.sliced):
        raise NotServed("it counts or slices what distinct() leaves; take the whole of it, without repetitions")
    selection = Selection(asked, select, using=using) if kind == "rows" else None
    return Read(kind=kind, asked=asked, selection=selection, using=using, nulls_first=nulls_first)


def _kind(query: Query) -> Kind:
    annotations = list(query.annotations.values())
    inner = getattr(query, "inner_query", None)
    if inner is not None and inner.annotations:
        raise NotServed("it counts or aggregates rows that are annotated")
    if all(type(each) is Col for each in annotations):
        return "rows"  # other names of columns, if any
    (first, *others) = annotations
    bare = inner is not None or (not query.default_cols and not query.select)
    if bare and not others and type(first) is Value:
        return "exists"
    if bare and not others and _counts_rows(first):
        return "count"
    names = ", ".join(query.annotations)
    if any(getattr(each, "contains_aggregate", False) for each in annotations):
        raise NotServed(f"it aggregates ({names}); DynamoDB counts, and works nothing else out")
    raise NotServed(f"it annotates its rows ({names}) with what only SQL works out")


def _counts_rows(expression: Any) -> bool:
    if type(expression) is not Count or getattr(expression, "distinct", False) or expression.filter is not None:
        return False
    return [type(each) for each in expression.get_source_expressions() if each is not None] == [Star]
