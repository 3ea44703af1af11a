"""Several items at once, each named by its primary key or by a unique: batches of a hundred instead of queries."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dynamo_models.errors import KeyRefused
from dynamo_models.reading import decode, execute, lookups
from dynamo_models.reading.facts import Fact, gather
from dynamo_models.reading.plan import Plan
from dynamo_models.reading.planner import plan
from dynamo_models.reading.queryset import QuerySet
from dynamo_models.reading.question import Question
from dynamo_models.reading.walk import belongs
from dynamo_models.schema.key import BoundUnique
from dynamo_models.writing import batch
from dynamo_models.writing.uniques import is_unique, owner_key

# More than this is no list that somebody has written down, and is refused.
MOST = 10_000


@dataclass(frozen=True, kw_only=True)
class Points:
    """The items of these primary keys, or of these values of a unique; ``asked`` are their facets."""

    question: Question
    unique: BoundUnique | None
    asked: list[dict[str, Any]]

    def items(self) -> Iterator[Any]:
        """Those that are there and match, read strongly consistent; in no order."""
        found = self._by_unique() if self.unique is not None else self._by_key()
        for item in found:
            if lookups.all_hold(self.question.conditions, item.attribute_values):
                yield item

    def _by_key(self) -> Iterator[Any]:
        whole: QuerySet[Any] = QuerySet(Question(schema=self.question.schema))
        yield from (item for item in whole.get_many(self.asked, consistent=True) if item is not None)

    def _by_unique(self) -> Iterator[Any]:
        assert self.unique is not None  # noqa: S101 - the caller looked
        schema, keys, values = self.question.schema, [], []
        for each in self.asked:
            try:
                keys.append(self.unique.key(each))
            except KeyRefused:
                continue  # no item can have this value
            values.append(each)
        leads = batch.get_all(schema.table, keys, consistent=True)
        pairs = [(each, owner_key(lead)) for each, lead in zip(values, leads, strict=True)
                 if lead is not None and is_unique(schema, lead)]  # fmt: skip
        items = batch.get_all(schema.table, [owner for _, owner in pairs], consistent=True)
        made = Plan(question=replace(self.question, consistent=True), operation="GetItem", key=schema.primary)
        for (each, _), item in zip(pairs, items, strict=True):
            if item is None:
                # It has moved between the two reads: the mapper looks again.
                again = Question(schema=schema, consistent=True).narrowed((), each)
                found = execute.get_one(plan(again))
                if found is not None:
                    yield found
            elif belongs(made, item):
                yield decode.whole(schema, item)


def points(question: Question) -> Points | None:
    """The items that a question names one by one, where it names several; None where it does not."""
    schema, facts = question.schema, gather(question.conditions)
    combined = _combined(schema.primary.facets, facts)
    if combined is not None:
        return Points(question=question, unique=None, asked=combined)
    for unique in schema.uniques.values():
        combined = _combined(unique.facets, facts)
        if combined is not None:
            return Points(question=question, unique=unique, asked=combined)
    return None


def _combined(facets: frozenset[str], facts: Mapping[str, Fact]) -> list[dict[str, Any]] | None:
    lists = [(name, facts[name].values) for name in sorted(facets) if name in facts]
    if len(lists) < len(facets) or any(values is None for _, values in lists):
        return None
    count = math.prod(len(values or ()) for _, values in lists)
    if not 1 < count <= MOST:
        return None
    names = [name for name, _ in lists]
    return [dict(zip(names, each, strict=True)) for each in itertools.product(*(values or () for _, values in lists))]
