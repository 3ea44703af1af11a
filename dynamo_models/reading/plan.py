"""What a plan is: how a read is answered, over which ranges, and what is left to filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Literal as OneOf

from dynamo_models.keys.predicate import Condition, names_of
from dynamo_models.reading.question import Question
from dynamo_models.reading.ranges import SortCondition, shown_value
from dynamo_models.schema.definition import EntitySchema
from dynamo_models.schema.key import BoundKey, BoundUnique

Operation = OneOf["GetItem", "Unique", "Query", "Scan"]


class NotServed(Exception):  # noqa: N818 - a reason, collected and shown
    """Why a key does not serve a read."""


@dataclass(frozen=True)
class KeyRange:
    """One Query: a partition and a stretch of its sort keys. ``prefix``: how much of them is left out in merging."""

    pk: dict[str, Any]
    sort: SortCondition | None
    prefix: int = 0

    def __str__(self) -> str:
        shown = f"= {shown_value(self.pk)}"
        return f"{shown}, {self.sort}" if self.sort else shown


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a read is answered.

    ranges: the queries, merged in order of the sort key behind its ``prefix`` where there are several; none where
    nothing can match, and nothing is sent then. item_key: the key of the item (of a GetItem) or of the unique item that
    leads to it; None where no item can have it. filters: conditions that DynamoDB applies after the read; local: those
    that it cannot apply, which are applied here. fetch: whole items are read by key, since the index has only a part.
    """

    question: Question
    operation: Operation
    key: BoundKey | None = None
    unique: BoundUnique | None = None
    item_key: Mapping[str, Any] | None = None
    values: Mapping[str, Any] | None = None  # the facets of a unique item
    ranges: tuple[KeyRange, ...] = ()
    forward: bool = True
    filters: tuple[Condition, ...] = ()
    local: tuple[Condition, ...] = ()
    type_filter: bool = False
    expiry_filter: bool = False
    fetch: bool = False

    @property
    def schema(self) -> EntitySchema:
        return self.question.schema

    @property
    def index(self) -> str | None:
        return self.key.index if self.key else None

    @property
    def streams(self) -> tuple[KeyRange | None, ...]:
        """What is read page by page: the ranges of a Query; None stands for a Scan."""
        return self.ranges if self.operation == "Query" else (None,)

    @property
    def key_is_enough(self) -> bool:
        """Whether a unique item tells all that is asked for: nothing but what it and the key that it leads to say."""
        if self.operation != "Unique" or self.question.only is None or self.question.expressions:
            return False
        asked = frozenset(self.question.only).union(*(names_of(condition) for condition in self.local))
        return asked <= self.schema.primary.facets | (self.values or {}).keys()

    @property
    def filtered(self) -> bool:
        """Whether a page may hold fewer matches than items read."""
        return bool(self.filters or self.local or self.type_filter or self.expiry_filter or self.question.expressions)
