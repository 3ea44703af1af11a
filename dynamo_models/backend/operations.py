"""The little that Django asks of a database besides queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.operations import BaseDatabaseOperations


class DatabaseOperations(BaseDatabaseOperations):
    """Names are not quoted, as nothing is written in SQL; nothing is flushed, as DynamoDB's tables are not these."""

    compiler_module = "dynamo_models.backend.compiler"

    def quote_name(self, name: str) -> str:
        return name

    def sql_flush(self, style: Any, tables: Sequence[str], **_: Any) -> list[str]:
        del style, tables
        return []

    def execute_sql_flush(self, sql_list: Any) -> None:
        """There is nothing to carry out."""
