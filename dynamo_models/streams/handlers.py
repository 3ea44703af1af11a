"""Who is told of which entity's changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dynamo_models.schema.definition import EntityDefinition
from dynamo_models.schema.table import Table

if TYPE_CHECKING:
    from dynamo_models.streams.changes import StreamBatch, StreamChange

Function = Callable[["StreamChange"], object]
BatchFunction = Callable[["StreamBatch"], object]


@dataclass(frozen=True)
class Handler:
    """A function, the entity whose changes it is told of, and the name that tells it apart from other handlers.

    many: it is told of several changes at once.
    """

    entity: type[EntityDefinition]
    function: Callable[[Any], object]
    name: str
    many: bool = False


_handlers: dict[str, Handler] = {}


def on_change(entity: type[EntityDefinition], *, name: str | None = None) -> Callable[[Function], Function]:
    """Tell a function of every change of an entity's items: made, changed or removed.

    name: by which ``once`` remembers what the handler has done; its module and name where none is given. Keep it when
    the function is renamed.
    """

    def register(function: Function) -> Function:
        said = name or f"{function.__module__}.{function.__qualname__}"
        _handlers[said] = Handler(entity, function, said)
        return function

    return register


def on_changes(entity: type[EntityDefinition], *, name: str | None = None) -> Callable[[BatchFunction], BatchFunction]:
    """Tell a function of changes of an entity's items, up to 20 at once, in the order of their shard.

    For what adds up: a batch is one transaction where single changes are one each. name: as in ``on_change``.
    """

    def register(function: BatchFunction) -> BatchFunction:
        said = name or f"{function.__module__}.{function.__qualname__}"
        _handlers[said] = Handler(entity, function, said, many=True)
        return function

    return register


def handlers_of(table: Table) -> Iterator[Handler]:
    """The handlers of a table's entities."""
    return (each for each in _handlers.values() if each.entity.schema.table is table)


def tables() -> list[Table]:
    """The tables whose changes somebody is told of."""
    return list(dict.fromkeys(each.entity.schema.table for each in _handlers.values()))


def forget(name: str) -> None:
    """Remove a handler, as tests do."""
    _handlers.pop(name, None)
