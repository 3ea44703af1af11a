"""A table that is told its name at the endpoint late."""

from django.test import override_settings

from dynamo_models import Table
from dynamo_models.tables.desired import desired
from dynamo_models.testing import isolated_tables


def define(**options):
    with isolated_tables():
        return Table("orders", **options)


def test_the_name_is_asked_each_time_it_is_needed():
    told = iter(["orders-dev", "orders-prod"])
    table = define(named=lambda: next(told))
    with override_settings(DYNAMO_MODELS={"TABLE_PREFIX": "eu-"}):
        assert table.endpoint_name == "eu-orders-dev"
        assert desired(table).name == "eu-orders-prod"
    assert table.name == "orders"


def test_a_name_in_settings_stands_before_it():
    table = define(named=lambda: "told")
    with override_settings(DYNAMO_MODELS={"TABLES": {"orders": {"NAME": "set"}}}):
        assert table.endpoint_name == "set"
    with override_settings(DYNAMO_MODELS={}):
        assert table.endpoint_name == "told"
        assert define().endpoint_name == "orders"
