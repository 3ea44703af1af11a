"""One test for each private part of PynamoDB that the package stands on; a failure names the part that has changed."""

from __future__ import annotations

import inspect
import threading
from typing import Any

import pytest
from pynamodb import attributes as pynamo
from pynamodb import models
from pynamodb.connection import Connection, TableConnection
from pynamodb.connection.base import MetaTable
from pynamodb.expressions.condition import Comparison
from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import AddAction, RemoveAction, SetAction, Update
from pynamodb.models import BatchWrite, MetaModel, Model
from pynamodb.transactions import TransactGet, TransactWrite

from dynamo_models.schema import pynamo as hooks


def calls(function: Any) -> set[str]:
    """The names that a function's code looks up on objects, those of functions within it included."""
    code = function.__code__
    return set(code.co_names).union(*(set(each.co_names) for each in code.co_consts if inspect.iscode(each)))


def test_metamodel_scans_a_class_for_attributes_that_were_put_into_its_namespace():
    class Meta(MetaModel):
        def __new__(mcls, name: str, bases: Any, namespace: dict[str, Any]) -> Any:
            namespace["added"] = pynamo.UnicodeAttribute(attr_name="Added")
            return MetaModel.__new__(mcls, name, bases, namespace)

        def __init__(self, name: str, bases: Any, namespace: dict[str, Any]) -> None:
            MetaModel.__init__(self, name, bases, namespace)

    class Scanned(Model, metaclass=Meta):
        own = pynamo.NumberAttribute()

    assert set(Scanned.get_attributes()) == {"added", "own"}, "MetaModel.__init__: the scan for attributes"
    assert Scanned._dynamo_to_python_attrs == {"Added": "added"}, "AttributeContainerMeta._dynamo_to_python_attrs"


def test_metamodel_needs_no_meta_class():
    class Bare(Model):
        own = pynamo.NumberAttribute()

    assert not hasattr(Bare, "Meta"), "MetaModel makes no Meta where none is declared"
    assert issubclass(Bare.DoesNotExist, models.DoesNotExist), "MetaModel: DoesNotExist of each class"


def test_attribute_path_is_a_list_whose_name_is_set_when_the_class_is_made():
    attr = pynamo.UnicodeAttribute()
    assert attr.attr_path == [None], "Attribute.attr_path before __set_name__"

    class Named(Model):
        own = attr

    assert attr.attr_path == ["own"], "Attribute.__set_name__"


def test_attribute_reads_and_writes_attribute_values():
    class Held(Model):
        own = pynamo.UnicodeAttribute()

    held = hooks.new_instance(Held)
    assert held.attribute_values == {}, "Model.__new__ makes an instance without its constructor"
    held.own = "x"
    assert held.attribute_values == {"own": "x"}, "Attribute.__set__ writes instance.attribute_values"
    held.attribute_values["own"] = "y"
    assert held.own == "y", "Attribute.__get__ reads instance.attribute_values"


def test_computed_key_is_read_by_pynamodbs_own_serialization():
    assert "getattr" in calls(pynamo.AttributeContainer._container_serialize), (
        "AttributeContainer._container_serialize reads attributes by getattr"
    )
    assert "__get__" in vars(hooks.ComputedKey)


def test_discriminator_maps_are_of_class_and_of_value():
    marker = pynamo.DiscriminatorAttribute(attr_name="t")
    marker.register_class(int, "Int")
    marker.register_class(int, "OldInt")
    assert marker._class_map == {int: "Int"}, "DiscriminatorAttribute._class_map: the first value is the one written"
    assert marker._discriminator_map == {"Int": int, "OldInt": int}, "DiscriminatorAttribute._discriminator_map"
    assert marker.serialize(int) == "Int"
    assert marker.deserialize("OldInt") is int


STOCK_METHODS = {
    pynamo.UnicodeAttribute: set(),
    pynamo.BooleanAttribute: {"serialize", "deserialize"},
    pynamo.NumberAttribute: {"serialize", "deserialize"},
    pynamo.VersionAttribute: {"serialize", "deserialize", "__get__", "__set__"},
    pynamo.TTLAttribute: {"serialize", "deserialize", "__set__"},
    pynamo.UTCDateTimeAttribute: {"serialize", "deserialize"},
    pynamo.JSONAttribute: {"serialize", "deserialize"},
}


@pytest.mark.parametrize("stock", STOCK_METHODS, ids=lambda kind: kind.__name__)
def test_inlined_attribute_has_no_other_methods_than_those_that_the_codec_stands_for(stock):
    every = {
        name for name, value in vars(stock).items() if callable(value) or isinstance(value, staticmethod | property)
    }
    known = STOCK_METHODS[stock] | {"_normalize", "_fast_parse_utc_date_string", "__init__"}
    assert every <= known, f"{stock.__name__} has methods that codec/inline.py does not know: {every - known}"
    assert STOCK_METHODS[stock] <= every, f"{stock.__name__} lacks {STOCK_METHODS[stock] - every}"
    assert hooks.behaves_like(stock(), stock)


def test_attribute_has_the_five_methods_by_which_a_stock_attribute_is_told():
    for name in hooks._CODEC_METHODS:
        assert name in vars(pynamo.Attribute), f"Attribute.{name}"


def test_container_reads_defaults_then_stored_values():
    names = calls(pynamo.AttributeContainer._container_deserialize)
    assert {"_set_defaults", "get_attributes", "get_value", "deserialize"} <= names, (
        "AttributeContainer._container_deserialize: what codec/unusual.decode_item stands for"
    )


def test_container_checks_maps_and_writes_lists_and_maps_with_null_check():
    names = calls(pynamo.AttributeContainer._container_serialize)
    assert {"validate", "serialize", "prepend_path", "attr_type"} <= names, (
        "AttributeContainer._container_serialize: what codec/unusual.encode_value stands for"
    )
    for kind in (pynamo.ListAttribute, pynamo.MapAttribute):
        assert "null_check" in inspect.signature(kind.serialize).parameters, f"{kind.__name__}.serialize(null_check=)"


def test_fast_parse_utc_date_string_reads_a_stored_time():
    found = hooks.parse_time("2025-01-15T10:30:00.000001+0000")
    assert found.isoformat() == "2025-01-15T10:30:00.000001+00:00", "UTCDateTimeAttribute._fast_parse_utc_date_string"
    with pytest.raises(ValueError, match=r"does not match format"):
        hooks.parse_time("2025-01-15 10:30:00")


def connection() -> hooks.LockedConnection:
    return hooks.LockedConnection(
        region="us-east-1", host="http://127.0.0.1:1", aws_access_key_id="a", aws_secret_access_key="b"
    )


def test_connection_makes_its_client_in_the_client_property_and_keeps_it():
    assert isinstance(inspect.getattr_static(Connection, "client"), property), "Connection.client is a property"
    made = connection()
    assert made._client is None, "Connection._client: no client before the first use"
    assert made.client is made.client is made._client, "Connection._client keeps the client"
    assert "client" in calls(Connection._make_api_call), "Connection._make_api_call goes through Connection.client"
    assert isinstance(made._client_lock, type(threading.RLock())), "LockedConnection has a lock of its own"


def test_connection_sends_every_call_through_dispatch():
    operations = ("get_item", "put_item", "query", "batch_get_item", "batch_write_item", "transact_write_items")
    for name in operations:
        assert "dispatch" in calls(getattr(Connection, name)), f"Connection.{name} goes through Connection.dispatch"
    assert "_make_api_call" in calls(Connection.dispatch), "Connection.dispatch calls _make_api_call"
    assert list(inspect.signature(Connection.dispatch).parameters) == ["self", "operation_name", "operation_kwargs"]


def test_connection_asks_for_consumed_capacity():
    assert "get_consumed_capacity_map" in calls(Connection.dispatch), "Connection.dispatch sets ReturnConsumedCapacity"


def test_connection_takes_what_the_settings_say():
    wanted = {
        "region", "host", "connect_timeout_seconds", "read_timeout_seconds", "max_retry_attempts",
        "max_pool_connections", "aws_access_key_id", "aws_secret_access_key", "aws_session_token",
        "retry_configuration", "extra_headers",
    }  # fmt: skip
    missing = wanted - set(inspect.signature(Connection.__init__).parameters)
    assert not missing, f"Connection.__init__ lacks {missing}"


def test_verbose_client_error_keeps_botocores_error_as_its_cause():
    source = inspect.getsource(Connection._make_api_call)
    assert "VerboseClientError" in source, "Connection._make_api_call raises VerboseClientError"
    assert "from e" in source, (
        "Connection._make_api_call: botocore's error is the cause, which transport/failures.py reads"
    )


def test_table_connection_has_a_name_and_a_connection_and_nothing_else():
    shared = connection()
    view = hooks.table_view(
        shared, "Main", {"TableName": "Main", "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}]}
    )
    made = TableConnection("Main", region="us-east-1")
    assert set(vars(view)) == set(vars(made)), "TableConnection.__init__ sets table_name and connection alone"
    assert isinstance(view.get_meta_table(), MetaTable), "Connection._tables, TableConnection.get_meta_table"
    assert hooks.table_view(shared, "Main", {"TableName": "Main"}).get_meta_table() is view.get_meta_table(), (
        "Connection._tables"
    )


def test_batch_write_asks_a_model_for_its_connection_and_an_item_to_serialize_itself():
    assert {"_get_connection", "serialize"} <= calls(BatchWrite.commit), "BatchWrite.commit"


def test_transactions_ask_an_instance_for_its_request_and_tell_it_when_it_was_written():
    for name in ("delete", "save", "update"):
        assert f"get_{name}_kwargs_from_instance" in calls(getattr(TransactWrite, name)), f"TransactWrite.{name}"
    assert "get_operation_kwargs_from_class" in calls(TransactWrite.condition_check), "TransactWrite.condition_check"
    assert "get_operation_kwargs_from_class" in calls(TransactGet.get), "TransactGet.get"
    assert "update_local_version_attribute" in calls(TransactWrite._commit), "TransactWrite._commit"
    assert "from_raw_data" in calls(models._ModelFuture.update_with_raw_data), "_ModelFuture.update_with_raw_data"


@pytest.mark.parametrize(
    "name",
    ["get_save_kwargs_from_instance", "get_update_kwargs_from_instance", "get_delete_kwargs_from_instance",
     "get_operation_kwargs_from_class"],
)  # fmt: skip
def test_an_entity_takes_what_a_model_takes(name):
    from dynamo_models import Entity

    ours, theirs = (list(inspect.signature(getattr(kind, name)).parameters) for kind in (Entity, Model))
    assert ours == theirs, f"Model.{name}: its parameters"


def test_from_raw_data_instantiates_by_instantiate():
    assert "_instantiate" in calls(Model.from_raw_data.__func__), "Model.from_raw_data goes through Model._instantiate"


def test_update_actions_have_their_operands_in_values():
    path, value = Path(["hits"]), Value(1)
    for action in (SetAction(path, value), AddAction(path, value)):
        assert action.values == (path, value) or action.values[0] is path, f"{type(action).__name__}.values"
    assert RemoveAction(path).values[0] is path, "RemoveAction.values"
    assert path.path == ["hits"], "Path.path"
    assert value.value == {"N": "1"}, "Value.value"


def test_expressions_are_written_with_placeholders():
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    text = Update(SetAction(Path(["hits"]), Value(1)), RemoveAction(Path(["gone"]))).serialize(names, values)
    assert text == "SET #0 = :0 REMOVE #1", "Update.serialize"
    assert (names, values) == ({"hits": "#0", "gone": "#1"}, {":0": {"N": "1"}}), "Update.serialize: placeholders"
    condition = Comparison("=", Path(["hits"]), Value(1))
    assert (condition & Path(["x"]).exists()).serialize(names, values) == "(#0 = :1 AND attribute_exists (#2))", (
        "Condition.serialize"
    )
