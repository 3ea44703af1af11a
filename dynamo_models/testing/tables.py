"""Tables of a test's own: the code's under names that no other test has, and definitions that are gone after it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.conf import settings
from django.test.utils import override_settings

from dynamo_models import transport
from dynamo_models.schema.table import Table, register_table, registered_tables, unregister_tables
from dynamo_models.tables import ensure


@contextmanager
def fresh_tables(tables: Iterable[Table] | None = None, *, into: Any = None, **overrides: Any) -> Iterator[list[Table]]:
    """These tables (all registered ones where none is named), empty, for the block. ``overrides`` are settings.

    into: pytest-django's ``settings``, which then puts back what the block has changed, in its own turn: settings that
    are put back in another order than they were changed in stay changed.
    """
    chosen = list(registered_tables() if tables is None else tables)
    prefix = f"t{uuid.uuid4().hex[:12]}-"
    changed = {**getattr(settings, "DYNAMO_MODELS", {}), **overrides, "TABLE_PREFIX": prefix}
    if into is not None:
        into.DYNAMO_MODELS = changed
    with override_settings(DYNAMO_MODELS=changed) if into is None else nullcontext():
        try:
            for table in chosen:
                ensure(table)
            yield chosen
        finally:
            client = transport.client()
            for name in client.list_tables()["TableNames"]:
                if name.startswith(prefix):
                    _remove(client, name)


@contextmanager
def isolated_tables() -> Iterator[None]:
    """Tables that are defined in the block are registered there alone, and those defined before are not: for tests that
    define throw-away tables, which system checks and ``fresh_tables()`` would meet later."""
    known = unregister_tables()
    try:
        yield
    finally:
        unregister_tables()
        for table in known:
            register_table(table)


def _remove(client: Any, name: str) -> None:
    described = client.describe_table(TableName=name)["Table"]
    if described.get("DeletionProtectionEnabled"):
        client.update_table(TableName=name, DeletionProtectionEnabled=False)
    client.delete_table(TableName=name)
