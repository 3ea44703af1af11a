"""Makes an entity's class: its attributes, its keys bound to its table, and what is known about it in one place."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, dataclass_transform

from pynamodb.attributes import Attribute, DiscriminatorAttribute, TTLAttribute, VersionAttribute
from pynamodb.models import Model

from dynamo_models import errors, wire
from dynamo_models.errors import DefinitionError, RawItem
from dynamo_models.schema import bind, fields
from dynamo_models.schema.attribute import Attr
from dynamo_models.schema.bind import Binder, Finding
from dynamo_models.schema.key import BoundKey, BoundUnique, Key, Unique
from dynamo_models.schema.pynamo import EntityMetaBase, computed_key
from dynamo_models.schema.table import Table

TYPE_NAME = "entity_type"
SCHEMA_VERSION = "SchemaVersion"

# PynamoDB's own verbs, which an attribute may well be named after: an entity has them under ``objects``.
FREE_NAMES = frozenset({
    "batch_get", "batch_write", "count", "create_table", "delete_table", "describe_table", "dump", "dumps", "exists",
    "get", "load", "loads", "query", "scan", "update_ttl",
})  # fmt: skip

Upgrade = Callable[[dict[str, Any]], "dict[str, Any] | None"]


@dataclass(eq=False, kw_only=True)
class EntitySchema:
    """All that is known about an entity: what the planner, the codec and the checks look at."""

    entity: type[EntityDefinition]
    name: str
    type_name: str
    former_names: tuple[str, ...]
    table: Table
    attributes: dict[str, Attribute[Any]]
    primary_key: BoundKey | None
    keys: dict[str, BoundKey]
    uniques: dict[str, BoundUnique]
    schema_version: int
    upgrades: dict[int, tuple[int, Upgrade]]
    findings: list[Finding]
    version: str | None = None
    ttl: str | None = None
    python_names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.python_names = {attr.attr_name: name for name, attr in self.attributes.items()}
        self.version = next((n for n, attr in self.attributes.items() if isinstance(attr, VersionAttribute)), None)
        self.ttl = next((n for n, attr in self.attributes.items() if isinstance(attr, TTLAttribute)), None)

    @property
    def primary(self) -> BoundKey:
        """The primary key. DefinitionError where the definition has faults that keep it from being used."""
        if self.primary_key is None or any(finding.fatal for finding in self.findings):
            self.usable()
        assert self.primary_key is not None  # noqa: S101 - usable() raised otherwise
        return self.primary_key

    @property
    def index_keys(self) -> list[BoundKey]:
        return [key for key in self.keys.values() if key.index is not None]

    @property
    def type_names(self) -> frozenset[str]:
        return frozenset((self.type_name, *self.former_names))

    def usable(self) -> None:
        """DefinitionError, with every finding, for an entity that cannot be read or written as it is defined."""
        fatal = [finding for finding in self.findings if finding.fatal]
        if fatal:
            listed = "\n".join(f"  {finding.id}: {finding.message} {finding.hint}" for finding in fatal)
            raise DefinitionError(f"{self.name} cannot be used as it is defined:\n{listed}")

    def stored(self, name: str) -> str:
        """The stored name of an attribute."""
        return self.attributes[name].attr_name

    def key_names(self, key: BoundKey | None = None) -> list[str]:
        """The stored names of the primary key, and of ``key`` too: what a page's position is made of."""
        found = [attribute.name for attribute in self.primary.attributes]
        return list(dict.fromkeys(found + [attribute.name for attribute in key.attributes] if key else found))

    def upgraded(self, item: RawItem) -> RawItem:
        """A stored item of an older schema version, brought up to this one. Of a newer one: as it is."""
        held = item.get(SCHEMA_VERSION)
        version = int(held["N"]) if held else 1
        if version >= self.schema_version:
            return item
        plain = {name: wire.from_wire(value) for name, value in item.items()}
        while version < self.schema_version:
            version, function = self.upgrades[version]
            plain = function(plain) or plain
        plain[SCHEMA_VERSION] = version
        return {name: wire.to_wire(value) for name, value in plain.items() if value is not None}

    def owns(self, item: RawItem) -> bool:
        """Whether a stored item is one of this entity: by its marker, or by its keys where the index left it out."""
        marker = item.get(self.table.type_attribute)
        if marker is not None:
            return marker.get("S") in self.type_names
        return self.primary.read_back(item) is not None


@dataclass_transform(
    kw_only_default=True,
    field_specifiers=(
        fields.Text, fields.Bool, fields.Int, fields.Number, fields.Float, fields.Timestamp, fields.Date, fields.Uuid,
        fields.Bytes, fields.Json, fields.Map, fields.List, fields.TextSet, fields.NumberSet, fields.BytesSet,
        fields.Expires, fields.Version,
    ),
)  # fmt: skip
class EntityMeta(EntityMetaBase):
    """The metaclass of entities."""

    def __new__(
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], table: Table | None = None
    ) -> EntityMeta:
        if table is not None:
            _prepare(name, bases, namespace, table)
        return super().__new__(mcls, name, bases, namespace)  # type: ignore[return-value]

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], table: Table | None = None) -> None:
        if table is None:
            super().__init__(name, bases, namespace)
            return
        options = _options(name, namespace.get("Options"))
        type_name, former = options["type_name"], options["former_names"]
        known = table.entities.get(type_name)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise DefinitionError(
                f"{name}: table {table.name} has an entity of type {type_name!r} already ({known.__module__}."
                f"{known.__qualname__}). Give one of them another Options.type_name."
            )
        super().__init__(name, bases, namespace)
        entity: Any = cls
        table.discriminator.class_is(entity, (type_name, *former))
        entity.schema = _schema(entity, namespace, table, options)
        for each in (type_name, *former):
            table.entities[each] = entity


class EntityDefinition(Model, metaclass=EntityMeta):
    """What the layers below the public ``Entity`` know of an entity's instance."""

    schema: ClassVar[EntitySchema]

    # The item as DynamoDB has it, as far as this instance knows; None for one that was never stored or loaded.
    _stored: RawItem | None = None
    # What was not loaded, by name; reading it raises.
    _deferred: frozenset[str] = frozenset()


def upgrade(source: int, target: int) -> Callable[[Upgrade], Upgrade]:
    """Mark a function in an entity's body as the one that brings items of schema version ``source`` to ``target``.

    It is given the stored item as a dict of stored names and plain values, and changes it (or returns another).
    """

    def mark(function: Upgrade) -> Upgrade:
        function.dynamo_upgrade = (source, target)  # type: ignore[attr-defined]
        return function

    return mark


def _options(name: str, declared: Any) -> dict[str, Any]:
    options = {"type_name": name, "former_names": (), "schema_version": 1}
    for key, value in vars(declared).items() if declared else ():
        if key.startswith("__"):
            continue
        if key not in options:
            raise DefinitionError(f"{name}.Options has no {key!r}; it has {', '.join(options)}.")
        options[key] = value
    return options


def _prepare(name: str, bases: tuple[type, ...], namespace: dict[str, Any], table: Table) -> None:
    inherited: dict[str, Attribute[Any]] = {}
    for base in bases:
        parent = getattr(base, "schema", None)
        if parent is not None:
            raise DefinitionError(
                f"{name}: {parent.name} has a table and cannot be a parent. Put what they share into an Entity without "
                "a table, and let both inherit from it."
            )
        for each in reversed(base.__mro__):
            inherited |= {key: value for key, value in vars(each).items() if isinstance(value, Attribute)}
    own = {key: value for key, value in namespace.items() if isinstance(value, Attribute)}
    for key, attr in inherited.items():
        if key not in own and key not in namespace:
            namespace[key] = _copied(key, attr)
    order = [key for key in inherited if key not in own and key in namespace] + list(own)
    for key in order:
        attr = namespace[key]
        if attr.attr_path[0] is None:
            attr.attr_path = [table.stored_name(key)]
    if table.discriminator is None:
        table.discriminator = TypeMarker(attr_name=table.type_attribute)
    if TYPE_NAME in namespace:
        raise DefinitionError(f"{name}: {TYPE_NAME!r} is the marker that every entity has; name the attribute otherwise.")
    namespace["_declared"] = tuple(order)
    stored = {namespace[key].attr_name for key in order}
    namespace[TYPE_NAME] = table.discriminator
    for attribute in table.key_attributes():
        if attribute.name not in stored and attribute.name.isidentifier() and attribute.name not in namespace:
            namespace[attribute.name] = computed_key(attribute.name, attribute.type)
    for error in (errors.DoesNotExist, errors.MultipleObjectsReturned):
        namespace.setdefault(
            error.__name__,
            type(
                error.__name__,
                (error,),
                {"__module__": namespace.get("__module__"), "__qualname__": f"{name}.{error.__name__}"},
            ),
        )
    for key, value in list(namespace.items()):
        if callable(value) and hasattr(value, "dynamo_upgrade"):
            namespace[key] = staticmethod(value)


def _copied(name: str, attr: Attribute[Any]) -> Attribute[Any]:
    # An attribute of a parent without a table: each table names it by its own rule, so each entity has its own.
    copied = copy.copy(attr)
    explicit = attr.explicit_name if isinstance(attr, Attr) else attr.attr_name != name
    copied.attr_path = [attr.attr_name if explicit else None]  # type: ignore[list-item]
    return copied


class TypeMarker(DiscriminatorAttribute):
    """The one marker of a table: which class an item's entity type is, former names of it included."""

    def class_is(self, entity: type, names: tuple[str, ...]) -> None:
        # A module that is loaded again (a reloader, a notebook) defines its classes again; the later stands.
        for known in [each for each, value in self._class_map.items() if value == names[0]]:
            del self._class_map[known]
        self._class_map[entity] = names[0]
        for each in names:
            self._discriminator_map[each] = entity


def _schema(
    entity: type[EntityDefinition], namespace: Mapping[str, Any], table: Table, options: Mapping[str, Any]
) -> EntitySchema:
    name = entity.__name__
    attributes = {key: entity.get_attributes()[key] for key in namespace["_declared"]}
    binder = Binder(name, table, attributes)
    declared = dict(vars(namespace["Keys"])) if "Keys" in namespace else {}
    own_keys = {key: value for key, value in declared.items() if isinstance(value, Key)}
    primary = _primary(binder, own_keys)
    keys = {}
    for key, value in own_keys.items():
        bound = primary if value.index is None else binder.key(key, value, primary)
        if bound is not None and (value.index is None or primary is not None):
            keys[key] = bound
    uniques = {
        key: bound
        for key, value in declared.items()
        if isinstance(value, Unique) and (bound := binder.unique(key, value)) is not None
    }
    _names_fit(entity, binder)
    schema = EntitySchema(
        entity=entity,
        name=name,
        type_name=options["type_name"],
        former_names=tuple(options["former_names"]),
        table=table,
        attributes=attributes,
        primary_key=primary,
        keys=keys,
        uniques=uniques,
        schema_version=options["schema_version"],
        upgrades=_upgrades(binder, namespace, options["schema_version"]),
        findings=binder.findings,
    )
    if schema.ttl is not None and schema.stored(schema.ttl) != table.options.ttl:
        binder.find(
            bind.BAD_EXPIRY,
            f"{schema.ttl} is stored as {schema.stored(schema.ttl)!r}, and table {table.name} expires by "
            f"{table.options.ttl!r}: DynamoDB would never remove the item.",
            "Give both one name: Expires(name=...) and Table(ttl=...).",
        )
    return schema


def _primary(binder: Binder, keys: Mapping[str, Key]) -> BoundKey | None:
    primary = [key for key, value in keys.items() if value.index is None]
    if len(primary) != 1:
        binder.find(
            bind.NO_PRIMARY,
            f"it has {len(primary)} keys without an index, and needs one, the primary.",
            "class Keys: primary = Key('PROBLEM#{platform}#{problem_id}', 'METADATA')",
        )
        return None
    return binder.key(primary[0], keys[primary[0]], None)


def _names_fit(entity: type[EntityDefinition], binder: Binder) -> None:
    base = entity.__mro__[1:]
    taken = {each for parent in base for each in vars(parent) if not each.startswith("__")} - FREE_NAMES
    seen: dict[str, str] = {}
    plain = {attribute.name for attribute in binder.table.key_attributes()}
    for name, attr in binder.attributes.items():
        inherited = any(isinstance(vars(parent).get(name), Attribute) for parent in base)
        if (name in taken and not inherited) or name.startswith("_"):
            binder.find(bind.BAD_NAME, f"{name!r} is a name that entities have for themselves.", "Name it otherwise.")
        stored = attr.attr_name
        if stored in seen or stored in (binder.table.type_attribute, SCHEMA_VERSION):
            binder.find(
                bind.BAD_NAME,
                f"{name!r} is stored as {stored!r}, and so is {seen.get(stored, 'a mark of the mapper')!r}.",
                "Give one of them another name=.",
            )
        seen[stored] = name
    for name, attr in binder.attributes.items():
        if attr.attr_name in plain and attr.attr_name not in _plain_names(entity, binder):
            binder.find(
                bind.BAD_NAME,
                f"{name!r} is stored as {attr.attr_name!r}, which is a key attribute of table {binder.table.name}, and "
                "no key of the entity is that attribute alone.",
                "Give it another name=, or let the key be {" + name + "}.",
            )


def _plain_names(entity: type[EntityDefinition], binder: Binder) -> set[str]:
    keys = getattr(entity, "Keys", None)
    templates = {half for key in vars(keys).values() if isinstance(key, Key) for half in (key.pk, key.sk)} if keys else set()
    return {attr.attr_name for name, attr in binder.attributes.items() if f"{{{name}}}" in templates}


def _upgrades(binder: Binder, namespace: Mapping[str, Any], version: int) -> dict[int, tuple[int, Upgrade]]:
    found: dict[int, tuple[int, Upgrade]] = {}
    for value in namespace.values():
        function = value.__func__ if isinstance(value, staticmethod) else value
        marks = getattr(function, "dynamo_upgrade", None)
        if marks is not None:
            found[marks[0]] = (marks[1], function)
    missing = [step for step in range(1, version) if step not in found and not any(s < step < t for s, (t, _) in found.items())]
    backward = [source for source, (target, _) in found.items() if target <= source or target > version]
    if missing or backward:
        binder.find(
            bind.BAD_UPGRADES,
            f"its schema version is {version}, and its upgrades do not lead there from every version before "
            f"(faulty from {', '.join(map(str, sorted({*missing, *backward})))}).",
            "Write an @upgrade(n, n + 1) function for each step, and set Options.schema_version to the last.",
        )
    return found
