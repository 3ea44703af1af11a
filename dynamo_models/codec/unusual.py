"""What generated code hands over, one attribute at a time: unusual values and items, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from pynamodb.attributes import Attribute
from pynamodb.attributes import ListAttribute as PynamoList
from pynamodb.attributes import MapAttribute as PynamoMap
from pynamodb.exceptions import AttributeNullError

from dynamo_models import wire
from dynamo_models.errors import DynamoModelsError, ValueRefused
from dynamo_models.schema.definition import TYPE_NAME, EntitySchema

RawDict = dict[str, dict[str, Any]]

# What an attribute raises for a value that it cannot hold: its own words, or what Python says of the wrong type.
REFUSALS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

_HELD: Mapping[str, tuple[type, ...]] = {
    "S": (str,),
    "B": (bytes, bytearray),
    "BOOL": (bool,),
    "NULL": (bool,),
}
_SETS = {"SS": "S", "NS": "N", "BS": "B"}
_WANTED = {
    "S": "text",
    "N": "a finite number of up to 38 digits",
    "B": "bytes",
    "BOOL": "True or False",
    "L": "a list",
    "M": "a map",
}


def encode_value(instance: Any, name: str, attr: Attribute[Any]) -> dict[str, Any] | None:
    """The wire form of one attribute, as PynamoDB's container makes it; None where it is absent and may be."""
    value = getattr(instance, name)
    try:
        if isinstance(value, PynamoMap):
            value.validate(null_check=True)
        if value is None:
            encoded = None
        elif isinstance(attr, PynamoList | PynamoMap):
            encoded = attr.serialize(value, null_check=True)
        else:
            encoded = attr.serialize(value)
    except AttributeNullError as error:
        error.prepend_path(name)
        raise
    if encoded is None:
        if attr.null:
            return None
        raise ValueRefused(f"{name} is absent, and the attribute is not declared with null=True: give it a value.")
    _check(name, value, attr.attr_type, encoded)
    return {attr.attr_type: encoded}


def exact(attr: Attribute[Any], name: str, value: Any) -> Any:
    """The value as generated code takes it: of the plain type, after the attribute has checked it."""
    if isinstance(value, str):
        value = str.__str__(value)  # not str(): an enum's has a text of its own
    elif isinstance(value, int) and not isinstance(value, bool):
        value = int.__int__(value)
    elif value is None:
        raise ValueRefused(f"{name} is absent")
    encoded = attr.serialize(value)
    _check(name, value, attr.attr_type, encoded)
    return attr.deserialize(encoded)


def explain(instance: Any, error: Exception) -> NoReturn:
    """Raise what is wrong with an instance that could not be encoded, with the entity and the attribute named."""
    if isinstance(error, DynamoModelsError) and type(error) is not ValueRefused:
        raise error
    entity = type(instance).__name__
    for name, attr in instance.schema.attributes.items():
        try:
            encode_value(instance, name, attr)
        except REFUSALS as cause:
            said = str(cause) if str(cause).startswith(name) else f"{name}: {cause}"
            raise ValueRefused(f"{entity}: {said}") from cause
    raise error


def decode_item(schema: EntitySchema, instance: Any, raw: RawDict) -> None:
    """Set the values of a stored item, as PynamoDB's container does; a default is made where it is needed, once."""
    instance.attribute_values = {TYPE_NAME: schema.entity}
    for name, attr in schema.attributes.items():
        held = raw.get(attr.attr_name)
        if held and "NULL" not in held:
            try:
                value = attr.deserialize(attr.get_value(held))
            except REFUSALS as cause:
                raise ValueRefused(
                    f"{schema.name}: {name} is stored as {held!r}, which {type(attr).__name__} does not read: {cause}"
                ) from cause
        else:
            value = attr.default() if callable(attr.default) else attr.default
            if value is None:
                continue
        setattr(instance, name, value)


def bad_key(key: Any) -> NoReturn:
    raise ValueRefused(f"a map's key is {key!r}; DynamoDB takes text")


def element(attr: Any, item: Any) -> dict[str, Any]:
    """The wire form of a list's element that generated code does not take as it is."""
    return {attr.of.attr_type: attr.of.serialize(exact(attr.of, attr.of.python_name, item))}


def _check(name: str, value: Any, kind: str, encoded: Any) -> None:
    """ValueRefused for a wire form that DynamoDB is known to refuse: PynamoDB's own attributes check nothing."""
    try:
        fits = _fits(kind, encoded)
    except (ArithmeticError, ValueRefused):
        fits = False
    if not fits:
        wanted = _WANTED.get(kind, "a set")
        raise ValueRefused(f"{name} is {value!r} ({type(value).__name__}); DynamoDB takes {wanted} there.")


def _fits(kind: str, held: Any) -> bool:
    if kind in _SETS:
        return bool(held) and all(_fits(_SETS[kind], each) for each in held)
    if kind == "L":
        return all(_fits(*pair) for each in held for pair in each.items())
    if kind == "M":
        return all(isinstance(key, str) for key in held) and _fits("L", held.values())
    if kind == "N":
        if isinstance(held, str):
            wire.number_text(Decimal(held))
        return isinstance(held, str)
    return isinstance(held, _HELD[kind])
