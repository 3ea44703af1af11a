"""What users write in a class body: ``title: Attr[str] = Text()``.

Functions, so that a type checker sees ``Attr[str]``, or ``Attr[str | None]`` where the attribute may be absent.
All take

null: True where it may be absent. ``default=None`` says so too, and makes the constructor's argument optional for a
    type checker, which does not look at ``null``.
default: a value (also taken for stored items that lack the attribute) or a callable (for new items only). What can be
    changed in place, a list or a dict, is given as a callable: ``default=list``.
name: its stored name, where the table's rule does not give it.

and some ``choices``: the values it can have, which a key may be fanned out over.
"""

# ruff: noqa: N802 - they stand where Django's field classes stand, and read like them

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeVar, cast, overload
from uuid import UUID

from dynamo_models.schema import attributes
from dynamo_models.schema.attribute import Attr

T = TypeVar("T")


@overload
def Text(
    *,
    default: str | Callable[[], str] = ...,
    null: Literal[False] = False,
    choices: Sequence[str] | None = None,
    name: str | None = None,
    escape: bool = False,
) -> Attr[str]: ...
@overload
def Text(
    *,
    default: str | Callable[[], str] | None = ...,
    null: Literal[True],
    choices: Sequence[str] | None = None,
    name: str | None = None,
    escape: bool = False,
) -> Attr[str | None]: ...
@overload
def Text(
    *,
    default: None,
    null: bool = True,
    choices: Sequence[str] | None = None,
    name: str | None = None,
    escape: bool = False,
) -> Attr[str | None]: ...
def Text(
    *,
    default: Any = ...,
    null: bool | None = None,
    choices: Sequence[str] | None = None,
    name: str | None = None,
    escape: bool = False,
) -> Any:
    """Text. ``escape=True`` percent-encodes the delimiter in keys; without it, a value that holds it is refused."""
    return attributes.TextAttribute(**_options(default, null), choices=choices, name=name, escape=escape)


@overload
def Bool(
    *, default: bool | Callable[[], bool] = ..., null: Literal[False] = False, name: str | None = None
) -> Attr[bool]: ...
@overload
def Bool(
    *, default: bool | Callable[[], bool] | None = ..., null: Literal[True], name: str | None = None
) -> Attr[bool | None]: ...
@overload
def Bool(*, default: None, null: bool = True, name: str | None = None) -> Attr[bool | None]: ...
def Bool(*, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """True or False."""
    return attributes.BoolAttribute(**_options(default, null), name=name)


@overload
def Int(
    *,
    default: int | Callable[[], int] = ...,
    null: Literal[False] = False,
    choices: Sequence[int] | None = None,
    name: str | None = None,
) -> Attr[int]: ...
@overload
def Int(
    *,
    default: int | Callable[[], int] | None = ...,
    null: Literal[True],
    choices: Sequence[int] | None = None,
    name: str | None = None,
) -> Attr[int | None]: ...
@overload
def Int(
    *, default: None, null: bool = True, choices: Sequence[int] | None = None, name: str | None = None
) -> Attr[int | None]: ...
def Int(
    *, default: Any = ..., null: bool | None = None, choices: Sequence[int] | None = None, name: str | None = None
) -> Any:
    """A whole number of up to 38 digits. In a sort key it needs a width: ``{n:06d}``."""
    return attributes.IntAttribute(**_options(default, null), choices=choices, name=name)


@overload
def Number(
    *,
    default: Decimal | Callable[[], Decimal] = ...,
    null: Literal[False] = False,
    choices: Sequence[Decimal] | None = None,
    name: str | None = None,
) -> Attr[Decimal]: ...
@overload
def Number(
    *,
    default: Decimal | Callable[[], Decimal] | None = ...,
    null: Literal[True],
    choices: Sequence[Decimal] | None = None,
    name: str | None = None,
) -> Attr[Decimal | None]: ...
@overload
def Number(
    *, default: None, null: bool = True, choices: Sequence[Decimal] | None = None, name: str | None = None
) -> Attr[Decimal | None]: ...
def Number(
    *, default: Any = ..., null: bool | None = None, choices: Sequence[Decimal] | None = None, name: str | None = None
) -> Any:
    """A number of up to 38 digits, exact: int or Decimal in, Decimal out. A float is refused."""
    return attributes.DecimalAttribute(**_options(default, null), choices=choices, name=name)


@overload
def Float(
    *, default: float | Callable[[], float] = ..., null: Literal[False] = False, name: str | None = None
) -> Attr[float]: ...
@overload
def Float(
    *, default: float | Callable[[], float] | None = ..., null: Literal[True], name: str | None = None
) -> Attr[float | None]: ...
@overload
def Float(*, default: None, null: bool = True, name: str | None = None) -> Attr[float | None]: ...
def Float(*, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """A float. It never stands in a key."""
    return attributes.FloatAttribute(**_options(default, null), name=name)


@overload
def Timestamp(
    *,
    default: datetime | Callable[[], datetime] = ...,
    null: Literal[False] = False,
    name: str | None = None,
    auto_now: bool = False,
) -> Attr[datetime]: ...
@overload
def Timestamp(
    *,
    default: datetime | Callable[[], datetime] | None = ...,
    null: Literal[True],
    name: str | None = None,
    auto_now: bool = False,
) -> Attr[datetime | None]: ...
@overload
def Timestamp(
    *, default: None, null: bool = True, name: str | None = None, auto_now: bool = False
) -> Attr[datetime | None]: ...
def Timestamp(*, default: Any = ..., null: bool | None = None, name: str | None = None, auto_now: bool = False) -> Any:
    """A time with a time zone. ``auto_now=True`` sets it whenever the item is written."""
    return attributes.TimestampAttribute(**_options(default, null), name=name, auto_now=auto_now)


@overload
def Date(
    *, default: date | Callable[[], date] = ..., null: Literal[False] = False, name: str | None = None
) -> Attr[date]: ...
@overload
def Date(
    *, default: date | Callable[[], date] | None = ..., null: Literal[True], name: str | None = None
) -> Attr[date | None]: ...
@overload
def Date(*, default: None, null: bool = True, name: str | None = None) -> Attr[date | None]: ...
def Date(*, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """A day."""
    return attributes.DateAttribute(**_options(default, null), name=name)


@overload
def Uuid(
    *, default: UUID | Callable[[], UUID] = ..., null: Literal[False] = False, name: str | None = None
) -> Attr[UUID]: ...
@overload
def Uuid(
    *, default: UUID | Callable[[], UUID] | None = ..., null: Literal[True], name: str | None = None
) -> Attr[UUID | None]: ...
@overload
def Uuid(*, default: None, null: bool = True, name: str | None = None) -> Attr[UUID | None]: ...
def Uuid(*, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """A UUID."""
    return attributes.UuidAttribute(**_options(default, null), name=name)


@overload
def Bytes(
    *, default: bytes | Callable[[], bytes] = ..., null: Literal[False] = False, name: str | None = None
) -> Attr[bytes]: ...
@overload
def Bytes(
    *, default: bytes | Callable[[], bytes] | None = ..., null: Literal[True], name: str | None = None
) -> Attr[bytes | None]: ...
@overload
def Bytes(*, default: None, null: bool = True, name: str | None = None) -> Attr[bytes | None]: ...
def Bytes(*, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """Bytes."""
    return attributes.BytesAttribute(**_options(default, null), name=name)


def Json(*, default: Any = ..., null: bool | None = None, name: str | None = None) -> Attr[Any]:
    """Anything that JSON holds, stored as text."""
    return attributes.JsonAttribute(**_options(default, null), name=name)


@overload
def Map(
    *, default: Callable[[], dict[str, Any]] = ..., null: Literal[False] = False, name: str | None = None
) -> Attr[dict[str, Any]]: ...
@overload
def Map(
    *, default: Callable[[], dict[str, Any]] | None = ..., null: Literal[True], name: str | None = None
) -> Attr[dict[str, Any] | None]: ...
@overload
def Map(*, default: None, null: bool = True, name: str | None = None) -> Attr[dict[str, Any] | None]: ...
def Map(*, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """A map of plain values, which DynamoDB can filter on and update within."""
    return attributes.MapAttribute(**_options(default, null), name=name)


@overload
def TextSet(
    *, default: Callable[[], set[str]] = ..., null: Literal[False] = False, name: str | None = None
) -> Attr[set[str]]: ...
@overload
def TextSet(
    *, default: Callable[[], set[str]] | None = ..., null: Literal[True], name: str | None = None
) -> Attr[set[str] | None]: ...
@overload
def TextSet(*, default: None, null: bool = True, name: str | None = None) -> Attr[set[str] | None]: ...
def TextSet(*, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """A set of text."""
    return attributes.TextSetAttribute(**_options(default, null), name=name)


@overload
def NumberSet(
    *, default: Callable[[], set[Any]] = ..., null: Literal[False] = False, name: str | None = None
) -> Attr[set[Any]]: ...
@overload
def NumberSet(
    *, default: Callable[[], set[Any]] | None = ..., null: Literal[True], name: str | None = None
) -> Attr[set[Any] | None]: ...
@overload
def NumberSet(*, default: None, null: bool = True, name: str | None = None) -> Attr[set[Any] | None]: ...
def NumberSet(*, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """A set of numbers, int and Decimal."""
    return attributes.NumberSetAttribute(**_options(default, null), name=name)


@overload
def BytesSet(
    *, default: Callable[[], set[bytes]] = ..., null: Literal[False] = False, name: str | None = None
) -> Attr[set[bytes]]: ...
@overload
def BytesSet(
    *, default: Callable[[], set[bytes]] | None = ..., null: Literal[True], name: str | None = None
) -> Attr[set[bytes] | None]: ...
@overload
def BytesSet(*, default: None, null: bool = True, name: str | None = None) -> Attr[set[bytes] | None]: ...
def BytesSet(*, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """A set of bytes."""
    return attributes.BytesSetAttribute(**_options(default, null), name=name)


@overload
def List(
    *, default: Callable[[], list[Any]] = ..., null: Literal[False] = False, name: str | None = None
) -> Attr[list[Any]]: ...
@overload
def List(
    *, default: Callable[[], list[Any]] | None = ..., null: Literal[True], name: str | None = None
) -> Attr[list[Any] | None]: ...
@overload
def List(*, default: None, null: bool = True, name: str | None = None) -> Attr[list[Any] | None]: ...
@overload
def List(
    of: Attr[T], *, default: Callable[[], list[T]] = ..., null: Literal[False] = False, name: str | None = None
) -> Attr[list[T]]: ...
@overload
def List(
    of: Attr[T], *, default: Callable[[], list[T]] | None = ..., null: Literal[True], name: str | None = None
) -> Attr[list[T] | None]: ...
@overload
def List(of: Attr[T], *, default: None, null: bool = True, name: str | None = None) -> Attr[list[T] | None]: ...
def List(of: Attr[Any] | None = None, *, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """A list: of plain values, or of one attribute's values, ``List(Text())``."""
    return attributes.ListAttribute(of, **_options(default, null), name=name)


@overload
def Expires(
    *, default: timedelta | Callable[[], datetime] = ..., null: Literal[False] = False, name: str | None = None
) -> Attr[datetime]: ...
@overload
def Expires(
    *, default: timedelta | Callable[[], datetime] | None = ..., null: Literal[True], name: str | None = None
) -> Attr[datetime | None]: ...
@overload
def Expires(*, default: None, null: bool = True, name: str | None = None) -> Attr[datetime | None]: ...
def Expires(*, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """When DynamoDB may remove the item, in whole seconds; ``default=timedelta(days=90)`` counts from creation.

    Its stored name is the table's ``ttl``.
    """
    return attributes.ExpiresAttribute(**_options(default, null), name=name)


def Version(*, name: str | None = None, init: Literal[False] = False) -> Attr[int | None]:
    """Optimistic locking: counted up by each write of the item, which fails where another writer was first.

    ``init`` tells a type checker that the constructor does not take it: the first write makes it 1.
    """
    del init
    return cast("Attr[int | None]", attributes.VersionNumberAttribute(name=name))


def _options(default: Any, null: bool | None) -> dict[str, Any]:
    if default is ...:
        return {"null": null}
    return {"default": default, "null": True if default is None else null}
