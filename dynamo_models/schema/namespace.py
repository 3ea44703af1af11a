"""What an entity's class body becomes before PynamoDB scans it: its attributes named, its table's marks added."""

from __future__ import annotations

import copy
import inspect
from typing import Any

from pynamodb.attributes import Attribute, DiscriminatorAttribute, MapAttribute, TTLAttribute

from dynamo_models import errors
from dynamo_models.errors import DefinitionError
from dynamo_models.schema.attribute import Attr
from dynamo_models.schema.pynamo import computed_key
from dynamo_models.schema.table import Table

# The attribute of Python that says an item's class, and the stored one that says its schema's version.
TYPE_NAME = "entity_type"
SCHEMA_VERSION = "SchemaVersion"


class TypeMarker(DiscriminatorAttribute):
    """The one marker of a table: which class an item's entity type is, former names of it included."""

    def class_is(self, entity: type, names: tuple[str, ...]) -> None:
        """Items with one of these marks are this class's; it writes the first."""
        self._class_map[entity] = names[0]
        for each in names:
            self._discriminator_map[each] = entity

    def forget(self, entity: type) -> None:
        """A class that another takes the place of."""
        self._class_map.pop(entity, None)
        self._discriminator_map = {name: each for name, each in self._discriminator_map.items() if each is not entity}


def prepare(name: str, bases: tuple[type, ...], namespace: dict[str, Any], table: Table) -> None:
    """Change an entity's class body. DefinitionError where it cannot be one."""
    if TYPE_NAME in namespace:
        raise DefinitionError(
            f"{name}: {TYPE_NAME!r} is the marker that every entity has; name the attribute otherwise."
        )
    attributes = _attributes(name, bases, namespace)
    for key, attr in attributes.items():
        namespace[key] = attr
        if "attribute_kwargs" in vars(attr):
            # PynamoDB's own maps become attributes only once their class has named them.
            attr.attribute_kwargs.setdefault("attr_name", table.stored_name(key))  # type: ignore[attr-defined]
        elif not attr.attr_path[0]:
            expires = isinstance(attr, TTLAttribute) and table.options.ttl
            attr.attr_path = [expires or table.stored_name(key)]
    namespace["_declared"] = tuple(attributes)
    if table.discriminator is None:
        table.discriminator = TypeMarker(attr_name=table.type_attribute)
    namespace[TYPE_NAME] = table.discriminator
    _compute_keys(namespace, table, {_stored_name(attr) for attr in attributes.values()})
    for error in (errors.DoesNotExist, errors.MultipleObjectsReturned):
        # Each entity's own, as a Django model has them.
        place = {"__module__": namespace.get("__module__"), "__qualname__": f"{name}.{error.__name__}"}
        namespace.setdefault(error.__name__, type(error.__name__, (error,), place))
    for key, value in list(namespace.items()):
        if inspect.isfunction(value) and hasattr(value, "dynamo_upgrade"):
            namespace[key] = staticmethod(value)


def _attributes(name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> dict[str, Attribute[Any]]:
    """The attributes of an entity: those of its parents, which its own body may replace or leave out, then its own."""
    inherited: dict[str, Attribute[Any]] = {}
    for base in reversed(bases):
        parent = getattr(base, "schema", None)
        if parent is not None:
            raise DefinitionError(
                f"{name}: {parent.name} has a table and cannot be a parent. Put what they share into an Entity without "
                "a table, and let both inherit from it."
            )
        for each in reversed(base.__mro__):
            inherited |= {key: value for key, value in vars(each).items() if isinstance(value, Attribute)}
    found = {key: _copied(key, attr) for key, attr in inherited.items() if key not in namespace}
    return found | {key: value for key, value in namespace.items() if isinstance(value, Attribute)}


def _copied(name: str, attr: Attribute[Any]) -> Attribute[Any]:
    # Of a parent without a table: each table names attributes by its own rule, so each entity has its own.
    explicit = attr.explicit_name if isinstance(attr, Attr) else attr.attr_name != name
    if isinstance(attr, MapAttribute):
        # One that its parent has named cannot be named again: made anew, of what it was made of.
        options = {"null": attr.null, "default": attr.default, "default_for_new": attr.default_for_new}
        return type(attr)(**options, **({"attr_name": attr.attr_name} if explicit else {}))
    copied = copy.copy(attr)
    copied.attr_path = [attr.attr_name if explicit else None]  # type: ignore[list-item] # as PynamoDB itself begins
    return copied


def _stored_name(attr: Attribute[Any]) -> str:
    if "attribute_kwargs" in vars(attr):
        return str(attr.attribute_kwargs["attr_name"])  # type: ignore[attr-defined]
    return attr.attr_name


def _compute_keys(namespace: dict[str, Any], table: Table, stored: set[str]) -> None:
    for attribute in table.key_attributes():
        name = attribute.name
        if name not in stored and name.isidentifier() and name not in namespace:
            namespace[name] = computed_key(name, attribute.type)
