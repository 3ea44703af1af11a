"""The connection of the alias. It holds no socket: reads and writes go through the mapper's own client."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    connections,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic

from dynamo_models.backend import coverage, places
from dynamo_models.backend.administration import (
    DatabaseClient,
    DatabaseCreation,
    DatabaseIntrospection,
    DatabaseSchemaEditor,
)
from dynamo_models.backend.collected import BEGIN, Collected
from dynamo_models.backend.features import DatabaseFeatures
from dynamo_models.backend.operations import DatabaseOperations
from dynamo_models.mirror.after_commit import _Attempt

FROM_TESTCASE = "_from_testcase"  # Django's mark of the blocks around each test


class _Cursor:
    """What Django opens to look at tables, and nobody executes anything with."""

    def __init__(self, refusal: str) -> None:
        self.refusal = refusal

    def execute(self, sql: Any, params: Any = None) -> None:
        del sql, params
        raise NotSupportedError(self.refusal)

    executemany = callproc = execute

    def close(self) -> None:
        """It holds nothing."""


class DatabaseWrapper(BaseDatabaseWrapper):
    """``DATABASES[alias]``: ENGINE, SQL (the alias with the rows), OPTIONS["coverage"] (a file, see coverage.py)."""

    vendor = "dynamodb"
    display_name = "DynamoDB"
    data_types: dict[str, Any] = {}  # noqa: RUF012 - Django's own declares them so
    operators: dict[str, str] = {}  # noqa: RUF012
    SchemaEditorClass = DatabaseSchemaEditor
    client_class = DatabaseClient
    creation_class = DatabaseCreation
    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations

    # What raises Django's own errors needs none of a driver's.
    Database = SimpleNamespace(
        DataError=DataError,
        OperationalError=OperationalError,
        IntegrityError=IntegrityError,
        InternalError=InternalError,
        ProgrammingError=ProgrammingError,
        NotSupportedError=NotSupportedError,
        DatabaseError=DatabaseError,
        InterfaceError=InterfaceError,
        Error=Error,
    )

    @property
    def sql_alias(self) -> str:
        """The alias of the database that has the rows. ImproperlyConfigured for one that there is not."""
        alias = str(self.settings_dict.get("SQL", DEFAULT_DB_ALIAS))
        if alias == self.alias or alias not in connections.settings:
            raise ImproperlyConfigured(
                f"DATABASES[{self.alias!r}]['SQL'] is {alias!r}: name another alias, of the database with the rows."
            )
        return alias

    @property
    def sql(self) -> Any:
        """The connection of the SQL alias, of this thread."""
        return connections[self.sql_alias]

    @property
    def coverage_file(self) -> Path | None:
        """Where queries are written down that DynamoDB cannot serve."""
        return coverage.file_of(self.settings_dict)

    # What Django's own wrapper asks of an engine

    def get_connection_params(self) -> dict[str, Any]:
        return {}

    def get_new_connection(self, conn_params: Any) -> Any:
        del conn_params
        return SimpleNamespace(close=lambda: None, commit=lambda: None, rollback=lambda: None)

    def is_usable(self) -> bool:
        return True

    def create_cursor(self, name: str | None = None) -> Any:
        del name
        return _Cursor(
            f"{self.alias} is DynamoDB, which takes no SQL: "
            f"use connections[{self.sql_alias!r}].cursor(), or the mapper."
        )

    # Blocks

    def __init__(self, settings_dict: dict[str, Any], alias: str = DEFAULT_DB_ALIAS) -> None:
        super().__init__(settings_dict, alias)
        self.collected = Collected(self)
        self.joined: list[tuple[str, Atomic]] = []

    @property
    def savepoint_ids(self) -> list[Any]:
        """The savepoints of the blocks that are open, None for a block that has none."""
        return self._savepoint_ids

    @savepoint_ids.setter
    def savepoint_ids(self, ids: list[Any]) -> None:
        self._savepoint_ids = _Savepoints(self, ids)

    @property
    def needs_rollback(self) -> bool:
        """Whether an error has spoilt the innermost block. Where that is one of SQL's, it is that which is marked."""
        return self._needs_rollback

    @needs_rollback.setter
    def needs_rollback(self, spoilt: bool) -> None:
        if spoilt and not places.open_blocks(self) and places.open_blocks(self.sql):
            self.sql.needs_rollback = True
        else:
            self._needs_rollback = spoilt

    def join_sql(self) -> None:
        """Let SQL's transaction be one with the blocks that are open here: what SQL writes now goes with them."""
        known = {level for level, _ in self.joined}
        for level in self._levels():
            if level not in known:
                atomic = Atomic(self.sql_alias, savepoint=True, durable=False)
                atomic.__enter__()
                self.joined.append((level, atomic))

    def _levels(self) -> list[str]:
        """The open blocks whose ends are told here, those around tests left aside."""
        of_tests = sum(bool(getattr(block, FROM_TESTCASE)) for block in self.atomic_blocks)
        levels = [BEGIN, *self.savepoint_ids] if self.in_atomic_block else []
        return [level for level in levels[of_tests:] if level is not None]

    def _leave(self, level: str, error: Exception | None) -> None:
        """SQL's part of a block ends with it."""
        while any(each == level for each, _ in self.joined):
            _, atomic = self.joined.pop()
            atomic.__exit__(type(error) if error is not None else None, error, None)

    def _set_autocommit(self, autocommit: bool) -> None:
        if not autocommit:
            self.collected.save("alias", BEGIN)

    def _savepoint(self, sid: str) -> None:
        self.collected.save("alias", sid)

    def _savepoint_commit(self, sid: str) -> None:
        if sid not in {level for level, _ in self.joined}:
            self.collected.ended()
        self._leave(sid, None)

    def _savepoint_rollback(self, sid: str) -> None:
        self.collected.restore("alias", sid)
        self._leave(sid, _RolledBack())

    def _commit(self) -> None:
        if not self.joined:
            self.collected.ended()
        self._leave(BEGIN, None)

    def _rollback(self) -> None:
        self.collected.restore("alias", BEGIN)
        self._leave(BEGIN, _RolledBack())
        if not places.in_block(self):
            self.collected.forget()

    def on_commit(self, func: Callable[[], object], robust: bool = False) -> None:
        """Run once both have committed. The mirror's own hint, which is about rows of SQL's, is left to the relay."""
        if isinstance(func, _Attempt):
            return
        if not places.open_blocks(self) and places.open_blocks(self.sql):
            self.sql.on_commit(func, robust)
        else:
            super().on_commit(func, robust)

    def run_and_clear_commit_hooks(self) -> None:
        if places.open_blocks(self.sql):
            # The block of this alias stood in one of SQL's, which is not at its end.
            hooks: list[Any] = list(self.run_on_commit)
            self.run_on_commit = []
            for _, func, robust in hooks:
                self.sql.on_commit(func, robust)
            return
        super().run_and_clear_commit_hooks()


class _RolledBack(Exception):  # noqa: N818 - what a block of SQL's is told that it ends by
    """The block of the alias that SQL's transaction had joined was rolled back."""


class _Savepoints(list[Any]):
    """Django does not tell an engine of the end of a block without a savepoint. The first block within a TestCase's own
    gets one all the same: it is the outermost to the application, and its end is when writes are sent."""

    def __init__(self, connection: Any, ids: list[Any]) -> None:
        super().__init__(ids)
        self.connection = connection

    def append(self, sid: Any) -> None:
        connection = self.connection
        if sid is None and not connection.needs_rollback and not places.open_blocks(connection):
            sid = connection.savepoint()
        super().append(sid)
