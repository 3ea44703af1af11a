"""The private parts of PynamoDB 6.1 that entities stand on, all in this module.

Each has a contract test in ``tests/pynamodb/test_contracts.py``, so that an upgrade that breaks one says which:

- ``MetaModel``'s scan of a class for attributes, with or without a ``Meta`` (``EntityMetaBase``);
- ``Attribute.__get__`` and ``__set__`` on an instance whose values are ``attribute_values`` (``ComputedKey``);
- an instance made by ``__new__`` alone (``new_instance``);
- the maps of a discriminator, ``_class_map`` and ``_discriminator_map`` (``namespace.TypeMarker``);
- the methods of the attributes that the codec inlines (``behaves_like``), and ``_fast_parse_utc_date_string``;
- ``Connection.client`` as the one place where a client is made, and ``_client`` as where it is kept
  (``LockedConnection``); ``dispatch`` as what every call goes through (``transport.SharedConnection``);
- a ``TableConnection`` made of a connection and a name, and ``_tables`` (``table_view``);
- what PynamoDB's transactions and batches ask of a model: ``_get_connection``, ``_instantiate``,
  ``get_*_kwargs_from_instance``, ``serialize`` (``writing.stock.StockEntity``).
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
    VersionAttribute,
)
from pynamodb.connection import Connection, TableConnection
from pynamodb.connection.base import MetaTable
from pynamodb.models import MetaModel, Model

from dynamo_models.errors import KeyRefused

__all__ = [
    "BooleanAttribute",
    "ComputedKey",
    "EntityMetaBase",
    "JSONAttribute",
    "LockedConnection",
    "NumberAttribute",
    "TTLAttribute",
    "UTCDateTimeAttribute",
    "UnicodeAttribute",
    "VersionAttribute",
    "behaves_like",
    "computed_key",
    "new_instance",
    "parse_time",
    "table_view",
]


class EntityMetaBase(MetaModel):
    """PynamoDB's metaclass, which scans a class for attributes: it takes no ``table`` and knows a ``discriminator``."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        return MetaModel.__new__(mcls, name, bases, namespace)  # type: ignore[no-untyped-call]

    def __init__(self, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        MetaModel.__init__(self, name, bases, namespace)


class ComputedKey(Attribute[Any]):
    """A half of a key as PynamoDB sees it: read, it is computed from the facets; it cannot be set."""

    null = True

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(attr_name=name)
        self.attr_type = kind

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self
        for key in type(instance).schema.keys.values():
            if self.attr_name in key.computed and key.holds(instance.attribute_values):
                return key.wire(instance.attribute_values)[self.attr_name][self.attr_type]
        return None

    def __set__(self, instance: Any, value: Any) -> None:
        name = type(instance).__name__
        raise KeyRefused(
            f"{name}: {self.attr_name} is computed from the facets and cannot be set; set the facets.",
            entity=name,
            key=self.attr_name,
        )


def computed_key(name: str, kind: str) -> ComputedKey:
    return ComputedKey(name, kind)


def new_instance(cls: type[Model]) -> Any:
    """An instance whose constructor has not run: its values are to be set."""
    instance = cls.__new__(cls)
    instance.attribute_values = {}
    return instance


# Attributes

_CODEC_METHODS = ("serialize", "deserialize", "__get__", "__set__", "get_value")


def behaves_like(attr: Attribute[Any], stock: type[Attribute[Any]]) -> bool:
    """Whether an attribute has a stock class's very methods, so that code that stands for those stands for it."""
    kind = type(attr)
    return (
        issubclass(kind, stock)
        and all(getattr(kind, name) is getattr(stock, name) for name in _CODEC_METHODS)
        and vars(attr).keys().isdisjoint(_CODEC_METHODS)
    )


def parse_time(text: str) -> datetime:
    """What PynamoDB makes of a stored time, or its ValueError."""
    return UTCDateTimeAttribute._fast_parse_utc_date_string(text)  # noqa: SLF001 - the stock meaning


# Connections


class LockedConnection(Connection):
    """A connection whose botocore client is made once, by one thread: making one is not safe under threads."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._client_lock = threading.RLock()

    @property
    def client(self) -> Any:
        with self._client_lock:
            return super().client


def table_view(connection: Connection, name: str, schema: dict[str, Any]) -> TableConnection:
    """PynamoDB's view of one table over ``connection``, without the connection that its constructor would make.

    schema: the table's keys and indexes as DescribeTable has them.
    """
    view = TableConnection.__new__(TableConnection)
    view.table_name = name
    view.connection = connection
    if name not in connection._tables:  # noqa: SLF001 - add_meta_table() raises for one that it has
        connection.add_meta_table(MetaTable(schema))
    return view
