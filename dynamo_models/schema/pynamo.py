"""The private parts of PynamoDB 6.1 that entities stand on, all in this module; each has a contract test."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.models import MetaModel, Model

from dynamo_models.errors import KeyRefused


class EntityMetaBase(MetaModel):
    """PynamoDB's metaclass, which scans a class for attributes: it takes no ``table`` and knows a ``discriminator``."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        return MetaModel.__new__(mcls, name, bases, namespace)  # type: ignore[no-untyped-call]

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        MetaModel.__init__(cls, name, bases, namespace)


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
    """An instance without its constructor having run, as PynamoDB's own ``_instantiate`` leaves it: values to be set."""
    instance = cls.__new__(cls)
    instance.attribute_values = {}
    return instance
