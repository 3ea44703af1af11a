"""The requests of a plan, in botocore's words."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from dynamo_models.keys import predicate
from dynamo_models.keys.predicate import Condition, Junction, Lookup, Negation
from dynamo_models.reading import lookups
from dynamo_models.reading.plan import KeyRange, Plan
from dynamo_models.reading.projection import marker_projected, projected
from dynamo_models.schema.attribute import Attr
from dynamo_models.schema.definition import EntitySchema

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
        """The filter expression of a condition."""
        if isinstance(condition, Negation):
            return f"(NOT {self.condition(condition.part)})"
        if isinstance(condition, Junction):
            return "(" + f" {condition.connector} ".join(self.condition(part) for part in condition.parts) + ")"
        return self.lookup(condition)

    def lookup(self, leaf: Lookup) -> str:
        attr = self.schema.attributes[leaf.name]
        path = ".".join(self.name(step) for step in (attr.attr_name, *leaf.path))
        default = attr.default if isinstance(attr, Attr) and not leaf.path else None
        if leaf.op == "isnull":
            if default is not None:
                # An item that was stored without the attribute is read with its default.
                return f"({self.missing(path)} {'AND NOT' if leaf.value else 'OR NOT'} {self.missing(path)})"
            return self.missing(path) if leaf.value else f"(NOT {self.missing(path)})"
        asked = self.comparison(path, leaf)
        if default is not None and lookups.holds(leaf, {leaf.name: default}):
            return f"({self.missing(path)} OR {asked})"
        return asked

    def missing(self, path: str) -> str:
        """That there is no value: no attribute, or the NULL that PynamoDB leaves in its place."""
        return f"(attribute_not_exists({path}) OR attribute_type({path}, {self.value({'S': 'NULL'})}))"

    def comparison(self, path: str, leaf: Lookup) -> str:
        if leaf.op in _COMPARISONS:
            return f"{path} {_COMPARISONS[leaf.op]} {self.operand(leaf, leaf.value)}"
        if leaf.op == "range":
            # Not BETWEEN: DynamoDB refuses one whose ends are the wrong way round, and here it matches nothing.
            low, high = (self.operand(leaf, value) for value in leaf.value)
            return f"({path} >= {low} AND {path} <= {high})"
        if leaf.op == "in":
            if not leaf.value:
                # DynamoDB takes no empty IN; nothing is there and not there.
                return f"(attribute_exists({path}) AND attribute_not_exists({path}))"
            return f"{path} IN ({', '.join(self.operand(leaf, value) for value in leaf.value)})"
        function = "begins_with" if leaf.op == "startswith" else "contains"
        return f"{function}({path}, {self.operand(leaf, leaf.value)})"

    def operand(self, leaf: Lookup, value: Any) -> str:
        return self.value(lookups.operand(self.schema, leaf, value))

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
    elif segment is not None:
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
    """The conditions that DynamoDB applies after the read."""
    schema = plan.schema
    parts = [expressions.condition(condition) for condition in plan.filters]
    # A count does not show us the items: what another application has left among them is kept out by the marker.
    if plan.type_filter or (count and marker_projected(schema, plan.key)):
        name = expressions.name(schema.table.type_attribute)
        types = ", ".join(expressions.value({"S": each}) for each in sorted(schema.type_names))
        # An item without a marker is told by its key, once it is read.
        parts.append(f"({name} IN ({types}) OR attribute_not_exists({name}))")
    if plan.expiry_filter and schema.ttl is not None:
        name = expressions.name(schema.stored(schema.ttl))
        parts.append(f"(NOT {name} <= {expressions.value({'N': str(int(time.time()))})})")
    # Without parentheses: PynamoDB writes those that are needed, and DynamoDB refuses one pair about another.
    parts += [_pynamo(expression, expressions) for expression in plan.question.expressions]
    return parts


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
    names = seen(plan)
    if names is None:
        return None
    marks = [schema.table.type_attribute] if marker_projected(schema, plan.key) else []
    part = projected(schema, plan.key)
    stored = [
        schema.stored(name) for name in schema.attributes if name in names and (part is None or name in part.stored)
    ]
    return list(dict.fromkeys((*schema.key_names(plan.key), *marks, *stored)))


def seen(plan: Plan) -> frozenset[str] | None:
    """The attributes that are read of each item before any is read by its key; None for all."""
    schema, only = plan.schema, plan.question.only
    part = projected(schema, plan.key)
    filtered = frozenset(name for leaf in plan.local for name in predicate.names_of(leaf))
    if plan.fetch:
        return filtered
    if only is None:
        return None if part is None else part.known
    if part is None and schema.schema_version > 1:
        return None  # an item of an older version is brought up as a whole; the units that it costs are the same
    return (frozenset(only) | filtered) if part is None else (frozenset(only) | filtered) & part.known
