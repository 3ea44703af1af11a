"""What a table is: its keys, its indexes and how it is run. A definition only; nothing here talks to DynamoDB."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from dynamo_models import conf
from dynamo_models.errors import DefinitionError

if TYPE_CHECKING:
    from dynamo_models.schema.definition import EntityDefinition

Projection = Literal["all", "keys"] | Sequence[str]
KeyType = Literal["S", "N", "B"]

STREAM_VIEWS = {
    "new_and_old": "NEW_AND_OLD_IMAGES",
    "new": "NEW_IMAGE",
    "old": "OLD_IMAGE",
    "keys": "KEYS_ONLY",
}

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html, November 2026
MAX_GLOBAL_INDEXES = 20
MAX_LOCAL_INDEXES = 5
_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
# https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
_TARGETS = range(20, 91)


@dataclass(frozen=True)
class KeyAttribute:
    """An attribute that a table or an index is keyed by: its stored name and its DynamoDB type."""

    name: str
    type: KeyType = "S"


def numeric(name: str) -> KeyAttribute:
    """A key attribute that holds a number: ``Table("ChatMessages", pk="conversationId", sk=numeric("timestamp"))``."""
    return KeyAttribute(name, "N")


def _key_attribute(value: str | KeyAttribute) -> KeyAttribute:
    return value if isinstance(value, KeyAttribute) else KeyAttribute(value)


@dataclass(frozen=True)
class OnDemand:
    """Billed by the request."""


@dataclass(frozen=True)
class Provisioned:
    """Units per second. A pair is (at rest, at most) and scales at ``target`` per cent of use; an int is fixed."""

    read: int | tuple[int, int]
    write: int | tuple[int, int]
    target: int = 70

    def __post_init__(self) -> None:
        for what, units in (("read", self.read), ("write", self.write)):
            low, high = (units, units) if isinstance(units, int) else units
            if not 1 <= low <= high:
                raise DefinitionError(
                    f"Provisioned: {what}={units!r}. Give units from 1 up, a pair as (at rest, at most)."
                )
        if self.target not in _TARGETS:
            raise DefinitionError(f"Provisioned: target={self.target!r}. DynamoDB scales at 20 to 90 per cent of use.")

    @property
    def base_read(self) -> int:
        return self.read if isinstance(self.read, int) else self.read[0]

    @property
    def base_write(self) -> int:
        return self.write if isinstance(self.write, int) else self.write[0]


Capacity = OnDemand | Provisioned


def _checked_name(what: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise DefinitionError(f"{what} name {name!r}: DynamoDB takes 3 to 255 of A-Z a-z 0-9 _ . -")
    return name


def _checked_projection(index: str, projection: Projection) -> Projection:
    if isinstance(projection, str):
        if projection not in ("all", "keys"):
            raise DefinitionError(
                f"Index {index!r}: projection is {projection!r}. Give 'all', 'keys' or a list of attribute names."
            )
        return projection
    return tuple(projection)


@dataclass(frozen=True, init=False)
class Index:
    """A global secondary index. Its keys are ``{name}PK`` and ``{name}SK`` unless named; ``sk=None`` is without one."""

    name: str
    pk: KeyAttribute
    sk: KeyAttribute | None
    projection: Projection
    capacity: Capacity | None
    local: bool = False

    def __init__(
        self,
        name: str,
        *,
        pk: str | KeyAttribute | None = None,
        sk: str | KeyAttribute | None = "",
        projection: Projection = "all",
        capacity: Capacity | None = None,
    ) -> None:
        object.__setattr__(self, "name", _checked_name("Index", name))
        object.__setattr__(self, "pk", _key_attribute(pk if pk is not None else f"{name}PK"))
        object.__setattr__(self, "sk", None if sk is None else _key_attribute(sk or f"{name}SK"))
        object.__setattr__(self, "projection", _checked_projection(name, projection))
        object.__setattr__(self, "capacity", capacity)
        object.__setattr__(self, "local", False)


@dataclass(frozen=True, init=False)
class LocalIndex:
    """A local secondary index: the table's partition key, another sort key. It can only be made with the table."""

    name: str
    sk: KeyAttribute
    projection: Projection
    local: bool = True

    def __init__(self, name: str, *, sk: str | KeyAttribute | None = None, projection: Projection = "all") -> None:
        object.__setattr__(self, "name", _checked_name("Index", name))
        object.__setattr__(self, "sk", _key_attribute(sk or f"{name}SK"))
        object.__setattr__(self, "projection", _checked_projection(name, projection))
        object.__setattr__(self, "local", True)


def pascal_case(name: str) -> str:
    """``problem_id`` → ``ProblemId``: attribute names as AlgoItny's tables store them."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def camel_case(name: str) -> str:
    """``module_id`` → ``moduleId``."""
    pascal = pascal_case(name)
    return pascal[:1].lower() + pascal[1:]


@dataclass(eq=False, kw_only=True)
class TableOptions:
    """How a table is run; what ``manage.py dynamo_tables`` compares with the live table."""

    capacity: Capacity = field(default_factory=OnDemand)
    ttl: str | None = None
    recovery: bool = False
    encryption: str | None = None
    stream: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    deletion_protection: bool = False


class Table:
    """A DynamoDB table as the code knows it.

    name: as in the code; settings may give it a prefix or another name at the endpoint (``endpoint_name``).
    named: tells its name at the endpoint, asked each time it is needed, where that is known only late (it has the
    environment in it, or stands in a parameter store); a name in settings stands before it.
    pk, sk: stored names of its keys, strings unless ``numeric("name")``; ``sk=None`` is a table without a sort key.
    indexes: ``Index`` and ``LocalIndex``.
    type_attribute: the attribute that names an item's entity.
    attribute_names: how an attribute's name in Python becomes its stored one, e.g. ``pascal_case`` or ``camel_case``.
    delimiter: what stands between the parts of a key; one mark of ASCII that is none of ``{}%:``.
    capacity, ttl, recovery, encryption, stream, tags, deletion_protection: how it is run. ``recovery`` is point-in-time
    recovery; ``encryption`` is None (DynamoDB's own key), "aws" (the account's managed key) or a KMS key's id;
    ``stream`` one of new_and_old, new, old, keys.
    """

    def __init__(
        self,
        name: str,
        *,
        named: Callable[[], str] | None = None,
        pk: str | KeyAttribute = "PK",
        sk: str | KeyAttribute | None = "SK",
        indexes: Iterable[Index | LocalIndex] = (),
        type_attribute: str = "EntityType",
        attribute_names: Callable[[str], str] | None = None,
        delimiter: str = "#",
        capacity: Capacity | None = None,
        ttl: str | None = None,
        recovery: bool = False,
        encryption: str | None = None,
        stream: str | None = None,
        tags: Mapping[str, str] | None = None,
        deletion_protection: bool = False,
    ) -> None:
        _checked_name("Table", name)
        # Of ASCII: the two digits of its escaped form are then those of no other mark.
        if len(delimiter) != 1 or delimiter not in string.punctuation or delimiter in "{}%:":
            raise DefinitionError(f"Table {name}: delimiter {delimiter!r} must be one mark of ASCII, such as '#'.")
        if stream is not None and stream not in STREAM_VIEWS:
            raise DefinitionError(f"Table {name}: stream is {stream!r}. Give one of {', '.join(STREAM_VIEWS)}.")
        self.name = name
        self.named = named
        self.pk = _key_attribute(pk)
        self.sk = None if sk is None else _key_attribute(sk)
        self.indexes: dict[str, Index | LocalIndex] = {}
        for index in indexes:
            if index.name in self.indexes:
                raise DefinitionError(f"Table {name} has two indexes named {index.name!r}.")
            self.indexes[index.name] = index
        self._check_indexes()
        if type_attribute in {attribute.name for attribute in self.key_attributes()}:
            raise DefinitionError(f"Table {name}: type_attribute {type_attribute!r} is a key; name it otherwise.")
        self.type_attribute = type_attribute
        self.attribute_names = attribute_names
        self.delimiter = delimiter
        self.options = TableOptions(
            capacity=capacity or OnDemand(),
            ttl=ttl,
            recovery=recovery,
            encryption=encryption,
            stream=stream,
            tags=dict(tags or {}),
            deletion_protection=deletion_protection,
        )
        self.entities: dict[str, type[EntityDefinition]] = {}
        self.discriminator: Any = None  # made with the first entity: one marker for all of them
        register_table(self)

    def _check_indexes(self) -> None:
        locals_ = [index for index in self.indexes.values() if index.local]
        if len(locals_) > MAX_LOCAL_INDEXES:
            raise DefinitionError(f"Table {self.name} has {len(locals_)} local indexes; DynamoDB takes 5.")
        if locals_ and self.sk is None:
            raise DefinitionError(f"Table {self.name} has a local index and no sort key; DynamoDB wants both.")
        if len(self.indexes) - len(locals_) > MAX_GLOBAL_INDEXES:
            raise DefinitionError(f"Table {self.name} has more than {MAX_GLOBAL_INDEXES} global indexes.")
        types: dict[str, str] = {}
        for attribute in self.key_attributes():
            if types.setdefault(attribute.name, attribute.type) != attribute.type:
                raise DefinitionError(f"Table {self.name}: key attribute {attribute.name!r} is given two types.")

    def key_attributes(self) -> list[KeyAttribute]:
        """Every attribute that the table or an index is keyed by, the table's own first, each once."""
        found = [self.pk, *([self.sk] if self.sk else [])]
        for index in self.indexes.values():
            found += [self.index_pk(index), *([index.sk] if index.sk else [])]
        return list(dict.fromkeys(found))

    def index_pk(self, index: Index | LocalIndex) -> KeyAttribute:
        """The partition key of an index; a local one has the table's."""
        return self.pk if isinstance(index, LocalIndex) else index.pk

    def key_pair(self, index: str | None = None) -> tuple[KeyAttribute, KeyAttribute | None]:
        """(partition key, sort key) of the table, or of the index so named."""
        if index is None:
            return self.pk, self.sk
        found = self.indexes[index]
        return self.index_pk(found), found.sk

    def stored_name(self, python_name: str) -> str:
        """The stored name of an attribute that does not give its own."""
        return self.attribute_names(python_name) if self.attribute_names else python_name

    @property
    def endpoint_name(self) -> str:
        """The name that the table has at the endpoint, as settings say now."""
        return conf.table_name(self.name, self.named)

    def __repr__(self) -> str:
        return f"<Table {self.name}>"


_tables: dict[str, Table] = {}


def register_table(table: Table) -> None:
    """Make a table known to the checks and to ``manage.py dynamo_tables``; its definition does."""
    _tables[table.name] = table


def unregister_tables() -> list[Table]:
    """Forget every table, for a test's own; those that were known."""
    known = registered_tables()
    _tables.clear()
    return known


def registered_tables() -> list[Table]:
    """Every table that has been defined, by name; of two with one name the later."""
    return [_tables[name] for name in sorted(_tables)]
