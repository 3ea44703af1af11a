"""Puts the watch on Django's connections: the compilers that log, and a look at every statement that passes."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.db import connections
from django.db.backends.signals import connection_created

from dynamo_models.mirror.capture.dialects import NOT_WHILE_CAPTURING
from dynamo_models.mirror.log.unseen import PLACE_LENGTH, Unseen
from dynamo_models.mirror.transactions import writing
from dynamo_models.mirror.watch.refused import WriteRefused
from dynamo_models.mirror.watch.specs import labels_of, specs
from dynamo_models.mirror.watch.statements import Written, written

logger = logging.getLogger(__name__)

# Frames that say nothing about whose statement it is.
_NOBODYS = ("/django/", "/dynamo_models/", "/asgiref/", "/contextlib.py")


class Watcher:
    """An execute wrapper of one connection: lets pass what the compilers announce, and notes what they do not."""

    def __init__(self) -> None:
        self._announced = 0
        self._has_log = False

    @contextmanager
    def announced(self) -> Iterator[None]:
        """The block carries out one statement of the ORM's, and what it writes is logged. Its joins are no alarm."""
        self._announced += 1
        try:
            yield
        finally:
            self._announced -= 1

    def connected(self) -> None:
        """It may be another database now."""
        self._has_log = False

    def has_log(self, connection: Any) -> bool:
        """Whether the app's tables are there: before its migrations nothing is mirrored, and nothing to be logged."""
        if not self._has_log:
            with connection.cursor() as cursor:
                self._has_log = Unseen._meta.db_table in connection.introspection.table_names(cursor)
        return self._has_log

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if self._announced:
            return execute(sql, params, many, context)
        text, connection = _text(sql, context), context["connection"]
        found = written(text, specs())
        if not found or not self.has_log(connection):
            return execute(sql, params, many, context)
        if any(each.verb == "TRUNCATE" for each in found):
            raise WriteRefused(NOT_WHILE_CAPTURING)
        using: str = connection.alias
        if connection.in_atomic_block:
            _note(found, using)
            return execute(sql, params, many, context)
        if connection.vendor == "sqlite" and "RETURNING" in text.upper():
            # SQLite ends no transaction while rows are to be fetched. Both sides: one is there if the process dies in
            # between, the other one is no older than the write.
            _note(found, using)
            result = execute(sql, params, many, context)
            _note(found, using)
            return result
        with writing(using):
            _note(found, using)
            return execute(sql, params, many, context)


def install() -> None:
    """Watch every database of the settings, from now on, and whatever connects to it."""
    for connection in connections.all():
        if connection.vendor == "dynamodb":
            continue  # the mirror itself
        operations: Any = type(connection.ops)
        if not getattr(operations.compiler, "watches", False):
            operations.compiler = _watching(operations.compiler)
        if connection.connection is not None:
            _connected(sender=None, connection=connection)
    connection_created.connect(_connected, dispatch_uid="dynamo_models.mirror.watch")


def watcher_of(connection: Any) -> Watcher:
    """The watcher of a connection, which is opened for it."""
    connection.ensure_connection()
    return next(each for each in connection.execute_wrappers if isinstance(each, Watcher))


def _connected(sender: Any, connection: Any, **_: Any) -> None:
    del sender
    for each in connection.execute_wrappers:
        if isinstance(each, Watcher):
            each.connected()
            return
    # The first is the outermost, and stays where it is: who wraps a block takes the last one away at its end.
    connection.execute_wrappers.insert(0, Watcher())


def _watching(compiler: Callable[[Any, str], type[Any]]) -> Callable[[Any, str], type[Any]]:
    from dynamo_models.mirror.watch.compilers import watched  # noqa: PLC0415 - it needs what is here

    @wraps(compiler)
    def chosen(self: Any, compiler_name: str) -> type[Any]:
        found = compiler(self, compiler_name)
        return watched(found) if specs() else found

    chosen.watches = True  # type: ignore[attr-defined]
    return chosen


def _text(sql: Any, context: dict[str, Any]) -> str:
    """psycopg composes statements of its own kind."""
    if isinstance(sql, str):
        return sql
    if isinstance(sql, bytes):
        return sql.decode(errors="replace")
    return str(sql.as_string(context["cursor"].cursor))


def _note(found: list[Written], using: str) -> None:
    place = _place()
    for each in found:
        what = {"table": each.table, "verb": each.verb, "place": place[-PLACE_LENGTH:]}
        for source in labels_of(each.table):
            Unseen.objects.using(using).create(source=source, **what)
        logger.error(
            "%s of %s at %s did not go through the ORM: the mirror has not seen which rows. Verify all of it: "
            "manage.py dynamo_verify --repair, and again.",
            each.verb,
            each.table,
            place,
        )


def _place() -> str:
    """Whose statement it is: the innermost frame that is neither Django's nor ours."""
    for frame, line in traceback.walk_stack(None):
        name = frame.f_code.co_filename
        if not any(each in name for each in _NOBODYS):
            return f"{name}:{line}"
    return "?"
