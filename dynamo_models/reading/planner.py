"""The planner: which key serves a read. Pure; it sends nothing.

Nothing becomes a scan by itself. Where no key serves, NeedsScan says for each key what it would need.
"""

from __future__ import annotations

from collections.abc import Mapping

from dynamo_models.errors import KeyRefused, NeedsScan, QueryRefused
from dynamo_models.reading.candidate import Candidate, divided, filters_expired
from dynamo_models.reading.facts import Fact, gather
from dynamo_models.reading.plan import NotServed, Plan
from dynamo_models.reading.projection import marker_projected, needs_fetch
from dynamo_models.reading.question import Question


def plan(question: Question) -> Plan:
    """The best plan for a read. NeedsScan where no key serves; QueryRefused for what DynamoDB cannot do."""
    schema = question.schema
    schema.usable()
    if question.key is not None and question.key not in schema.keys:
        raise QueryRefused(f"{schema.name} has no key {question.key!r}; it has {', '.join(schema.keys)}.")
    facts = gather(question.conditions)
    if question.scan:
        return _scan(question, facts)
    keys = [schema.keys[question.key]] if question.key else [schema.primary, *schema.index_keys]
    found: list[tuple[tuple[int, ...], Plan]] = []
    refused: list[str] = []
    for number, key in enumerate(keys):
        try:
            made = Candidate(question, key, facts).plan()
        except NotServed as reason:
            refused.append(f"{key.name} ({key.index or 'the primary key'}): {reason}")
            continue
        if made.operation == "GetItem":
            return made  # nothing costs less
        found.append((_cost(made, number), made))
    if question.key is None and (unique := _unique(question, facts)) is not None:
        found.append((_cost(unique, -1), unique))
    if not found:
        raise _needs_scan(question, refused)
    best = min(found, key=lambda each: each[0])[1]
    _within_budget(best)
    return best


def _cost(made: Plan, number: int) -> tuple[int, ...]:
    """What makes a plan better than another: one item, then little to filter, few queries, narrow ranges."""
    kind = {"GetItem": 0, "Unique": 1, "Query": 2, "Scan": 3}[made.operation]
    breadths = {"=": 0, "BETWEEN": 1, "<": 1, "<=": 1, ">": 1, ">=": 1, "begins_with": 2}
    breadth = max((3 if each.sort is None else breadths[each.sort.operator] for each in made.ranges), default=0)
    return (kind, len(made.filters) + len(made.local), len(made.ranges), breadth, int(made.fetch), number)


def _needs_scan(question: Question, refused: list[str]) -> NeedsScan:
    listed = "\n".join(f"  {reason}" for reason in refused)
    return NeedsScan(
        f"No key serves {question}; nothing was read. What each key would need:\n{listed}\n"
        "Give that, or say .scan() where reading the whole table is meant.",
        candidates=refused,
    )


def _within_budget(made: Plan) -> None:
    # Each range has to be looked at before the first item of all is known: with less, a page could never go on.
    most = made.question.budget.requests
    least = 2 - made.key_is_enough if made.operation == "Unique" else len(made.ranges)
    if most is not None and most < least:
        raise QueryRefused(
            f"{made.question}: a budget of {most} requests is less than the {least} that it begins with; see explain()."
        )


def _unique(question: Question, facts: Mapping[str, Fact]) -> Plan | None:
    if question.expressions:
        return None  # PynamoDB's conditions are for DynamoDB to decide, and a GetItem takes none
    for unique in question.schema.uniques.values():
        values = {}
        for name in unique.facets:
            fact = facts.get(name)
            if fact is None or fact.values is None or len(fact.values) != 1:
                break
            values[name] = fact.values[0]
        else:
            try:
                item_key = unique.key(values)
            except KeyRefused:
                item_key = None  # no item can have this value
            return Plan(
                question=question,
                operation="Unique",
                unique=unique,
                item_key=item_key,
                values=values,
                local=tuple(question.conditions),
            )
    return None


def _scan(question: Question, facts: Mapping[str, Fact]) -> Plan:
    schema = question.schema
    key = schema.keys[question.key] if question.key else schema.primary
    if question.order:
        raise QueryRefused(f"{schema.name}: a scan has no order. Leave out order_by(), or sort what it returns.")
    if question.consistent and key.index is not None and not key.local:
        raise QueryRefused(f"{schema.name}: {key.index} is a global index, which has no consistent reads.")
    conditions = list(question.conditions)
    try:
        filters, local = divided(question, key, conditions)
    except NotServed as reason:
        raise QueryRefused(f"{schema.name}: {reason}.") from None
    return Plan(
        question=question,
        # A Query of no ranges sends nothing: where nothing can match, there is nothing to scan.
        operation="Query" if any(fact.values == [] for fact in facts.values()) else "Scan",
        key=key,
        filters=tuple(filters),
        local=tuple(local),
        type_filter=marker_projected(schema, key),
        expiry_filter=filters_expired(question, key),
        fetch=needs_fetch(schema, key, question.only),
    )
