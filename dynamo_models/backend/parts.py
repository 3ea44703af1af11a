"""One part of an answer: a plan of the mapper's, or a batch of items that are named one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dynamo_models.backend.asking import Asked
from dynamo_models.backend.deriving import implied
from dynamo_models.backend.errors import NotServed
from dynamo_models.backend.points import Points, points
from dynamo_models.errors import NeedsScan, QueryRefused
from dynamo_models.reading.plan import Plan
from dynamo_models.reading.planner import plan
from dynamo_models.reading.queryset import QuerySet
from dynamo_models.reading.question import Budget, Question


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One plan of the mapper's. sorted_here: it gives all matches, and they are sorted once they are read."""

    question: Question
    plan: Plan
    sorted_here: bool = False


def question_of(asked: Asked, wanted: Sequence[str] | None) -> Question:
    question = Question(schema=asked.mirror.entity.schema).holding(*(asked.conditions or ()))
    return question if wanted is None else question.loaded(wanted)


def part_of(question: Question, asked: Asked) -> Planned | Points:
    several = points(question)
    if several is not None:
        return several
    return _planned(question, asked)


def _planned(question: Question, asked: Asked) -> Planned:
    try:
        made = plan(replace(question, order=asked.order))
    except NeedsScan as refused:
        if not asked.order:
            raise _not_served(asked, refused) from refused
        made = _unordered(question, asked, refused)
        single = made.operation in ("GetItem", "Unique") or asked.at_most_one
        return Planned(question=_consistent(question, made), plan=made, sorted_here=not single)
    except QueryRefused as refused:
        raise NotServed("the mapper refuses it", shown=str(refused)) from refused
    return Planned(question=_consistent(replace(question, order=asked.order), made), plan=made)


def _unordered(question: Question, asked: Asked, refused: NeedsScan) -> Plan:
    """The plan without the order: of one item there is none, and all that are read anyway can be sorted then."""
    try:
        made = plan(question)
    except NeedsScan:
        raise _not_served(asked, refused) from refused
    if made.operation == "Query" and asked.sliced and not asked.at_most_one:
        raise _not_served(asked, refused) from refused
    return made


def _not_served(asked: Asked, refused: NeedsScan) -> NotServed:
    return NotServed("no key serves it", shown=f"{asked}. What each key would need:", candidates=refused.candidates)


def _consistent(question: Question, made: Plan) -> Question:
    """Strongly consistent wherever DynamoDB can be: whoever has written reads what they wrote."""
    return question if made.index is not None else replace(question, consistent=True)


def read_part(part: Planned | Points, enough: int | None) -> Iterator[Any]:
    """What is read for one part: the first so many, where it is read in order."""
    if isinstance(part, Points):
        return part.items()
    stop = None if part.sorted_here else enough
    return QuerySet(part.question, start=0, stop=stop).iterator()


def scanned(question: Question, asked: Asked, requests: int) -> Planned:
    """All that a key leads to, or else all that is in the table, sorted here once it is read."""
    question = question.holding(*implied(asked)).limited(Budget(requests=requests))
    try:
        made = plan(question)
    except NeedsScan:
        question = replace(question, scan=1)
        made = plan(question)
    except QueryRefused as refused:
        raise NotServed("the mapper refuses it", shown=str(refused)) from refused
    return Planned(question=_consistent(question, made), plan=made, sorted_here=True)
