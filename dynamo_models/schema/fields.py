"""What users write in a class body: ``title: Attr[str] = Text()``.

Functions, so that a type checker sees ``Attr[str]``, or ``Attr[str | None]`` where the attribute may be absent. All take

null: True where it may be absent. ``default=None`` says so too, and makes the constructor's argument optional for a
    type checker, which does not look at ``null``.
default: a value (also taken for stored items that lack the attribute) or a callable (for new items only).
choices: the values it can have.
name: its stored name, where the table's rule does not give it.
"""

# ruff: noqa: N802 - they stand where Django's field classes stand, and read like them

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeVar, overload
from uuid import UUID

from dynamo_models.schema import attributes
from dynamo_models.schema.attribute import Attr

T = TypeVar("T")


@overload
def Text(
    *,
    default: str | Callable[[], str],
    null: Literal[False] = False,
    choices: Sequence[str] | None = None,
    name: str | None = None,
    escape: bool = False,
) -> Attr[str]: ...
@overload
def Text(
    *, null: Literal[False] = False, choices: Sequence[str] | None = None, name: str | None = None, escape: bool = False
) -> Attr[str]: ...
@overload
def Text(
    *,
    default: str | Callable[[], str] | None = None,
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
    *,
    default: bool | Callable[[], bool],
    null: Literal[False] = False,
    choices: Sequence[bool] | None = None,
    name: str | None = None,
) -> Attr[bool]: ...
@overload
def Bool(
    *, null: Literal[False] = False, choices: Sequence[bool] | None = None, name: str | None = None
) -> Attr[bool]: ...
@overload
def Bool(
    *,
    default: bool | Callable[[], bool] | None = None,
    null: Literal[True],
    choices: Sequence[bool] | None = None,
    name: str | None = None,
) -> Attr[bool | None]: ...
@overload
def Bool(
    *, default: None, null: bool = True, choices: Sequence[bool] | None = None, name: str | None = None
) -> Attr[bool | None]: ...
def Bool(
    *, default: Any = ..., null: bool | None = None, choices: Sequence[bool] | None = None, name: str | None = None
) -> Any:
    """True or False."""
    return attributes.BoolAttribute(**_options(default, null), choices=choices, name=name)


@overload
def Int(
    *,
    default: int | Callable[[], int],
    null: Literal[False] = False,
    choices: Sequence[int] | None = None,
    name: str | None = None,
) -> Attr[int]: ...
@overload
def Int(
    *, null: Literal[False] = False, choices: Sequence[int] | None = None, name: str | None = None
) -> Attr[int]: ...
@overload
def Int(
    *,
    default: int | Callable[[], int] | None = None,
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
    default: Decimal | Callable[[], Decimal],
    null: Literal[False] = False,
    choices: Sequence[Decimal] | None = None,
    name: str | None = None,
) -> Attr[Decimal]: ...
@overload
def Number(
    *, null: Literal[False] = False, choices: Sequence[Decimal] | None = None, name: str | None = None
) -> Attr[Decimal]: ...
@overload
def Number(
    *,
    default: Decimal | Callable[[], Decimal] | None = None,
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
    *,
    default: float | Callable[[], float],
    null: Literal[False] = False,
    choices: Sequence[float] | None = None,
    name: str | None = None,
) -> Attr[float]: ...
@overload
def Float(
    *, null: Literal[False] = False, choices: Sequence[float] | None = None, name: str | None = None
) -> Attr[float]: ...
@overload
def Float(
    *,
    default: float | Callable[[], float] | None = None,
    null: Literal[True],
    choices: Sequence[float] | None = None,
    name: str | None = None,
) -> Attr[float | None]: ...
@overload
def Float(
    *, default: None, null: bool = True, choices: Sequence[float] | None = None, name: str | None = None
) -> Attr[float | None]: ...
def Float(
    *, default: Any = ..., null: bool | None = None, choices: Sequence[float] | None = None, name: str | None = None
) -> Any:
    """A float. It never stands in a key."""
    return attributes.FloatAttribute(**_options(default, null), choices=choices, name=name)


@overload
def Timestamp(
    *,
    default: datetime | Callable[[], datetime],
    null: Literal[False] = False,
    choices: Sequence[datetime] | None = None,
    name: str | None = None,
    auto_now: bool = False,
) -> Attr[datetime]: ...
@overload
def Timestamp(
    *,
    null: Literal[False] = False,
    choices: Sequence[datetime] | None = None,
    name: str | None = None,
    auto_now: bool = False,
) -> Attr[datetime]: ...
@overload
def Timestamp(
    *,
    default: datetime | Callable[[], datetime] | None = None,
    null: Literal[True],
    choices: Sequence[datetime] | None = None,
    name: str | None = None,
    auto_now: bool = False,
) -> Attr[datetime | None]: ...
@overload
def Timestamp(
    *,
    default: None,
    null: bool = True,
    choices: Sequence[datetime] | None = None,
    name: str | None = None,
    auto_now: bool = False,
) -> Attr[datetime | None]: ...
def Timestamp(
    *,
    default: Any = ...,
    null: bool | None = None,
    choices: Sequence[datetime] | None = None,
    name: str | None = None,
    auto_now: bool = False,
) -> Any:
    """A time with a time zone. ``auto_now=True`` sets it whenever the item is written."""
    return attributes.TimestampAttribute(**_options(default, null), choices=choices, name=name, auto_now=auto_now)


@overload
def Date(
    *,
    default: date | Callable[[], date],
    null: Literal[False] = False,
    choices: Sequence[date] | None = None,
    name: str | None = None,
) -> Attr[date]: ...
@overload
def Date(
    *, null: Literal[False] = False, choices: Sequence[date] | None = None, name: str | None = None
) -> Attr[date]: ...
@overload
def Date(
    *,
    default: date | Callable[[], date] | None = None,
    null: Literal[True],
    choices: Sequence[date] | None = None,
    name: str | None = None,
) -> Attr[date | None]: ...
@overload
def Date(
    *, default: None, null: bool = True, choices: Sequence[date] | None = None, name: str | None = None
) -> Attr[date | None]: ...
def Date(
    *, default: Any = ..., null: bool | None = None, choices: Sequence[date] | None = None, name: str | None = None
) -> Any:
    """A day."""
    return attributes.DateAttribute(**_options(default, null), choices=choices, name=name)


@overload
def Uuid(
    *,
    default: UUID | Callable[[], UUID],
    null: Literal[False] = False,
    choices: Sequence[UUID] | None = None,
    name: str | None = None,
) -> Attr[UUID]: ...
@overload
def Uuid(
    *, null: Literal[False] = False, choices: Sequence[UUID] | None = None, name: str | None = None
) -> Attr[UUID]: ...
@overload
def Uuid(
    *,
    default: UUID | Callable[[], UUID] | None = None,
    null: Literal[True],
    choices: Sequence[UUID] | None = None,
    name: str | None = None,
) -> Attr[UUID | None]: ...
@overload
def Uuid(
    *, default: None, null: bool = True, choices: Sequence[UUID] | None = None, name: str | None = None
) -> Attr[UUID | None]: ...
def Uuid(
    *, default: Any = ..., null: bool | None = None, choices: Sequence[UUID] | None = None, name: str | None = None
) -> Any:
    """A UUID."""
    return attributes.UuidAttribute(**_options(default, null), choices=choices, name=name)


@overload
def Bytes(
    *,
    default: bytes | Callable[[], bytes],
    null: Literal[False] = False,
    choices: Sequence[bytes] | None = None,
    name: str | None = None,
) -> Attr[bytes]: ...
@overload
def Bytes(
    *, null: Literal[False] = False, choices: Sequence[bytes] | None = None, name: str | None = None
) -> Attr[bytes]: ...
@overload
def Bytes(
    *,
    default: bytes | Callable[[], bytes] | None = None,
    null: Literal[True],
    choices: Sequence[bytes] | None = None,
    name: str | None = None,
) -> Attr[bytes | None]: ...
@overload
def Bytes(
    *, default: None, null: bool = True, choices: Sequence[bytes] | None = None, name: str | None = None
) -> Attr[bytes | None]: ...
def Bytes(
    *, default: Any = ..., null: bool | None = None, choices: Sequence[bytes] | None = None, name: str | None = None
) -> Any:
    """Bytes."""
    return attributes.BytesAttribute(**_options(default, null), choices=choices, name=name)


@overload
def Json(
    *,
    default: Any | Callable[[], Any],
    null: Literal[False] = False,
    choices: Sequence[Any] | None = None,
    name: str | None = None,
) -> Attr[Any]: ...
@overload
def Json(
    *, null: Literal[False] = False, choices: Sequence[Any] | None = None, name: str | None = None
) -> Attr[Any]: ...
@overload
def Json(
    *,
    default: Any | Callable[[], Any] | None = None,
    null: Literal[True],
    choices: Sequence[Any] | None = None,
    name: str | None = None,
) -> Attr[Any]: ...
@overload
def Json(
    *, default: None, null: bool = True, choices: Sequence[Any] | None = None, name: str | None = None
) -> Attr[Any]: ...
def Json(
    *, default: Any = ..., null: bool | None = None, choices: Sequence[Any] | None = None, name: str | None = None
) -> Any:
    """Anything that JSON holds, stored as text."""
    return attributes.JsonAttribute(**_options(default, null), choices=choices, name=name)


@overload
def Map(
    *,
    default: dict[str, Any] | Callable[[], dict[str, Any]],
    null: Literal[False] = False,
    choices: Sequence[dict[str, Any]] | None = None,
    name: str | None = None,
) -> Attr[dict[str, Any]]: ...
@overload
def Map(
    *, null: Literal[False] = False, choices: Sequence[dict[str, Any]] | None = None, name: str | None = None
) -> Attr[dict[str, Any]]: ...
@overload
def Map(
    *,
    default: dict[str, Any] | Callable[[], dict[str, Any]] | None = None,
    null: Literal[True],
    choices: Sequence[dict[str, Any]] | None = None,
    name: str | None = None,
) -> Attr[dict[str, Any] | None]: ...
@overload
def Map(
    *, default: None, null: bool = True, choices: Sequence[dict[str, Any]] | None = None, name: str | None = None
) -> Attr[dict[str, Any] | None]: ...
def Map(
    *,
    default: Any = ...,
    null: bool | None = None,
    choices: Sequence[dict[str, Any]] | None = None,
    name: str | None = None,
) -> Any:
    """A map of plain values, which DynamoDB can filter on and update within."""
    return attributes.MapAttribute(**_options(default, null), choices=choices, name=name)


@overload
def TextSet(
    *,
    default: set[str] | Callable[[], set[str]],
    null: Literal[False] = False,
    choices: Sequence[set[str]] | None = None,
    name: str | None = None,
) -> Attr[set[str]]: ...
@overload
def TextSet(
    *, null: Literal[False] = False, choices: Sequence[set[str]] | None = None, name: str | None = None
) -> Attr[set[str]]: ...
@overload
def TextSet(
    *,
    default: set[str] | Callable[[], set[str]] | None = None,
    null: Literal[True],
    choices: Sequence[set[str]] | None = None,
    name: str | None = None,
) -> Attr[set[str] | None]: ...
@overload
def TextSet(
    *, default: None, null: bool = True, choices: Sequence[set[str]] | None = None, name: str | None = None
) -> Attr[set[str] | None]: ...
def TextSet(
    *, default: Any = ..., null: bool | None = None, choices: Sequence[set[str]] | None = None, name: str | None = None
) -> Any:
    """A set of text."""
    return attributes.TextSetAttribute(**_options(default, null), choices=choices, name=name)


@overload
def NumberSet(
    *,
    default: set[Any] | Callable[[], set[Any]],
    null: Literal[False] = False,
    choices: Sequence[set[Any]] | None = None,
    name: str | None = None,
) -> Attr[set[Any]]: ...
@overload
def NumberSet(
    *, null: Literal[False] = False, choices: Sequence[set[Any]] | None = None, name: str | None = None
) -> Attr[set[Any]]: ...
@overload
def NumberSet(
    *,
    default: set[Any] | Callable[[], set[Any]] | None = None,
    null: Literal[True],
    choices: Sequence[set[Any]] | None = None,
    name: str | None = None,
) -> Attr[set[Any] | None]: ...
@overload
def NumberSet(
    *, default: None, null: bool = True, choices: Sequence[set[Any]] | None = None, name: str | None = None
) -> Attr[set[Any] | None]: ...
def NumberSet(
    *, default: Any = ..., null: bool | None = None, choices: Sequence[set[Any]] | None = None, name: str | None = None
) -> Any:
    """A set of numbers, int and Decimal."""
    return attributes.NumberSetAttribute(**_options(default, null), choices=choices, name=name)


@overload
def BytesSet(
    *,
    default: set[bytes] | Callable[[], set[bytes]],
    null: Literal[False] = False,
    choices: Sequence[set[bytes]] | None = None,
    name: str | None = None,
) -> Attr[set[bytes]]: ...
@overload
def BytesSet(
    *, null: Literal[False] = False, choices: Sequence[set[bytes]] | None = None, name: str | None = None
) -> Attr[set[bytes]]: ...
@overload
def BytesSet(
    *,
    default: set[bytes] | Callable[[], set[bytes]] | None = None,
    null: Literal[True],
    choices: Sequence[set[bytes]] | None = None,
    name: str | None = None,
) -> Attr[set[bytes] | None]: ...
@overload
def BytesSet(
    *, default: None, null: bool = True, choices: Sequence[set[bytes]] | None = None, name: str | None = None
) -> Attr[set[bytes] | None]: ...
def BytesSet(
    *,
    default: Any = ...,
    null: bool | None = None,
    choices: Sequence[set[bytes]] | None = None,
    name: str | None = None,
) -> Any:
    """A set of bytes."""
    return attributes.BytesSetAttribute(**_options(default, null), choices=choices, name=name)


@overload
def List(
    *, default: list[Any] | Callable[[], list[Any]], null: Literal[False] = False, name: str | None = None
) -> Attr[list[Any]]: ...
@overload
def List(*, null: Literal[False] = False, name: str | None = None) -> Attr[list[Any]]: ...
@overload
def List(
    of: Attr[T], *, default: Callable[[], list[T]], null: Literal[False] = False, name: str | None = None
) -> Attr[list[T]]: ...
@overload
def List(of: Attr[T], *, null: Literal[False] = False, name: str | None = None) -> Attr[list[T]]: ...
@overload
def List(
    of: Attr[T], *, default: Callable[[], list[T]] | None = None, null: Literal[True], name: str | None = None
) -> Attr[list[T] | None]: ...
@overload
def List(of: Attr[T], *, default: None, null: bool = True, name: str | None = None) -> Attr[list[T] | None]: ...
@overload
def List(*, default: None, null: bool = True, name: str | None = None) -> Attr[list[Any] | None]: ...
def List(of: Attr[Any] | None = None, *, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """A list: of plain values, or of one attribute's values, ``List(Text())``."""
    return attributes.ListAttribute(of, **_options(default, null), name=name)


@overload
def Expires(
    *, default: timedelta | Callable[[], datetime], null: Literal[False] = False, name: str | None = None
) -> Attr[datetime]: ...
@overload
def Expires(*, null: Literal[False] = False, name: str | None = None) -> Attr[datetime]: ...
@overload
def Expires(
    *, default: timedelta | Callable[[], datetime] | None = None, null: Literal[True], name: str | None = None
) -> Attr[datetime | None]: ...
@overload
def Expires(*, default: None, null: bool = True, name: str | None = None) -> Attr[datetime | None]: ...
def Expires(*, default: Any = ..., null: bool | None = None, name: str | None = None) -> Any:
    """When DynamoDB may remove the item, in whole seconds; ``default=timedelta(days=90)`` counts from creation.

    Its stored name is the table's ``ttl``.
    """
    return attributes.ExpiresAttribute(**_options(default, null), name=name)


def Version(*, name: str | None = None, default: None = None) -> Attr[int | None]:  # noqa: ARG001
    """Optimistic locking: counted up by each write of the item, which fails where another writer was first."""
    return attributes.VersionNumberAttribute(null=True, name=name)


def _options(default: Any, null: bool | None) -> dict[str, Any]:
    if default is ...:
        return {"null": null}
    return {"default": default, "null": True if default is None else null}
