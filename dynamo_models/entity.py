"""Entities as users have them: instances that write themselves, and ``objects`` to read them by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar, overload

from pynamodb.connection import TableConnection
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as UpdateAction
from typing_extensions import Self

from dynamo_models import transport
from dynamo_models.codec import codec_of
from dynamo_models.errors import (
    AlreadyExists,
    Conflict,
    DefinitionError,
    DynamoModelsError,
    KeyRefused,
    RawItem,
    StaleWrite,
    ValueRefused,
)
from dynamo_models.reading import decode
from dynamo_models.reading.question import Question
from dynamo_models.reading.queryset import QuerySet
from dynamo_models.schema.definition import EntityDefinition
from dynamo_models.writing import load, patches, puts, values
from dynamo_models.writing.call import Call
from dynamo_models.writing.run import pause, run

E = TypeVar("E", bound="Entity")

# How often a write that has to know the stored item first looks again, when another writer comes in between.
TRIES = 6


class Manager(QuerySet[E]):
    """``Problem.objects``: every item of an entity, to be narrowed; and what makes items."""

    @property
    def _entity(self) -> type[E]:
        return self._question.schema.entity  # type: ignore[return-value]

    def create(self, **attributes: Any) -> E:
        """Write a new item. AlreadyExists, with the item, where there is one of this key; nothing is overwritten."""
        item = self._entity(**attributes)
        run(puts.create(item))
        return item

    def put(self, **attributes: Any) -> E:
        """Write an item in place of what is there, if anything is."""
        return self._entity(**attributes).put()

    def upsert(self, **attributes: Any) -> E:
        """Change these attributes of an item, or make it of them where there is none; the item as it is then."""
        schema = self._question.schema
        if not schema.uniques:
            item = run(patches.upsert(self._entity, attributes))
            assert item is not None  # noqa: S101 - an update gives the item back
            return decode.whole(schema, item)  # type: ignore[no-any-return]
        return self._upsert_unique(attributes)

    def _upsert_unique(self, attributes: dict[str, Any]) -> E:
        # What its unique items are is known only from the item: it is read, and the write is held to what was read.
        schema = self._question.schema
        values.refuse_names(schema, attributes)
        key = values.key_from(schema, attributes)

        def attempt() -> E:
            stored = load.get_item(schema.table, key)
            if stored is None:
                return self.create(**attributes)
            item: E = decode.whole(schema, stored)
            item.patch(**attributes)
            return item

        return _again(attempt)

    def ref(self, **facets: Any) -> E:
        """An instance that knows its primary key alone, to be patched or deleted without being read."""
        schema = self._question.schema
        missing = sorted(schema.primary.facets - facets.keys())
        unknown = sorted(facets.keys() - schema.primary.facets)
        if missing or unknown:
            raise KeyRefused(
                f"{schema.name}.objects.ref() takes the facets of the primary key: {', '.join(sorted(schema.primary.facets))}"
                + (f"; {', '.join(missing)} is missing" if missing else "")
                + (f"; {', '.join(unknown)} is none of them" if unknown else "")
                + ".",
                entity=schema.name,
                key=schema.primary.name,
                facet=", ".join(missing or unknown),
            )
        return decode.reference(schema, facets)  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Callable[..., QuerySet[E]]:
        # Each key is an access pattern with a name: Problem.objects.by_platform(platform="baekjoon").
        if name.startswith("_") or name not in self._question.schema.keys:
            raise AttributeError(
                f"{self._question.schema.name}.objects has no {name!r}, and the entity no key of that name; it has "
                f"{', '.join(self._question.schema.keys)}."
            )

        def by_key(*conditions: Any, **lookups: Any) -> QuerySet[E]:
            asked = self.using(name)
            return asked.filter(*conditions, **lookups) if conditions or lookups else asked

        return by_key


class _Objects:
    @overload
    def __get__(self, instance: None, owner: type[E]) -> Manager[E]: ...
    @overload
    def __get__(self, instance: object, owner: type[E]) -> Manager[E]: ...
    def __get__(self, instance: object | None, owner: type[E]) -> Manager[E]:
        if instance is not None:
            raise AttributeError(f"objects is read on the class: {owner.__name__}.objects")
        if "schema" not in owner.__dict__:
            raise AttributeError(f"{owner.__name__} has no table, and so no items: class {owner.__name__}(Entity, table=...)")
        return Manager(Question(schema=owner.schema))


class Entity(EntityDefinition):
    """A class of items: ``class Problem(Entity, table=main)`` with attributes and ``class Keys``.

    Without a table it is a parent for others, which inherit its attributes. ``class Options`` may have type_name (what
    items are marked with; the class's name otherwise), former_names (other marks it reads) and schema_version.
    """

    objects: ClassVar[_Objects] = _Objects()

    def __init__(self, **attributes: Any) -> None:
        cls = type(self)
        if "schema" not in cls.__dict__:
            raise DefinitionError(f"{cls.__name__} has no table and cannot be made: class {cls.__name__}(Entity, table=...)")
        construct = codec_of(cls).construct
        # The generated constructor takes over from the second instance on.
        cls.__init__ = construct  # type: ignore[method-assign]
        construct(self, **attributes)

    # Writing

    def save(self) -> Self:  # type: ignore[override]
        """Create a new item; of a loaded one, patch what was assigned since. Nothing is sent where nothing was."""
        if self._stored is None:
            run(puts.create(self))
            return self
        changed = values.changes(self)
        if not changed and self.schema.upgraded(self._stored) is self._stored:
            return self
        facets = values.facet_values(self)
        if any(name in facets for name in changed):
            raise puts.moved(self.schema, self)
        return self.patch(**{name: self.attribute_values.get(name) for name in changed})

    def put(self, *, if_: Condition | None = None) -> Self:
        """Write the item in place of what is there, if anything is. Attributes that the class does not know stay.

        StaleWrite where the entity has a version and another writer was first; ConditionFailed where ``if_`` fails.
        """
        if not self.schema.uniques or (self._stored is not None and not self._deferred):
            run(puts.put(self, before=load.for_uniques(self), if_=if_))
        else:
            _again(lambda: run(puts.put(self, before=load.for_uniques(self), if_=if_)), once=self.schema.version is not None)
        return self

    def patch(self, *actions: UpdateAction, if_: Condition | None = None, **changes: Any) -> Self:
        """Change part of the item: ``problem.patch(Problem.hits.add(1), title="A+B")``. None removes an attribute.

        It never creates: DoesNotExist where there is no item. StaleWrite where another writer changed what the new
        index keys were made of; ConditionFailed where ``if_`` does not hold. Index keys follow in the same write.
        """
        if not actions and not changes and (self._stored is None or self.schema.upgraded(self._stored) is self._stored):
            raise ValueRefused(f"{self.schema.name}: patch() was given nothing to change.")
        run(patches.patch(self, changes, actions, if_=if_))
        return self

    def move(self, **changes: Any) -> Self:
        """Change facets of the primary key: the item goes to its new key, and leaves the old, in one transaction."""
        run(puts.move(self, changes))
        return self

    def delete(self, *, if_: Condition | None = None) -> bool:  # type: ignore[override]
        """Remove the item; whether there was one. StaleWrite where it has a version and another writer was first."""
        if not self.schema.uniques:
            return bool(run(puts.delete(self, before=self._stored, if_=if_)))

        def attempt() -> bool:
            before = load.for_uniques(self)
            if before is None and if_ is None:
                return False
            run(puts.delete(self, before=before, if_=if_))
            return before is not None

        return _again(attempt, once=self._stored is not None)

    def refresh(self, *, consistent: bool = True) -> Self:  # type: ignore[override]
        """Load the item again, whole; what was assigned and not written is dropped. DoesNotExist where it is gone."""
        stored = load.get_item(self.schema.table, values.key_of(self), consistent=consistent)
        if stored is None:
            raise type(self).DoesNotExist(f"{self.schema.name} {values.describe_key(self)} does not exist any more.")
        values.take(self, stored)
        return self

    # Looking

    @property
    def key(self) -> dict[str, Any]:
        """The facets of the primary key."""
        return {name: self.attribute_values.get(name) for name in sorted(self.schema.primary.facets)}

    @property
    def raw(self) -> RawItem:
        """The item as it was stored or loaded last, in DynamoDB's own form; empty for one that never was."""
        return self._stored or {}

    @property
    def unknown_attributes(self) -> RawItem:
        """What the stored item has and the class does not know, as stored; it survives every write."""
        known = values.known_names(self.schema)
        return {name: value for name, value in (self._stored or {}).items() if name not in known}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EntityDefinition):
            return NotImplemented
        return type(self) is type(other) and self.key == other.key  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((type(self).__name__, *self.key.values()))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {values.describe_key(self)}>"

    # PynamoDB's own ways to the item: its transactions and its update actions write the right keys, or are refused.

    @classmethod
    def _get_connection(cls) -> TableConnection:
        return transport.table_connection(cls.schema.table)

    @classmethod
    def _instantiate(cls, attribute_values: Any) -> Any:
        return codec_of(cls).decode(attribute_values)

    @classmethod
    def from_raw_data(cls, data: Any) -> Self:
        """An instance from an item as DynamoDB has it."""
        return codec_of(cls).decode(data)  # type: ignore[no-any-return]

    def serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:  # noqa: ARG002 - PynamoDB's signature
        """The whole item as DynamoDB has it, keys included."""
        return values.encoded(self)

    def deserialize(self, attribute_values: dict[str, dict[str, Any]]) -> None:
        values.take(self, attribute_values)

    def update(  # type: ignore[override]
        self, actions: Iterable[UpdateAction], condition: Condition | None = None, *, add_version_condition: bool = True
    ) -> Self:
        """PynamoDB's update, as a patch: it does not create, and the index keys follow."""
        run(patches.patch(self, {}, list(actions), if_=condition, add_version_condition=add_version_condition))
        return self

    def get_save_kwargs_from_instance(
        self, condition: Condition | None = None, return_values_on_condition_failure: str | None = None
    ) -> dict[str, Any]:
        return _one_request(puts.put(self, before=self._stored, if_=condition), return_values_on_condition_failure)

    def get_update_kwargs_from_instance(
        self,
        actions: list[UpdateAction],
        condition: Condition | None = None,
        return_values_on_condition_failure: str | None = None,
        *,
        add_version_condition: bool = True,
    ) -> dict[str, Any]:
        call = patches.patch(self, {}, list(actions), if_=condition, add_version_condition=add_version_condition)
        return _one_request(call, return_values_on_condition_failure)

    def get_delete_kwargs_from_instance(
        self,
        condition: Condition | None = None,
        return_values_on_condition_failure: str | None = None,
        *,
        add_version_condition: bool = True,  # noqa: ARG002 - a loaded item with a version is always held to it
    ) -> dict[str, Any]:
        return _one_request(puts.delete(self, before=self._stored, if_=condition), return_values_on_condition_failure)


def _one_request(call: Call, return_values: str | None) -> dict[str, Any]:
    if call.schema.uniques or len(call.actions) > 1:
        raise ValueRefused(
            f"{call.schema.name} has unique items, which PynamoDB's TransactWrite would not write: use "
            f"{call.schema.table.name}'s own transaction()."
        )
    request = call.actions[0].request()
    if return_values:
        request["ReturnValuesOnConditionCheckFailure"] = return_values
    return request


def _again(attempt: Callable[[], Any], *, once: bool = False) -> Any:
    """Try a write that first reads the item, again where another writer comes in between."""
    for number in range(1 if once else TRIES):
        try:
            return attempt()
        except (StaleWrite, AlreadyExists) as error:
            last: DynamoModelsError = error
            if isinstance(error, AlreadyExists) and error.item is None:
                raise  # a unique value that another item has: that does not pass
            if once:
                raise
            pause(number)
    raise Conflict(f"Other writers came in between {TRIES} times; nothing was written.") from last


class _Refused:
    """One of PynamoDB's verbs that an entity has under another name."""

    def __init__(self, name: str, instead: str) -> None:
        self.name = name
        self.instead = instead

    def __get__(self, instance: object, owner: type[Any]) -> Any:
        raise AttributeError(f"{owner.__name__}.{self.name} is PynamoDB's; use {self.instead.format(owner.__name__)}.")


_INSTEAD: Mapping[str, str] = {
    "get": "{0}.objects.get(...)",
    "query": "{0}.objects.filter(...)",
    "scan": "{0}.objects.scan()",
    "count": "{0}.objects.filter(...).count()",
    "batch_get": "{0}.objects.get_many([...])",
    "batch_write": "its table's batch()",
    "exists": "{0}.objects.filter(...).exists()",
    "create_table": "manage.py dynamo_tables apply",
    "delete_table": "the console: nothing here deletes a table",
    "describe_table": "manage.py dynamo_tables plan",
    "update_ttl": "manage.py dynamo_tables apply",
}
for _name, _instead in _INSTEAD.items():
    setattr(Entity, _name, _Refused(_name, _instead))
