"""Makes an entity's class: its attributes, its keys bound to its table, and what is known about it in one place."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

from pynamodb.attributes import Attribute, TTLAttribute, VersionAttribute
from pynamodb.models import Model

from dynamo_models import wire
from dynamo_models.errors import DefinitionError, RawItem, UnknownItem, ValueRefused
from dynamo_models.schema import bind, coherence, fields
from dynamo_models.schema.attribute import Attr
from dynamo_models.schema.bind import Binder, Finding
from dynamo_models.schema.key import BoundKey, BoundUnique, Key, Unique
from dynamo_models.schema.namespace import SCHEMA_VERSION, TYPE_NAME, TypeMarker, prepare
from dynamo_models.schema.pynamo import EntityMetaBase
from dynamo_models.schema.table import Table

__all__ = [
    "SCHEMA_VERSION", "TYPE_NAME", "EntityDefinition", "EntityMeta", "EntitySchema", "TypeMarker", "Upgrade", "upgrade",
]  # fmt: skip

Upgrade = Callable[[dict[str, Any]], "dict[str, Any] | None"]
F = TypeVar("F", bound=Callable[..., Any])


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
        """A stored item of an older schema version, brought up to this one. Of a newer one: as it is.

        UnknownItem for an item of a version that there never was.
        """
        held = item.get(SCHEMA_VERSION, {"N": "1"}).get("N", "")
        version = int(held) if held.isdecimal() else 0
        if version >= self.schema_version:
            return item
        plain = {name: wire.from_wire(value) for name, value in item.items()}
        while version < self.schema_version:
            if version not in self.upgrades:
                raise UnknownItem(
                    f"{self.name}: a stored item has schema version {version}, which nothing upgrades.", raw=item
                )
            version, function = self.upgrades[version]
            changed = function(plain)
            plain = plain if changed is None else changed
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

    def __new__(  # noqa: PYI034 - of a metaclass, Self would be the class's instance
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], table: Table | None = None
    ) -> EntityMeta:
        if table is not None:
            prepare(name, bases, namespace, table)
        return cast("EntityMeta", super().__new__(mcls, name, bases, namespace))

    def __init__(
        cls,  # noqa: N805 - it is a metaclass
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        table: Table | None = None,
    ) -> None:
        try:
            super().__init__(name, bases, namespace)
        except ValueError as error:  # PynamoDB's own: two versions, two times of expiry
            raise DefinitionError(f"{name}: {error}") from error
        if table is None:
            return
        entity: Any = cls
        options = _options(name, namespace.get("Options"))
        names = (options["type_name"], *options["former_names"])
        replaced = _replaced(entity, names, table)
        entity.schema = _schema(entity, namespace, table, options)
        for each in replaced:
            table.discriminator.forget(each)
        table.entities = {each: known for each, known in table.entities.items() if known not in replaced}
        table.discriminator.class_is(entity, names)
        table.entities |= dict.fromkeys(names, entity)


class _State:
    """What an instance knows besides its values. A class of its own: where attributes stand, a type checker would take
    these for arguments of the constructor."""

    # The item as DynamoDB has it, as far as this instance knows; None for one that was never stored or loaded.
    _stored: RawItem | None = None
    # What was not loaded, by name; reading it raises.
    _deferred: frozenset[str] = frozenset()


class EntityDefinition(_State, Model, metaclass=EntityMeta):
    """What the layers below the public ``Entity`` know of an entity's instance."""

    schema: ClassVar[EntitySchema]


def upgrade(source: int, target: int) -> Callable[[F], F]:
    """Mark a function in an entity's body as the one that brings items of schema version ``source`` to ``target``.

    It is given the stored item as a dict of stored names and plain values, and changes it (or returns another). It is a
    static method, whether it says so or not: a type checker wants it said, ``@upgrade(1, 2)`` above ``@staticmethod``.
    """

    def mark(function: F) -> F:
        function.dynamo_upgrade = (source, target)  # type: ignore[attr-defined]
        return function

    return mark


def _options(name: str, declared: Any) -> dict[str, Any]:
    options: dict[str, Any] = {"type_name": name, "former_names": (), "schema_version": 1}
    for key, value in _members(declared).items():
        if key not in options:
            raise DefinitionError(f"{name}.Options has no {key!r}; it has {', '.join(options)}.")
        options[key] = value
    if not isinstance(options["type_name"], str) or not options["type_name"]:
        raise DefinitionError(f"{name}.Options.type_name is {options['type_name']!r}; give text.")
    former = options["former_names"]
    if isinstance(former, str) or not all(isinstance(each, str) for each in former):
        raise DefinitionError(f"{name}.Options.former_names is {former!r}; give a tuple of names: ('Old',).")
    options["former_names"] = tuple(former)
    version = options["schema_version"]
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DefinitionError(f"{name}.Options.schema_version is {version!r}; give a whole number, 1 or more.")
    return options


def _members(declared: Any) -> dict[str, Any]:
    """What a class in the body of an entity declares, what it inherits from another such class included."""
    found: dict[str, Any] = {}
    for each in reversed(declared.__mro__ if declared else ()):
        found |= {key: value for key, value in vars(each).items() if not key.startswith("__")}
    return found


def _replaced(entity: type, names: tuple[str, ...], table: Table) -> list[type]:
    """The classes that this one takes the place of: the same, of a module that was loaded before (a reloader, a
    notebook). DefinitionError where a name is another entity's."""
    place = (entity.__module__, entity.__qualname__)
    same = [known for known in table.entities.values() if (known.__module__, known.__qualname__) == place]
    for name in names:
        known = table.entities.get(name)
        if known is not None and known not in same:
            raise DefinitionError(
                f"{entity.__name__}: table {table.name} has an entity of type {name!r} already ({known.__module__}."
                f"{known.__qualname__}). Give one of them another Options.type_name, or leave {name!r} out of its "
                "former_names."
            )
    return same


def _schema(
    entity: type[EntityDefinition], namespace: Mapping[str, Any], table: Table, options: Mapping[str, Any]
) -> EntitySchema:
    name = entity.__name__
    attributes = {key: entity.get_attributes()[key] for key in namespace["_declared"]}
    for key, attr in attributes.items():
        _values_fit(name, key, attr)
    binder = Binder(name, options["type_name"], table, attributes)
    declared = _members(getattr(entity, "Keys", None))
    own_keys = {key: value for key, value in declared.items() if isinstance(value, Key)}
    primary = _primary(binder, own_keys)
    keys = {}
    for key, value in own_keys.items():
        bound = primary if value.index is None else binder.key(key, value, primary)
        if bound is not None and primary is not None:
            keys[key] = bound
    uniques = {
        key: made
        for key, value in declared.items()
        if isinstance(value, Unique) and (made := binder.unique(key, value)) is not None
    }
    coherence.names_fit(entity, binder)
    if len(keys) == len(own_keys):
        coherence.keys_fit(binder, keys)
    schema = EntitySchema(
        entity=entity,
        name=name,
        type_name=options["type_name"],
        former_names=options["former_names"],
        table=table,
        attributes=attributes,
        primary_key=primary,
        keys=keys,
        uniques=uniques,
        schema_version=options["schema_version"],
        upgrades=_upgrades(binder, entity, options["schema_version"]),
        findings=binder.findings,
    )
    if schema.ttl is not None and schema.stored(schema.ttl) != table.options.ttl:
        binder.find(
            bind.BAD_EXPIRY,
            f"{schema.ttl} is stored as {schema.stored(schema.ttl)!r}, and table {table.name} expires by "
            f"{table.options.ttl!r}: DynamoDB would never remove the item.",
            "Say which attribute it is: Table(ttl=...); Expires() is stored under that name.",
        )
    return schema


def _values_fit(entity: str, name: str, attr: Attribute[Any]) -> None:
    """DefinitionError for a default or a choice that the attribute itself does not take."""
    if not isinstance(attr, Attr):
        return
    default = attr.default if attr.default_for_new is None else attr.default_for_new
    try:
        for value in (*([] if default is None or callable(default) else [default]), *(attr.choices or ())):
            attr.check(value)
    except ValueRefused as refused:
        raise DefinitionError(f"{entity}.{name}: its default or one of its choices cannot be: {refused}") from refused


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


def _upgrades(binder: Binder, entity: type, version: int) -> dict[int, tuple[int, Upgrade]]:
    found: dict[int, tuple[int, Upgrade]] = {}
    faulty: set[int] = set()
    names = {name for each in entity.__mro__ for name in vars(each)}
    for name in sorted(names):
        function = _upgrade_named(entity, name)
        if function is None:
            continue
        source, target = function.dynamo_upgrade
        if source in found or not 1 <= source < target <= version:
            faulty.add(source)
        found[source] = (target, function)
    faulty |= set(range(1, version)) - found.keys()
    if faulty:
        binder.find(
            bind.BAD_UPGRADES,
            f"its schema version is {version}, and its upgrades do not lead there from every version before by one way "
            f"(faulty from {', '.join(map(str, sorted(faulty)))}).",
            "Write one @upgrade(n, n + 1) function for each step, and set Options.schema_version to the last.",
        )
    return found


def _upgrade_named(entity: type, name: str) -> Any | None:
    # Looked up without __get__: some of an entity's names raise when they are read.
    held = inspect.getattr_static(entity, name)
    marked = [each for each in (held, getattr(held, "__func__", None)) if hasattr(each, "dynamo_upgrade")]
    return marked[0] if marked else None
