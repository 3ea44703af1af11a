"""Collections: the items of several entities in one partition, read by one Query, each under its own name and type."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from typing import Literal as OneOf

from dynamo_models.errors import BudgetSpent, DefinitionError, DoesNotExist, QueryRefused, RawItem
from dynamo_models.keys.template import Template
from dynamo_models.reading import decode
from dynamo_models.reading.explain import Explanation, explain
from dynamo_models.reading.facts import Fact, gather
from dynamo_models.reading.partitions import partitions
from dynamo_models.reading.plan import KeyRange, Plan
from dynamo_models.reading.projection import projected
from dynamo_models.reading.question import Budget, Question
from dynamo_models.reading.ranges import SortCondition, template_ranges
from dynamo_models.reading.stream import OutOfBudget
from dynamo_models.reading.walk import Walk, expired, owned
from dynamo_models.schema.definition import EntityDefinition, EntitySchema
from dynamo_models.schema.key import BoundKey, PlainHalf, TemplateHalf
from dynamo_models.writing import batch


@dataclass(frozen=True)
class Member:
    """One name of a collection: the entity of its items, and how many there are."""

    name: str
    entity: type[EntityDefinition]
    many: OneOf["one", "maybe", "all"]
    key: BoundKey


class Collection:
    """``class ProblemWithCases(Collection): problem: Problem; test_cases: list[TestCase]``.

    A member is one item (DoesNotExist where it is missing), ``X | None``, or ``list[X]`` in the order of its sort key.
    ``class Options: index = "GSI1"`` reads the partition of an index instead of the table's.
    """

    _members: ClassVar[tuple[Member, ...] | None] = None

    def __init__(self, **members: Any) -> None:
        for name, value in members.items():
            setattr(self, name, value)

    def __repr__(self) -> str:
        shown = ", ".join(f"{member.name}={getattr(self, member.name)!r}" for member in type(self).members())
        return f"{type(self).__name__}({shown})"

    @classmethod
    def members(cls) -> tuple[Member, ...]:
        """The members, checked against each other when they are first asked for. DefinitionError where they differ."""
        if cls.__dict__.get("_members") is None:
            cls._members = _members(cls)
        assert cls._members is not None  # noqa: S101 - made above
        return cls._members

    @classmethod
    def get(cls, *, consistent: bool = False, requests: int | None = None, **facets: Any) -> Self:
        """Read the partition that these facets name: one Query, more only past a megabyte.

        DoesNotExist where a member that has to be there is not. ``requests`` is a budget; BudgetSpent where it ends.
        """
        members = cls.members()
        found: dict[str, list[Any]] = {member.name: [] for member in members}
        try:
            for item in _items(_plan(members, facets, consistent=consistent, requests=requests)):
                for member in members:
                    schema = member.entity.schema
                    if owned(schema, item) and not expired(schema, item):
                        found[member.name].append(decode.whole(schema, item))
        except OutOfBudget:
            raise BudgetSpent(
                f"{cls.__name__}: the partition was not read whole in {requests} requests; raise the budget, or read "
                "its entities page by page.",
                items=[],
                cursor=None,
            ) from None
        except QueryRefused as refused:
            raise QueryRefused(f"{cls.__name__}.get(): {refused}") from refused
        return cls(**{member.name: _shaped(cls, member, found[member.name], facets) for member in members})

    @classmethod
    def explain(cls, **facets: Any) -> Explanation:
        """How the partition is read; nothing is sent."""
        plan = _plan(cls.members(), facets, consistent=False, requests=None)
        return explain(plan, limit=None, item_bytes=0)


def _items(plan: Plan) -> Iterator[RawItem]:
    """The whole items of the partition, in order: read by key where the index has only a part of them."""
    walk = Walk(plan)
    if projected(plan.schema, plan.key) is None:
        yield from walk.raw(None)
        return
    names = plan.schema.key_names()
    keys = [{name: dict(item[name]) for name in names} for item in walk.raw(None)]
    whole = batch.get_all(plan.schema.table, keys, consistent=plan.question.consistent)
    yield from (item for item in whole if item is not None)


def _shaped(cls: type[Collection], member: Member, items: list[Any], facets: dict[str, Any]) -> Any:
    if member.many == "all":
        return items
    if items:
        return items[0]
    if member.many == "maybe":
        return None
    given = ", ".join(f"{name}={value!r}" for name, value in facets.items())
    missing: type[DoesNotExist] = member.entity.DoesNotExist  # type: ignore[assignment]
    raise missing(f"{cls.__name__}({given}): there is no {member.entity.__name__}.")


def _members(cls: type[Collection]) -> tuple[Member, ...]:
    hints = {name: hint for name, hint in typing.get_type_hints(cls).items() if typing.get_origin(hint) is not ClassVar}
    index = getattr(getattr(cls, "Options", None), "index", None)
    members = tuple(_member(cls, name, hint, index) for name, hint in hints.items())
    if not members:
        raise DefinitionError(f"{cls.__name__} has no members: write problem: Problem, test_cases: list[TestCase].")
    first = members[0]
    for member in members[1:]:
        if member.entity.schema.table is not first.entity.schema.table or _shape(member.key) != _shape(first.key):
            raise DefinitionError(
                f"{cls.__name__}: {member.name} and {first.name} are not in one partition: "
                f"{member.entity.__name__} is at {_shape(member.key)}, {first.entity.__name__} at {_shape(first.key)}."
            )
        if member.entity is first.entity:
            raise DefinitionError(f"{cls.__name__} has {member.entity.__name__} twice; name it once.")
    return members


def _member(cls: type[Collection], name: str, hint: Any, index: str | None) -> Member:
    many: OneOf["one", "maybe", "all"] = "one"
    if typing.get_origin(hint) in (list, Sequence):
        many, hint = "all", typing.get_args(hint)[0]
    elif typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [each for each in typing.get_args(hint) if each is not type(None)]
        many, hint = "maybe", rest[0] if len(rest) == 1 else hint
    if not (isinstance(hint, type) and issubclass(hint, EntityDefinition) and hasattr(hint, "schema")):
        raise DefinitionError(f"{cls.__name__}.{name}: {hint!r} is not an entity, an entity or None, or a list of one.")
    schema: EntitySchema = hint.schema
    schema.usable()
    keys = [key for key in schema.keys.values() if key.index == index]
    if len(keys) != 1:
        raise DefinitionError(f"{cls.__name__}.{name}: {hint.__name__} has {len(keys)} keys on {index}, and needs one.")
    if keys[0].shards:
        raise DefinitionError(f"{cls.__name__}.{name}: key {keys[0].name!r} is sharded, and is not one partition.")
    return Member(name, hint, many, keys[0])


def _shape(key: BoundKey) -> str:
    return f"{{{key.pk.name}}}" if isinstance(key.pk, PlainHalf) else key.pk.template.text


def _plan(members: tuple[Member, ...], facets: dict[str, Any], *, consistent: bool, requests: int | None) -> Plan:
    first = members[0]
    schema, key = first.entity.schema, first.key
    missing = [name for name in key.pk.names if facets.get(name) is None]
    unknown = sorted(facets.keys() - set(key.pk.names))
    if missing or unknown:
        raise QueryRefused(
            f"it takes {', '.join(key.pk.names)}"
            + (f"; {', '.join(missing)} is missing" if missing else "")
            + (f"; {', '.join(unknown)} is not part of the partition" if unknown else "")
            + "."
        )
    if consistent and key.index is not None and not key.local:
        raise QueryRefused(f"{key.index} is a global index, which has no consistent reads.")
    question = Question(schema=schema, consistent=consistent).limited(Budget(requests=requests))
    question = question.narrowed((), facets)  # the values are checked as those of any look-up
    found = partitions(key, gather(question.conditions)).keys
    for member in members[1:]:
        theirs = partitions(member.key, gather(question.conditions)).keys
        if theirs != found:
            raise QueryRefused(f"{first.name} and {member.name} encode {', '.join(key.pk.names)} in different ways.")
    stretch = _stretch(members)
    return Plan(question=question, operation="Query", key=key, ranges=tuple(KeyRange(pk, stretch) for pk in found))


def _stretch(members: tuple[Member, ...]) -> SortCondition | None:
    """The stretch of sort keys that holds all members, where the templates tell one: the rest of a large partition, a
    user's history beside a user's profile, is not read with it."""
    lows: list[str] = []
    highs: list[str] = []
    for member in members:
        half = member.key.sk
        if not isinstance(half, TemplateHalf):
            return None
        ends = _ends(half.template, half)
        if ends is None:
            return None
        lows.append(ends[0])
        highs.append(ends[1])
    low, high = min(lows), max(highs)
    if low == high:
        return SortCondition("=", ({"S": low},))
    return SortCondition("BETWEEN", ({"S": low}, {"S": high}))


def _ends(template: Template, half: TemplateHalf) -> tuple[str, str] | None:
    facts: dict[str, Fact] = {}
    (each,) = template_ranges(half, facts, frozenset(), 1)
    if each.condition is None:
        return None
    text = each.condition.operands[0]["S"]
    if each.condition.operator == "=":
        return text, text
    return text, text[:-1] + chr(ord(template.delimiter) + 1)
