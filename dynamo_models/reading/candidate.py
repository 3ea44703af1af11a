"""One key, tried for one question: the ranges that hold every match, and what is left to filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dynamo_models.errors import QueryRefused
from dynamo_models.keys import predicate
from dynamo_models.keys.predicate import Condition, Junction, Lookup, Negation
from dynamo_models.reading import ordering, overlap
from dynamo_models.reading.facts import MAX_FAN_OUT, Fact
from dynamo_models.reading.partitions import partitions
from dynamo_models.reading.plan import KeyRange, NotServed, Plan
from dynamo_models.reading.projection import expiry_projected, needs_fetch, projected
from dynamo_models.reading.question import Question
from dynamo_models.reading.ranges import SortRange, plain_ranges, template_ranges
from dynamo_models.schema.definition import EntitySchema
from dynamo_models.schema.key import BoundKey, PlainHalf, TemplateHalf

# DynamoDB takes 100 values in an IN and 4 KB in an expression. Longer lists are looked through here.
MAX_LISTED = 100


class Candidate:
    """A key, and what it can do for a question."""

    def __init__(self, question: Question, key: BoundKey, facts: Mapping[str, Fact]) -> None:
        self.question = question
        self.key = key
        self.schema = question.schema
        self.facts = dict(facts)
        self.forced = question.key is not None

    def plan(self) -> Plan:
        """The plan by this key. NotServed says what the key would need."""
        self.complete()
        self.may_be_consistent()
        parts = partitions(self.key, self.facts)
        forward, sorts = self.sorted_ranges(len(parts.keys))
        by_stem = self.in_order(sorts, by_stem=True)
        ranges = tuple(
            KeyRange(pk, sort.condition, sort.stem if by_stem else sort.prefix) for pk in parts.keys for sort in sorts
        )
        # All stretches are of one shape, and answer the same conditions.
        used = (*parts.used, *(sorts[0].used if sorts else ()))
        rest = [leaf for leaf in self.question.conditions if leaf not in used and not self.answered(leaf)]
        if self.impossible():
            ranges = ()
        filters, local = divided(self.question, self.key, rest)
        if len(ranges) == 1 and self.is_item(ranges[0]) and not self.question.expressions:
            return Plan(
                question=self.question,
                operation="GetItem",
                key=self.key,
                item_key=self.item_key(ranges[0]),
                local=tuple(rest),
                ranges=ranges,
            )
        return Plan(
            question=self.question,
            operation="Query",
            key=self.key,
            ranges=ranges,
            forward=forward,
            filters=tuple(filters),
            local=tuple(local),
            type_filter=overlap.others_in_reach(self.schema, self.key),
            expiry_filter=filters_expired(self.question, self.key),
            fetch=needs_fetch(self.schema, self.key, self.question.only),
        )

    def complete(self) -> None:
        """NotServed unless every match certainly is in this key: its condition follows from what is asked."""
        if self.forced or self.key.index is None:
            return
        missing = [
            str(leaf)
            for leaf in predicate.conjuncts(self.key.when)
            if leaf != predicate.EMPTY and not predicate.implied(leaf, self.question.conditions)
        ]
        missing += [
            f"{name}__isnull=False"
            for name in sorted(self.key.facets)
            if self.schema.attributes[name].null and not (name in self.facts and self.facts[name].present)
        ]
        if missing:
            raise NotServed(
                f"it holds only items with {', '.join(missing)}: ask for that too, or say .using({self.key.name!r})"
            )

    def may_be_consistent(self) -> None:
        if self.question.consistent and self.key.index is not None and not self.key.local:
            if self.forced:
                raise QueryRefused(
                    f"{self.schema.name}: key {self.key.name!r} is on {self.key.index}, and a global index has no "
                    "consistent reads. Read by the primary key or a unique, or leave out consistent()."
                )
            raise NotServed("it is on a global index, which has no consistent reads")

    def sorted_ranges(self, partition_count: int) -> tuple[bool, list[SortRange]]:
        """(whether ascending, the ranges of sort keys), in the order that is asked for."""
        order = self.question.order
        most = MAX_FAN_OUT // max(1, partition_count)
        sorts = self.ranges(most)
        if not self.in_order(sorts, by_stem=True) and not self.in_order(sorts, by_stem=False):
            wanted = ", ".join(("-" if down else "") + name for name, down in order)
            have = ", ".join(ordering.sorted_by(self.key, self.facts, sorts)) or "nothing else"
            raise NotServed(f"it cannot be read in the order {wanted}; behind what is given it is sorted by {have}")
        deciding = ordering.undecided(order, self.facts) or list(order)
        return not (deciding and deciding[0][1]), sorts

    def ranges(self, most: int) -> list[SortRange]:
        half = self.key.sk
        if half is None:
            return [SortRange(None)]
        if isinstance(half, PlainHalf):
            fact = self.facts.get(half.name)
            return [SortRange(None)] if fact is None else plain_ranges(half, fact, most)
        sorts = template_ranges(half, self.facts, frozenset(), most)
        wanted = self.fan_out(half, sorts)
        if wanted:
            fanned = template_ranges(half, self.facts, wanted, most)
            if self.in_order(fanned, by_stem=True) or self.in_order(fanned, by_stem=False):
                return fanned
        return sorts

    def fan_out(self, half: TemplateHalf, sorts: list[SortRange]) -> frozenset[str]:
        """Facets of few values that are not given, and behind which the sort key has what is asked for."""
        behind = {name for name, _ in self.question.order} | set(self.facts)
        left = [facet for facet in half.template.facets if sorts and facet in half.template.segments[sorts[0].at :]]
        wanted: set[str] = set()
        for number, facet in enumerate(left):
            if half.template.kind(facet).values is None or facet.name in self.facts:
                break
            if behind & {each.name for each in left[number + 1 :]} and facet.name not in behind:
                wanted.add(facet.name)
        return frozenset(wanted)

    def in_order(self, sorts: list[SortRange], *, by_stem: bool) -> bool:
        return ordering.in_order(self.question.order, self.key, self.facts, sorts, by_stem=by_stem)

    def is_item(self, each: KeyRange) -> bool:
        """Whether a range is one item of the table."""
        return self.key.index is None and (self.key.sk is None or (each.sort is not None and each.sort.operator == "="))

    def item_key(self, each: KeyRange) -> dict[str, Any]:
        found = {self.key.pk.attribute.name: each.pk}
        if self.key.sk is not None and each.sort is not None:
            found[self.key.sk.attribute.name] = each.sort.operands[0]
        return found

    def impossible(self) -> bool:
        """Whether no item can match: the read was planned as any other, and nothing of it is sent."""
        return any(fact.values == [] for fact in self.facts.values())

    def answered(self, leaf: Condition) -> bool:
        """Whether being in the key is the answer already."""
        if self.key.index is not None and predicate.implied(leaf, predicate.conjuncts(self.key.when)):
            return True
        return leaf in [Lookup(name, "isnull", value=False) for name in self.key.facets]


def divided(question: Question, key: BoundKey, rest: list[Condition]) -> tuple[list[Condition], list[Condition]]:
    """(what DynamoDB filters, what is filtered here) of the conditions that a key does not answer.

    A Query takes no filter on the key attributes that it reads by, and none on what its index lacks. NotServed where
    neither can filter.
    """
    schema = question.schema
    keys = {attribute.name for attribute in key.attributes} if not question.scan else set()
    keyed = {name for name, attr in schema.attributes.items() if attr.attr_name in keys}
    part = projected(schema, key)
    filters: list[Condition] = []
    local: list[Condition] = []
    for leaf in rest:
        names = predicate.names_of(leaf)
        if part is not None and not names <= part.known:
            raise NotServed(_unprojected(key, names - part.known))
        sent = not names & keyed and (part is None or names <= part.stored) and not _long(leaf)
        (filters if sent else local).append(leaf)
    for name in sorted(_expression_names(question)):
        python = schema.python_names.get(name, name)
        if name in keys:
            raise NotServed(
                f"DynamoDB takes no filter on {name}, by which it reads here; ask for {python} by a look-up"
            )
        if part is not None and python not in part.stored:
            raise NotServed(_unprojected(key, {python}))
    return filters, local


def _unprojected(key: BoundKey, names: set[str] | frozenset[str]) -> str:
    return (
        f"{key.index} does not project {', '.join(sorted(names))}, and DynamoDB filters only on what an index projects"
    )


def _long(condition: Condition) -> bool:
    if isinstance(condition, Negation):
        return _long(condition.part)
    if isinstance(condition, Junction):
        return any(_long(part) for part in condition.parts)
    return condition.op == "in" and len(condition.value) > MAX_LISTED


def _expression_names(question: Question) -> set[str]:
    """The stored attributes that PynamoDB's conditions look at."""
    names: dict[str, str] = {}
    for expression in question.expressions:
        expression.serialize(names, {})
    return {name.partition("[")[0] for name in names}


def filters_expired(question: Question, key: BoundKey) -> bool:
    """Whether DynamoDB is to leave out what has expired. Of an index that cannot tell, it is left out here."""
    schema: EntitySchema = question.schema
    return schema.ttl is not None and not question.expired and expiry_projected(schema, key)
