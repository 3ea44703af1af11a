"""The requests of a plan, in botocore's words."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from dynamo_models import wire
from dynamo_models.errors import QueryRefused, ValueRefused
from dynamo_models.keys.predicate import Condition, Junction, Lookup, Negation
from dynamo_models.reading.plan import KeyRange, Plan, projection
from dynamo_models.schema.definition import SCHEMA_VERSION, EntitySchema

_COMPARISONS = {"exact": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


class Expressions:
    """Collects the names and values of a request's expressions behind placeholders."""

    def __init__(self, schema: EntitySchema) -> None:
        self.schema = schema
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def name(self, stored: str) -> str:
        return self.names.setdefault(stored, f"#n{len(self.names)}")

    def value(self, held: Mapping[str, Any]) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = dict(held)
        return placeholder

    def condition(self, condition: Condition) -> str:
        """A filter expression for a condition. QueryRefused for what DynamoDB cannot compare."""
        if isinstance(condition, Negation):
            return f"(NOT {self.condition(condition.part)})"
        if isinstance(condition, Junction):
            if not condition.parts:
                raise QueryRefused(f"{self.schema.name}: an empty Q filters nothing; leave it out.")
            return "(" + f" {condition.connector} ".join(self.condition(part) for part in condition.parts) + ")"
        return self.lookup(condition)

    def lookup(self, leaf: Lookup) -> str:
        attr = self.schema.attributes[leaf.name]
        path = ".".join(self.name(step) for step in (attr.attr_name, *leaf.path))
        if leaf.op == "isnull":
            null = self.value({"S": "NULL"})
            absent = f"(attribute_not_exists({path}) OR attribute_type({path}, {null}))"
            return absent if leaf.value else f"(NOT {absent})"
        if leaf.op in _COMPARISONS:
            return f"{path} {_COMPARISONS[leaf.op]} {self.operand(leaf, leaf.value)}"
        if leaf.op == "range":
            low, high = (self.operand(leaf, value) for value in leaf.value)
            return f"{path} BETWEEN {low} AND {high}"
        if leaf.op == "in":
            return self.any_of(path, leaf)
        if leaf.op == "startswith":
            return f"begins_with({path}, {self.value({'S': leaf.value})})"
        return f"contains({path}, {self.element(leaf)})"

    def any_of(self, path: str, leaf: Lookup) -> str:
        if not leaf.value:
            # DynamoDB takes no empty IN; a thing is never of two types.
            return f"(attribute_exists({path}) AND attribute_not_exists({path}))"
        values = [self.operand(leaf, value) for value in leaf.value]
        chunks = [values[start : start + 100] for start in range(0, len(values), 100)]
        return "(" + " OR ".join(f"{path} IN ({', '.join(chunk)})" for chunk in chunks) + ")"

    def operand(self, leaf: Lookup, value: Any) -> str:
        if leaf.path:
            return self.value(wire.to_wire(value))
        attr = self.schema.attributes[leaf.name]
        try:
            return self.value({attr.attr_type: attr.serialize(value)})
        except ValueRefused as refused:
            raise QueryRefused(f"{self.schema.name}: {leaf}: {refused}") from refused

    def element(self, leaf: Lookup) -> str:
        return self.value(wire.to_wire(leaf.value))

    def into(self, request: dict[str, Any]) -> dict[str, Any]:
        if self.names:
            request["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in self.names.items()}
        if self.values:
            request["ExpressionAttributeValues"] = self.values
        return request


def query(plan: Plan, each: KeyRange | None, *, count: bool = False, segment: int | None = None) -> dict[str, Any]:
    """One Query of a plan, or one segment of its Scan; without its page's start and limit."""
    schema = plan.schema
    expressions = Expressions(schema)
    request: dict[str, Any] = {"TableName": schema.table.endpoint_name}
    if plan.index is not None:
        request["IndexName"] = plan.index
    if plan.question.consistent:
        request["ConsistentRead"] = True
    if each is not None:
        assert plan.key is not None  # noqa: S101 - a Query has a key
        request["KeyConditionExpression"] = _key_condition(plan, each, expressions)
        if not plan.forward:
            request["ScanIndexForward"] = False
    elif plan.question.scan > 1:
        request |= {"Segment": segment, "TotalSegments": plan.question.scan}
    filters = filter_parts(plan, expressions, count=count)
    if filters:
        request["FilterExpression"] = " AND ".join(filters)
    if count:
        request["Select"] = "COUNT"
    elif (stored := stored_projection(plan)) is not None:
        request["ProjectionExpression"] = ", ".join(expressions.name(name) for name in stored)
    return expressions.into(request)


def _key_condition(plan: Plan, each: KeyRange, expressions: Expressions) -> str:
    assert plan.key is not None  # noqa: S101
    condition = f"{expressions.name(plan.key.pk.attribute.name)} = {expressions.value(each.pk)}"
    if each.sort is None:
        return condition
    assert plan.key.sk is not None  # noqa: S101 - a condition on a sort key has one
    name = expressions.name(plan.key.sk.attribute.name)
    values = [expressions.value(operand) for operand in each.sort.operands]
    if each.sort.operator == "BETWEEN":
        return f"{condition} AND {name} BETWEEN {values[0]} AND {values[1]}"
    if each.sort.operator == "begins_with":
        return f"{condition} AND begins_with({name}, {values[0]})"
    return f"{condition} AND {name} {each.sort.operator} {values[0]}"


def filter_parts(plan: Plan, expressions: Expressions, *, count: bool) -> list[str]:
    schema = plan.schema
    parts = [expressions.condition(condition) for condition in plan.filters]
    if plan.type_filter or (count and _marker_there(plan)):
        name = expressions.name(schema.table.type_attribute)
        types = [expressions.value({"S": each}) for each in sorted(schema.type_names)]
        parts.append(f"{name} = {types[0]}" if len(types) == 1 else f"{name} IN ({', '.join(types)})")
    if plan.expiry_filter and schema.ttl is not None:
        name = expressions.name(schema.stored(schema.ttl))
        now = expressions.value({"N": str(int(time.time()))})
        parts.append(f"(attribute_not_exists({name}) OR {name} > {now})")
    for expression in plan.question.expressions:
        parts.append("(" + _pynamo(expression, expressions) + ")")
    return parts


def _marker_there(plan: Plan) -> bool:
    from dynamo_models.reading.overlap import marker_projected  # noqa: PLC0415

    return plan.key is not None and marker_projected(plan.schema, plan.key)


def _pynamo(expression: Any, expressions: Expressions) -> str:
    """A condition of PynamoDB's, under the placeholders of this request."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    text: str = expression.serialize(names, values)
    # Longest first: PynamoDB's #1 is a beginning of its #10. A placeholder never stands within another's name.
    swaps = {placeholder: expressions.name(name) for name, placeholder in names.items()}
    swaps |= {placeholder: expressions.value(value) for placeholder, value in values.items()}
    marks = {placeholder: f"\x00{n}\x00" for n, placeholder in enumerate(swaps)}
    for placeholder in sorted(swaps, key=len, reverse=True):
        text = text.replace(placeholder, marks[placeholder])
    for placeholder, mark in marks.items():
        text = text.replace(mark, swaps[placeholder])
    return text


def stored_projection(plan: Plan) -> list[str] | None:
    """The stored names that a read asks for; None for all that the table or index has."""
    schema = plan.schema
    if plan.fetch:
        return schema.key_names(plan.key)
    if plan.question.only is None:
        return None
    available = projection(schema, plan.key) if plan.key is not None else None
    names = [schema.stored(name) for name in plan.question.only if available is None or name in available]
    marks = [schema.table.type_attribute] if plan.key is None or _marker_there(plan) else []
    if schema.schema_version > 1:
        marks.append(SCHEMA_VERSION)
    return list(dict.fromkeys((*schema.key_names(plan.key), *marks, *names)))
