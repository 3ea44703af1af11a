"""The planner: which key serves a read, over which ranges, and what is left to filter. Pure; it sends nothing.

Nothing becomes a scan by itself. Where no key serves, NeedsScan says for each key what it would need.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal as OneOf

from dynamo_models.errors import NeedsScan, QueryRefused
from dynamo_models.keys import predicate
from dynamo_models.keys.facets import FacetRefused
from dynamo_models.keys.predicate import Condition, Lookup
from dynamo_models.keys.template import Facet
from dynamo_models.reading import overlap
from dynamo_models.reading.facts import MAX_FAN_OUT, Fact, gather, spread
from dynamo_models.reading.question import Question
from dynamo_models.reading.ranges import SortCondition, SortRange, plain_ranges, template_ranges
from dynamo_models.schema.definition import EntitySchema
from dynamo_models.schema.key import BoundKey, BoundUnique, PlainHalf, TemplateHalf

Operation = OneOf["GetItem", "Unique", "Query", "Scan"]


@dataclass(frozen=True)
class KeyRange:
    """One Query: a partition and a stretch of its sort keys. ``prefix``: what all of its sort keys begin with."""

    pk: dict[str, Any]
    sort: SortCondition | None
    prefix: int = 0

    def __str__(self) -> str:
        shown = f"= {next(iter(self.pk.values()))!r}"
        return f"{shown}, {self.sort}" if self.sort else shown


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a read is answered.

    ranges: the queries, merged in order of the sort key behind its ``prefix`` where there are several.
    filters: conditions that DynamoDB applies after the read; local: those that it does not apply to a key attribute,
    which are applied here. fetch: whole items are read by key, since the index does not project them.
    """

    question: Question
    operation: Operation
    key: BoundKey | None = None
    unique: BoundUnique | None = None
    values: Mapping[str, Any] | None = None  # the facets of a GetItem or a unique item
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
    def filtered(self) -> bool:
        """Whether a page may hold fewer matches than items read."""
        return bool(self.filters or self.local or self.type_filter or self.question.expressions)


def plan(question: Question) -> Plan:
    """The best plan for a read. NeedsScan where no key serves; QueryRefused for what DynamoDB cannot do."""
    schema = question.schema
    schema.usable()
    if question.scan:
        return _scan(question)
    facts = gather(question.conditions)
    if question.key is not None and question.key not in schema.keys:
        raise QueryRefused(f"{schema.name} has no key {question.key!r}; it has {', '.join(schema.keys)}.")
    keys = [schema.keys[question.key]] if question.key else [schema.primary, *schema.index_keys]
    found: list[tuple[tuple[int, ...], Plan]] = []
    refused: list[str] = []
    for number, key in enumerate(keys):
        try:
            made = _Candidate(question, key, facts).plan()
        except _NotServed as reason:
            refused.append(f"{key.name} ({key.index or 'the primary key'}): {reason}")
            continue
        found.append((_cost(made, number), made))
    if question.key is None and (unique := _unique(question, facts)) is not None:
        found.append((_cost(unique, -1), unique))
    if not found:
        raise _needs_scan(question, refused)
    return min(found, key=lambda each: each[0])[1]


def _cost(made: Plan, number: int) -> tuple[int, ...]:
    kind = {"GetItem": 0, "Unique": 1, "Query": 2, "Scan": 3}[made.operation]
    narrow = -sum(1 for each in made.ranges[:1] if each.sort is not None and each.sort.operator != "begins_with")
    return (kind, len(made.filters) + len(made.local), len(made.ranges), narrow, int(made.fetch), number)


def _needs_scan(question: Question, refused: list[str]) -> NeedsScan:
    listed = "\n".join(f"  {reason}" for reason in refused)
    return NeedsScan(
        f"No key serves {question}; nothing was read. What each key would need:\n{listed}\n"
        "Give that, or say .scan() where reading the whole table is meant.",
        candidates=refused,
    )


class _NotServed(Exception):  # noqa: N818 - a reason, collected and shown
    pass


class _Candidate:
    """One key, tried for one question."""

    def __init__(self, question: Question, key: BoundKey, facts: dict[str, Fact]) -> None:
        self.question = question
        self.key = key
        self.schema = question.schema
        self.facts = dict(facts)
        self.forced = question.key is not None

    def plan(self) -> Plan:
        self.complete()
        if self.question.consistent and self.key.index is not None and not self.key.local:
            if self.forced:
                raise QueryRefused(
                    f"{self.schema.name}: key {self.key.name!r} is on {self.key.index}, and a global index has no "
                    "consistent reads. Read by the primary key or a unique, or leave out consistent()."
                )
            raise _NotServed("it is on a global index, which has no consistent reads")
        pks = self.partitions()
        forward, sorts = self.sorted_ranges(len(pks))
        by_stem = self.in_order(sorts, by_stem=True)
        ranges = tuple(
            KeyRange(pk, sort.condition, sort.stem if by_stem else sort.prefix) for pk in pks for sort in sorts
        )
        used = {leaf for sort in sorts for leaf in sort.used} if all(sort.used == sorts[0].used for sort in sorts) else set()
        used |= self.partition_leaves
        rest = [leaf for leaf in self.question.conditions if leaf not in used and not self.answered(leaf)]
        single = self.key.index is None and len(ranges) == 1 and all(self.is_point(each) for each in ranges)
        if single and not self.question.expressions:
            values = {name: self.facts[name].values[0] for name in self.key.facets}  # type: ignore[index]
            return Plan(
                question=self.question, operation="GetItem", key=self.key, values=values, local=tuple(rest), ranges=ranges
            )
        filters, local = self.divided(rest)
        fetch = self.needs_fetch([*filters])
        return Plan(
            question=self.question,
            operation="Query",
            key=self.key,
            ranges=ranges,
            forward=forward,
            filters=tuple(filters),
            local=tuple(local),
            type_filter=overlap.others_in_reach(self.schema, self.key, ranges),
            expiry_filter=self.schema.ttl is not None and not self.question.expired,
            fetch=fetch,
        )

    def complete(self) -> None:
        """_NotServed unless every match certainly is in this key: its condition follows from what is asked."""
        if self.forced or self.key.index is None:
            return
        missing = [
            str(leaf)
            for leaf in predicate.conjuncts(self.key.when)
            if leaf != predicate.EMPTY and not predicate.implied(leaf, self.question.conditions)
        ]
        for name in sorted(self.key.facets):
            fact = self.facts.get(name)
            if self.schema.attributes[name].null and not (fact and fact.present):
                missing.append(f"{name}__isnull=False")
        if missing:
            raise _NotServed(
                f"it holds only items with {', '.join(missing)}: ask for that too, or say .using({self.key.name!r})"
            )

    def partitions(self) -> list[dict[str, Any]]:
        """Every partition that a match can be in."""
        half = self.key.pk
        self.partition_leaves: set[Condition] = set()
        options: dict[str, list[Any]] = {}
        missing: list[str] = []
        facets: Iterable[Facet] = half.template.facets if isinstance(half, TemplateHalf) else (Facet(half.name),)
        for facet in facets:
            found = self.partition_values(half, facet)
            if found is None:
                missing.append(facet.name)
            else:
                options[facet.name] = found
        if missing:
            raise _NotServed(f"its partition needs {', '.join(dict.fromkeys(missing))}, each equal to a value")
        names = list(options)
        pks: list[dict[str, Any]] = []
        for combination in itertools.product(*options.values()):
            pks += self.partition_keys(dict(zip(names, combination, strict=True)))
        if len(pks) > MAX_FAN_OUT:
            raise _NotServed(f"it would be {len(pks)} partitions, and {MAX_FAN_OUT} are the most")
        return pks

    def partition_values(self, half: Any, facet: Facet) -> list[Any] | None:
        fact = self.facts.get(facet.name)
        lossy = isinstance(half, TemplateHalf) and half.template.kind(facet).lossy
        if fact is not None and fact.values is not None:
            if not lossy:
                self.partition_leaves.update(fact.value_leaves)
            return fact.values
        if isinstance(half, PlainHalf):
            choices = getattr(half.attr, "choices", None)
            return list(choices) if choices else None
        kind = half.template.kind(facet)
        if fact is not None and fact.ranged and (days := spread(kind, fact)) is not None:
            if not kind.lossy:
                exact = fact.lower and fact.upper and fact.lower[1] and fact.upper[1]
                self.partition_leaves.update(fact.range_leaves if exact else ())
            return days
        return list(kind.values) if kind.values is not None else None

    def partition_keys(self, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        half = self.key.pk
        try:
            wire = half.wire(values)
        except FacetRefused:
            return []  # no stored key can have this value: it matches nothing
        if not self.key.shards:
            return [wire]
        return [{"S": self.key.sharded(wire["S"], shard)} for shard in range(self.key.shards)]

    def sorted_ranges(self, partitions: int) -> tuple[bool, list[SortRange]]:
        """(ascending, the ranges of sort keys), in the order that is asked for."""
        half = self.key.sk
        order = self.question.order
        if half is None:
            sorts = [SortRange(None, fixed=frozenset(self.key.pk.names))]
        elif isinstance(half, PlainHalf):
            sorts = list(plain_ranges(half, self.facts.get(half.name)))
        else:
            sorts = template_ranges(half, self.facts, frozenset())
            wanted = self.fan_out(half, sorts)
            if wanted:
                fanned = template_ranges(half, self.facts, wanted)
                if len(fanned) * partitions <= MAX_FAN_OUT and (self.orders(fanned) or not self.orders(sorts)):
                    sorts = fanned
        if len(sorts) * partitions > MAX_FAN_OUT:
            raise _NotServed(f"it would be {len(sorts) * partitions} queries, and {MAX_FAN_OUT} are the most")
        if not self.orders(sorts):
            wanted_order = ", ".join(("-" if down else "") + name for name, down in order)
            have = ", ".join(dict.fromkeys(facet.name for sort in sorts for facet in sort.left)) or "nothing else"
            raise _NotServed(f"it cannot be read in the order {wanted_order}; behind what is given it is sorted by {have}")
        descending = next((down for name, down in order if not self.is_fixed(name, sorts)), order[0][1] if order else False)
        return not descending, sorts

    def fan_out(self, half: TemplateHalf, sorts: list[SortRange]) -> frozenset[str]:
        """Facets of few values that are not given, and behind which the sort key has what is asked for."""
        behind = {name for name, _ in self.question.order} | set(self.facts)
        wanted: set[str] = set()
        for sort in sorts[:1]:
            for number, facet in enumerate(sort.left):
                if half.template.kind(facet).values is None or facet.name in self.facts:
                    break
                if behind & {each.name for each in sort.left[number + 1 :]} and facet.name not in behind:
                    wanted.add(facet.name)
        return frozenset(wanted)

    def is_fixed(self, name: str, sorts: list[SortRange]) -> bool:
        fact = self.facts.get(name)
        return fact is not None and fact.values is not None and len(fact.values) == 1 or (
            all(name in sort.fixed for sort in sorts) and len(sorts) == 1
        )

    def orders(self, sorts: list[SortRange]) -> bool:
        return self.in_order(sorts, by_stem=True) or self.in_order(sorts, by_stem=False)

    def in_order(self, sorts: list[SortRange], *, by_stem: bool) -> bool:
        """Whether the ranges are in the order that is asked for, merged behind what all keys of the read begin with
        (the order of the key itself), or behind what those of each range begin with."""
        order = [(name, down) for name, down in self.question.order if not self.is_fixed(name, sorts)]
        if not order:
            return True
        if len({down for _, down in order}) > 1:
            return False
        half = self.key.sk
        for sort in sorts:
            whole = (*sort.fanned, *sort.left) if by_stem else sort.left
            left = [facet for facet in whole if not self.is_fixed(facet.name, sorts)]
            for number, (name, _) in enumerate(order):
                if number >= len(left) or left[number].name != name:
                    return False
                if isinstance(half, TemplateHalf):
                    kind = half.template.kind(left[number])
                    last = left[number] == half.template.segments[-1]
                    if kind.lossy or not kind.ordered or not (kind.fixed or last):
                        return False
        return True

    def is_point(self, each: KeyRange) -> bool:
        return self.key.sk is None or (each.sort is not None and each.sort.operator == "=")

    def answered(self, leaf: Condition) -> bool:
        """Whether being in the key is the answer already."""
        if predicate.implied(leaf, predicate.conjuncts(self.key.when)) and self.key.index is not None:
            return True
        return (
            isinstance(leaf, Lookup)
            and leaf.op == "isnull"
            and leaf.value is False
            and not leaf.path
            and leaf.name in self.key.facets
        )

    def divided(self, rest: list[Condition]) -> tuple[list[Condition], list[Condition]]:
        """(what DynamoDB filters, what is filtered here): DynamoDB takes no filter on the keys that it queries by."""
        keys = {attribute.name for attribute in self.key.attributes}
        keyed = {name for name, attr in self.schema.attributes.items() if attr.attr_name in keys}
        filters = [leaf for leaf in rest if not predicate.names_of(leaf) & keyed]
        return filters, [leaf for leaf in rest if predicate.names_of(leaf) & keyed]

    def needs_fetch(self, filters: list[Condition]) -> bool:
        projected = projection(self.schema, self.key)
        if projected is None:
            return False
        unread = {name for leaf in filters for name in predicate.names_of(leaf)} - projected
        if unread:
            raise _NotServed(
                f"{self.key.index} does not project {', '.join(sorted(unread))}, and DynamoDB filters only on what an index "
                "projects"
            )
        only = self.question.only
        return not set(only if only is not None else self.schema.attributes) <= projected


def projection(schema: EntitySchema, key: BoundKey) -> set[str] | None:
    """The attributes that an index has of its items, facets that its keys tell included; None for all."""
    if key.index is None:
        return None
    projected = schema.table.indexes[key.index].projection
    if projected == "all":
        return None
    stored = {attribute.name for attribute in (*schema.primary.attributes, *key.attributes)}
    if not isinstance(projected, str):
        stored |= set(projected)
    told = told_by(schema.primary) | told_by(key)
    return {name for name, attr in schema.attributes.items() if attr.attr_name in stored} | told


def told_by(key: BoundKey) -> set[str]:
    """The attributes that a key tells whole."""
    found: set[str] = set()
    for half in (key.pk, key.sk):
        if isinstance(half, PlainHalf):
            found.add(half.name)
        elif half is not None:
            found |= {facet.name for facet in half.template.facets if not half.template.kind(facet).lossy}
    return found


def _unique(question: Question, facts: Mapping[str, Fact]) -> Plan | None:
    if question.order and len(question.order) > 1:
        return None
    for unique in question.schema.uniques.values():
        asked = [facts.get(name) for name in unique.facets]
        if all(fact is not None and fact.values is not None and len(fact.values) == 1 for fact in asked):
            values = {fact.name: fact.values[0] for fact in asked if fact is not None and fact.values}
            return Plan(
                question=question, operation="Unique", unique=unique, values=values, local=tuple(question.conditions)
            )
    return None


def _scan(question: Question) -> Plan:
    schema = question.schema
    key = schema.keys[question.key] if question.key else schema.primary
    if question.order:
        raise QueryRefused(f"{schema.name}: a scan has no order. Leave out order_by(), or sort what it returns.")
    if question.consistent and key.index is not None and not key.local:
        raise QueryRefused(f"{schema.name}: {key.index} is a global index, which has no consistent reads.")
    projected = projection(schema, key)
    if projected is not None:
        unread = {name for leaf in question.conditions for name in predicate.names_of(leaf)} - projected
        if unread:
            raise QueryRefused(f"{schema.name}: {key.index} does not project {', '.join(sorted(unread))}.")
    return Plan(
        question=question,
        operation="Scan",
        key=key,
        filters=tuple(question.conditions),
        type_filter=overlap.marker_projected(schema, key),
        expiry_filter=schema.ttl is not None and not question.expired,
        fetch=projected is not None and not set(question.only or schema.attributes) <= projected,
    )
