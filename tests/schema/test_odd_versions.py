"""Items whose schema version is nothing that was ever written."""

import pytest

from dynamo_models import Attr, Entity, Key, Table, Text, UnknownItem, upgrade


def test_a_schema_version_that_is_no_number_is_said_and_not_guessed() -> None:
    class Versioned(Entity, table=Table("OddVersions")):
        name: Attr[str] = Text()

        class Keys:
            primary = Key("V#{name}", "METADATA")

        class Options:
            schema_version = 2

        @upgrade(1, 2)
        @staticmethod
        def second(item: dict) -> dict:
            return item

    with pytest.raises(UnknownItem, match="Versioned: a stored item has schema version"):
        Versioned.from_raw_data({"name": {"S": "a"}, "SchemaVersion": {"S": "two"}})
