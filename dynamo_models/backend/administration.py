"""Everything by which Django would make, look at or remove tables: they are made by ``manage.py dynamo_tables``."""

from __future__ import annotations

from typing import Any

from django.db import NotSupportedError
from django.db.backends.base.client import BaseDatabaseClient
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.backends.base.introspection import BaseDatabaseIntrospection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class DatabaseClient(BaseDatabaseClient):
    """There is no shell."""

    def runshell(self, parameters: Any) -> None:
        del parameters
        raise NotSupportedError(
            f"DynamoDB has no shell; manage.py dbshell --database={_sql(self.connection)} opens SQL's."
        )


class DatabaseCreation(BaseDatabaseCreation):
    """A test database is SQL's; of DynamoDB, tests make their own tables (``make_tables``)."""

    def create_test_db(
        self, verbosity: int = 1, autoclobber: bool = False, serialize: bool | None = None, keepdb: bool = False
    ) -> str:
        del verbosity, autoclobber, serialize, keepdb
        return str(self.connection.settings_dict["NAME"])

    def destroy_test_db(
        self, old_database_name: str | None = None, verbosity: int = 1, keepdb: bool = False, suffix: str | None = None
    ) -> None:
        """There is nothing to remove."""

    def clone_test_db(self, suffix: Any, verbosity: int = 1, autoclobber: bool = False, keepdb: bool = False) -> None:
        """There is nothing to copy."""

    def serialize_db_to_string(self) -> str:
        return "[]"

    def deserialize_db_from_string(self, data: str) -> None:
        """There is nothing to restore."""

    def test_db_signature(self) -> tuple[Any, ...]:
        return ("dynamodb", self.connection.alias)


class DatabaseIntrospection(BaseDatabaseIntrospection):
    """The tables of the models are SQL's, and what ``migrate`` has done there is done here."""

    def get_table_list(self, cursor: Any) -> list[Any]:
        del cursor
        sql = self.connection.sql  # type: ignore[attr-defined]
        with sql.cursor() as own:
            return list(sql.introspection.get_table_list(own))

    def sequence_list(self) -> list[Any]:
        return []


class DatabaseSchemaEditor(BaseDatabaseSchemaEditor):
    """Changes of tables are made on the SQL alias, and have no meaning here."""

    def execute(self, sql: Any, params: Any = ()) -> None:
        del sql, params
        raise NotSupportedError(
            f"DynamoDB has no tables of models: manage.py migrate --database={_sql(self.connection)} changes those of "
            "SQL, manage.py dynamo_tables apply makes those of DynamoDB. A router's allow_migrate() says False for "
            f"{self.connection.alias}."
        )


def _sql(connection: Any) -> str:
    return str(connection.sql_alias)
