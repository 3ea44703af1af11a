"""Plain Python values to DynamoDB's own and back, exact: numbers are int or Decimal, never float; and item sizes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Subnormal
from typing import Any

from dynamo_models.errors import ItemTooLarge, RawItem, ValueRefused

WireValue = dict[str, Any]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html, November 2026
MAX_ITEM_BYTES = 400 * 1024
MAX_DIGITS = 38
# What AWS takes: 38 digits, zeros at either end not counted, and magnitudes from 1E-130 to 9.99…E+125.
_NUMBERS = Context(prec=MAX_DIGITS, Emin=-130, Emax=125, traps=[Inexact, InvalidOperation, Subnormal])


def number_text(value: int | Decimal) -> str:
    """A number as DynamoDB takes it. ValueRefused for what it would round or cannot hold."""
    if isinstance(value, int) and -(10**MAX_DIGITS) < value < 10**MAX_DIGITS:
        return int.__repr__(value)  # str() of an enum's member is its name
    try:
        exact = _NUMBERS.create_decimal(value)
    except (Inexact, InvalidOperation, Subnormal):
        shown = f"An int of {value.bit_length()} bits" if isinstance(value, int) else str(value)
        raise ValueRefused(
            f"{shown} is not a number that DynamoDB holds exactly (38 digits, 1E-130 to 1E+125)"
        ) from None
    if not exact.is_finite():
        raise ValueRefused(f"{value} is not a number that DynamoDB holds")
    return str(exact) if exact else "0"


def number_value(text: str) -> int | Decimal:
    """A stored number: an int where it is whole, otherwise a Decimal."""
    try:
        return int(text)
    except ValueError:
        value = Decimal(text)
        return int(value) if value == value.to_integral_value() else value


def to_wire(value: Any) -> WireValue:  # noqa: PLR0911 - one return for each of DynamoDB's types
    """The DynamoDB value of a plain Python one. ValueRefused for a type that has none (a float has none)."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": str.__str__(value)}
    if isinstance(value, int | Decimal):
        return {"N": number_text(value)}
    if isinstance(value, bytes | bytearray):
        return {"B": bytes(value)}
    if isinstance(value, Mapping):
        return {"M": {_map_key(key): to_wire(item) for key, item in value.items()}}
    if isinstance(value, list | tuple):
        return {"L": [to_wire(item) for item in value]}
    if isinstance(value, set | frozenset):
        return _set_to_wire(value)
    if isinstance(value, float):
        raise ValueRefused(f"{value!r} is a float, which DynamoDB does not hold exactly; give Decimal({str(value)!r})")
    raise ValueRefused(
        f"{type(value).__name__} has no form in DynamoDB; give text, numbers, bytes, lists, maps or sets"
    )


def _map_key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueRefused(f"a map's key is {key!r}; DynamoDB takes text")
    return key


def _set_to_wire(value: set[Any] | frozenset[Any]) -> WireValue:
    if not value:
        raise ValueRefused("DynamoDB holds no empty sets; give None")
    if all(isinstance(item, str) for item in value):
        return {"SS": sorted(value)}
    if all(isinstance(item, int | Decimal) and not isinstance(item, bool) for item in value):
        return {"NS": [number_text(item) for item in sorted(value)]}
    if all(isinstance(item, bytes) for item in value):
        return {"BS": sorted(value)}
    raise ValueRefused("a set must hold only text, only numbers or only bytes")


def from_wire(value: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one return for each of DynamoDB's types
    """The plain Python value of a DynamoDB one."""
    ((kind, held),) = value.items()
    if kind in ("S", "BOOL", "B"):
        return held
    if kind == "N":
        return number_value(held)
    if kind == "NULL":
        return None
    if kind == "M":
        return {key: from_wire(item) for key, item in held.items()}
    if kind == "L":
        return [from_wire(item) for item in held]
    if kind == "NS":
        return {number_value(item) for item in held}
    if kind in ("SS", "BS"):
        return set(held)
    raise ValueRefused(f"{kind} is not a type of DynamoDB")


def same_value(  # noqa: PLR0911 - one return for each of DynamoDB's types
    a: Mapping[str, Any] | None, b: Mapping[str, Any] | None
) -> bool:
    """Whether two stored values are equal as DynamoDB compares them: sets without order, numbers by value."""
    if a == b:
        return True
    if a is None or b is None:
        return False
    ((a_kind, a_held),) = a.items()
    ((b_kind, b_held),) = b.items()
    if a_kind != b_kind:
        return False
    if a_kind == "N":
        return Decimal(a_held) == Decimal(b_held)
    if a_kind in ("SS", "BS"):
        return set(a_held) == set(b_held)
    if a_kind == "NS":
        return {Decimal(item) for item in a_held} == {Decimal(item) for item in b_held}
    if a_kind == "L":
        return len(a_held) == len(b_held) and all(same_value(x, y) for x, y in zip(a_held, b_held, strict=True))
    if a_kind == "M":
        return a_held.keys() == b_held.keys() and all(same_value(a_held[key], b_held[key]) for key in a_held)
    return False


def value_size(value: Mapping[str, Any]) -> int:  # noqa: PLR0911 - one return for each of DynamoDB's types
    """The bytes that DynamoDB counts for a value.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    ((kind, held),) = value.items()
    if kind == "S":
        return len(held) if held.isascii() else len(held.encode())
    if kind == "N":
        return _number_size(held)
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "B":
        return len(held)
    if kind == "M":
        return 3 + sum(len(key.encode()) + value_size(item) + 1 for key, item in held.items())
    if kind == "L":
        return 3 + sum(value_size(item) + 1 for item in held)
    if kind == "NS":
        return sum(_number_size(item) for item in held)
    return sum(len(item) if isinstance(item, bytes) else len(item.encode()) for item in held)


def _number_size(text: str) -> int:
    digits = len(text.partition("E")[0].replace(".", "").strip("-0"))
    return (digits + 1) // 2 + 1 + text.startswith("-")


def item_size(item: RawItem) -> int:
    """The bytes that DynamoDB counts for an item: names and values."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def check_size(item: RawItem, what: str) -> None:
    """ItemTooLarge, with the largest attributes named, for an item that DynamoDB would refuse.

    ValueRefused for text that is not Unicode: half of a surrogate pair, which DynamoDB would replace.
    """
    try:
        size = item_size(item)
    except UnicodeEncodeError as error:
        broken = next(name for name, value in item.items() if not _is_unicode(name, value))
        raise ValueRefused(
            f"{what}: {broken} holds half of a surrogate pair, which is no Unicode text: {error.reason}."
        ) from error
    if size <= MAX_ITEM_BYTES:
        return
    sizes = sorted(((name, item_size({name: value})) for name, value in item.items()), key=lambda pair: -pair[1])
    largest = ", ".join(f"{name} ({count:,} bytes)" for name, count in sizes[:3])
    raise ItemTooLarge(
        f"{what} is {size:,} bytes; DynamoDB holds items of up to {MAX_ITEM_BYTES:,}. Largest: {largest}.",
        size=size,
        largest=sizes,
    )


def _is_unicode(name: str, value: Mapping[str, Any]) -> bool:
    try:
        item_size({name: value})
    except UnicodeEncodeError:
        return False
    return True
