"""Settings as they are read: late, with their defaults, one table's own before all tables'."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import override_settings

from dynamo_models import SettingsError, Table, conf
from dynamo_models.testing import isolated_tables


@override_settings()
def test_without_settings_it_is_aws_itself():
    from django.conf import settings

    del settings.DYNAMO_MODELS
    found = conf.connection_settings()
    assert (found.endpoint, found.region, found.access_key_id, found.retries) == (None, None, None, 3)
    assert conf.table_name("Main") == "Main"
    assert conf.cursor_max_age() is None
    assert conf.embedded_settings().engine is None


def test_a_tables_own_settings_come_first():
    own = {"NAME": "main-prod", "REGION": "eu-west-1", "RETRIES": 0}
    with override_settings(DYNAMO_MODELS={"REGION": "eu-central-1", "POOL": 5, "TABLES": {"Main": own}}):
        main, other = conf.connection_settings("Main"), conf.connection_settings("Other")
    assert (main.region, main.retries, main.pool) == ("eu-west-1", 0, 5)
    assert (other.region, other.retries, other.pool) == ("eu-central-1", 3, 5)


def test_equal_settings_are_equal_so_that_they_share_a_client():
    with override_settings(DYNAMO_MODELS={"TABLES": {"Main": {"NAME": "main-prod"}}}):
        assert conf.connection_settings("Main") == conf.connection_settings("Other")
        assert len({conf.connection_settings("Main"), conf.connection_settings("Other")}) == 1


def test_settings_are_read_when_they_are_needed():
    with isolated_tables():
        main = Table("Main")
    for prefix in ("dev-", "prod-"):
        with override_settings(DYNAMO_MODELS={"TABLE_PREFIX": prefix, "TABLES": {"Other": {"NAME": "else"}}}):
            assert main.endpoint_name == f"{prefix}Main"
            assert conf.table_name("Other") == f"{prefix}else"


@pytest.mark.parametrize(
    ("directory", "found"), [(".dynamo", "/base/.dynamo"), ("/data", "/data"), (Path("/data"), "/data")], ids=str
)
def test_the_embedded_endpoints_folder_is_below_the_base_directory(directory, found):
    with override_settings(BASE_DIR="/base", DYNAMO_MODELS={"EMBEDDED": {"DIRECTORY": directory, "ENGINE": "moto"}}):
        assert conf.embedded_settings() == conf.EmbeddedSettings(directory=Path(found), engine="moto")


@pytest.mark.parametrize(
    ("settings", "read", "message"),
    [
        ("x", conf.cursor_max_age, "settings.DYNAMO_MODELS must be a dict, not str"),
        (
            {"TABLES": []},
            lambda: conf.table_name("Main"),
            r"settings.DYNAMO_MODELS\['TABLES'\] must be a dict, not list",
        ),
        (
            {"TABLES": {"Main": "main-prod"}},
            lambda: conf.connection_settings("Main"),
            r"settings.DYNAMO_MODELS\['TABLES'\]\['Main'\] must be a dict, not str",
        ),
        (
            {"EMBEDDED": None},
            conf.embedded_settings,
            r"settings.DYNAMO_MODELS\['EMBEDDED'\] must be a dict, not NoneType",
        ),
    ],
)
def test_settings_of_another_shape_are_refused_by_name(settings, read, message):
    with override_settings(DYNAMO_MODELS=settings), pytest.raises(SettingsError, match=message):
        read()
