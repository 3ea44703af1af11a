"""How DynamoDB answers a query: by one plan of the mapper's, by a batch of items, or by a plan for each parent row."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dynamo_models.backend.asking import Asked, given
from dynamo_models.backend.columns import ColumnPath
from dynamo_models.backend.deriving import implied, parents_of_use
from dynamo_models.backend.errors import NotServed
from dynamo_models.backend.parts import Planned, part_of, question_of, read_part, scanned
from dynamo_models.backend.points import Points
from dynamo_models.backend.texts import leaves
from dynamo_models.keys import predicate
from dynamo_models.keys.predicate import Condition, Junction, Lookup
from dynamo_models.reading import lookups
from dynamo_models.reading.queryset import QuerySet


@dataclass(frozen=True, kw_only=True)
class Way:
    """How one query is answered.

    parts: what is read, one after the other; none where nothing can match. union: a row may be in several of them.
    nulls_first: how SQL sorts what is absent.
    """

    asked: Asked
    parts: Sequence[Planned | Points]
    nulls_first: bool
    union: bool = False

    @property
    def partition(self) -> str | None:
        """The partition key that is asked, where it is one."""
        if len(self.parts) != 1 or not isinstance(self.parts[0], Planned):
            return None
        made = self.parts[0].plan
        keys = [each.pk for each in made.ranges] if made.ranges else [made.item_key] if made.item_key else []
        pk = made.key.pk.attribute.name if made.key is not None else made.schema.table.pk.name
        texts = {str(key.get(pk, next(iter(key.values())))) for key in keys if key}
        held = [next(iter((key.get(pk) or key).values())) for key in keys if key]
        return str(held[0]) if len(texts) == 1 else None

    @property
    def sorts(self) -> bool:
        """Whether the matches are sorted, and a slice taken of them, once all are read."""
        return any(isinstance(part, Points) or part.sorted_here for part in self.parts) or len(self.parts) > 1

    def items(self) -> Iterator[Any]:
        """The matches, in order, of the slice."""
        asked = self.asked
        if asked.stop is not None and asked.stop <= asked.start:
            return iter(())
        if self.sorts:
            return iter(self.sliced(list(self.at_least(0))))
        if asked.kept:
            return itertools.islice(self.at_least(0), asked.start, asked.stop)
        return itertools.chain.from_iterable(
            QuerySet(part.question, start=asked.start, stop=asked.stop).iterator() for part in self._planned
        )

    def sliced(self, found: list[Any]) -> list[Any]:
        """What is asked for of matches that are all there: in order, and of the slice."""
        for name, down in reversed(self.asked.order):
            found.sort(key=lambda item: _rank(item.attribute_values.get(name), self.nulls_first), reverse=down)
        return found[self.asked.start : self.asked.stop]

    def at_least(self, more: int) -> Iterator[Any]:
        """The first matches in order, all that are in the slice or before it, and so many more."""
        asked = self.asked
        enough = None if asked.stop is None or asked.kept else asked.stop + more
        seen = set()
        for part in self.parts:
            for item in read_part(part, enough):
                if self.union:
                    pk = item.attribute_values[asked.pk]
                    if pk in seen:
                        continue
                    seen.add(pk)
                if not asked.kept or lookups.all_hold(asked.kept, item.attribute_values):
                    yield item

    def count(self) -> int:
        """How many matches are in the slice. DynamoDB counts where it can."""
        if not self.asked.sliced and self._as_planned:
            return sum(QuerySet(part.question).count() for part in self._planned)
        return sum(1 for _ in self.items())

    def exists(self) -> bool:
        if self.asked.start or not self._as_planned:
            return next(self.items(), None) is not None
        return any(QuerySet(part.question).exists() for part in self._planned)

    @property
    def _as_planned(self) -> bool:
        """Whether the matches are what the mapper's plans find, each once."""
        return not self.asked.kept and not self.union and len(self._planned) == len(self.parts)

    @property
    def _planned(self) -> list[Planned]:
        return [part for part in self.parts if isinstance(part, Planned)]

    def explain(self) -> str:
        """What will be read, in words."""
        lines = [
            f"BatchGetItem {part.question.schema.table.name}: {len(part.asked)} items by "
            f"{part.unique.name if part.unique else 'primary'}"
            if isinstance(part, Points)
            else str(QuerySet(part.question, start=self.asked.start, stop=self.asked.stop).explain())
            for part in self.parts
        ]
        return "\n".join(lines) or "Nothing can match: nothing is sent."


def way(
    asked: Asked,
    *,
    using: str | None,
    only: Sequence[str] | None = None,
    nulls_first: bool = True,
    scan: int | None = None,
) -> Way:
    """How a query is answered. NotServed says what each key would need.

    using: an alias by which rows are read that a foreign key of the query leads to, where a key is made of them; with
    None nothing is read, and only what needs none is served. only: the attributes that are wanted of each item; None
    for all. scan: how many requests may be made of all that a table or a partition holds where no key serves.
    """
    if asked.conditions is None:
        return Way(asked=asked, parts=(), nulls_first=nulls_first)
    wanted = None if only is None else _wanted(asked, only)
    try:
        parts: list[Planned | Points] = [part_of(question_of(asked, wanted).holding(*implied(asked)), asked)]
    except NotServed:
        alternatives = _by_alternatives(asked, wanted)
        by_parents = None if alternatives is not None or using is None else _by_parents(asked, wanted, using)
        if alternatives is None and by_parents is None:
            if scan is None:
                raise
            by_parents = [scanned(question_of(asked, wanted), asked, scan)]
        parts = alternatives or by_parents or []
        return Way(asked=asked, parts=parts, nulls_first=nulls_first, union=alternatives is not None)
    return Way(asked=asked, parts=parts, nulls_first=nulls_first)


def _wanted(asked: Asked, only: Sequence[str]) -> list[str]:
    """The attributes to be read: those that are asked for, and those that are needed to tell, to sort and to know."""
    told = [leaf.name for each in asked.kept for leaf in leaves(each)]
    return [*only, *(name for name, _ in asked.order), *told]


def _by_alternatives(asked: Asked, wanted: Sequence[str] | None) -> list[Planned | Points] | None:
    """A part for each alternative of a condition that has several, all of which a key serves; None where none has.

    The first matches of a slice are among the first of each.
    """
    conditions = asked.conditions or ()
    for place, condition in enumerate(conditions):
        if not isinstance(condition, Junction) or condition.connector != "OR":
            continue
        rest = [*conditions[:place], *conditions[place + 1 :]]
        try:
            named = None if wanted is None else [*wanted, asked.pk]
            parts = []
            for alternative in condition.parts:
                held = (*rest, *predicate.conjuncts(alternative))
                narrowed = replace(asked, conditions=held, given=given(asked.columns, held))
                parts.append(part_of(question_of(narrowed, named).holding(*implied(narrowed)), narrowed))
        except NotServed:
            continue
        return parts
    return None


def _by_parents(asked: Asked, wanted: Sequence[str] | None, using: str) -> list[Planned | Points] | None:
    """A part for each parent row that the query names; None where no parent could help."""
    for path, field, values in parents_of_use(asked):
        target = field.target_field
        rows = field.related_model._base_manager.using(using).filter(**{f"{target.name}__in": values})
        parts: list[Planned | Points] = []
        for row in rows:
            value = getattr(row, target.attname)
            narrowed = replace(asked, given={**asked.given, path: (value,)})
            question = question_of(asked, wanted).holding(
                _exactly(asked, path, value), *implied(narrowed, {field.name: row})
            )
            parts.append(part_of(question, asked))
        if len(parts) > 1 and asked.sliced:
            raise NotServed("it is a slice of the rows of several parents; ask for each parent's by itself")
        return parts
    return None


def _exactly(asked: Asked, path: ColumnPath, value: Any) -> Condition:
    return lookups.checked(asked.mirror.entity.schema, Lookup(asked.columns.attributes[path], "exact", value))


def _rank(value: Any, nulls_first: bool) -> tuple[bool, Any]:
    return ((value is not None) is nulls_first, "" if value is None else value)
