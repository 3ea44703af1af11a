"""Entities as users have them: instances that write themselves, and ``objects`` to read them by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self, TypeVar, overload

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as UpdateAction

from dynamo_models.codec import codec_of
from dynamo_models.errors import (
    AlreadyExists,
    Conflict,
    DefinitionError,
    DoesNotExist,
    DynamoModelsError,
    KeyRefused,
    RawItem,
    StaleWrite,
)
from dynamo_models.reading import decode
from dynamo_models.reading.queryset import QuerySet
from dynamo_models.reading.question import Question
from dynamo_models.schema.definition import EntityDefinition
from dynamo_models.writing import guards, load, moves, patches, puts, upserts, values
from dynamo_models.writing.run import pause, run
from dynamo_models.writing.stock import StockEntity

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

    def upsert(self, *actions: UpdateAction, if_: Condition | None = None, **attributes: Any) -> E:
        """Change these attributes of an item, or make it of them where there is none; the item as it is then.

        ``objects.upsert(Counter.n.add(1), day=day)`` counts from 0. ``if_`` is asked of an item that is there, and
        ConditionFailed raised where it does not hold; a new item is made regardless. With either, an item that has
        expired or is of an older schema version raises StaleWrite; without, it is read first.
        """
        schema = self._question.schema
        counted = bool(actions) or if_ is not None
        if not schema.uniques or counted:
            try:
                item = run(upserts.upsert(self._entity, attributes, actions, if_=if_))
            except StaleWrite:
                if counted:
                    raise
                return self._upsert_read(attributes)
            assert item is not None  # noqa: S101 - an update gives the item back
            return decode.whole(schema, item)  # type: ignore[no-any-return]
        return self._upsert_read(attributes)

    def _upsert_read(self, attributes: dict[str, Any]) -> E:
        # Its unique items, whether it has expired, what an upgrade makes of it are known only from the item: it is
        # read, and the write is held to what was read.
        schema = self._question.schema
        values.refuse_names(schema, attributes)
        values.refuse_version(schema, attributes)
        key = values.key_from(schema, attributes)
        changed = {name: value for name, value in attributes.items() if name not in schema.primary.facets}

        def attempt(_: int) -> E:
            stored = load.get_item(schema.table, key)
            if stored is None or guards.expired(schema, stored):
                return self.create(**attributes)
            item: E = decode.whole(schema, stored)
            return item.patch(**changed) if changed else item

        return _again(attempt)  # type: ignore[no-any-return]

    def ref(self, **facets: Any) -> E:
        """An instance that knows its primary key alone, to be patched or deleted without being read."""
        schema = self._question.schema
        missing = sorted(schema.primary.facets - facets.keys())
        unknown = sorted(facets.keys() - schema.primary.facets)
        if missing or unknown:
            raise KeyRefused(
                f"{schema.name}.objects.ref() takes the facets of the primary key: "
                + ", ".join(sorted(schema.primary.facets))
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
            raise AttributeError(
                f"{owner.__name__} has no table, and so no items: class {owner.__name__}(Entity, table=...)"
            )
        return Manager(Question(schema=owner.schema))


class Entity(StockEntity):
    """A class of items: ``class Problem(Entity, table=main)`` with attributes and ``class Keys``.

    Without a table it is a parent for others, which inherit its attributes. ``class Options`` may have type_name (what
    items are marked with; the class's name otherwise), former_names (other marks it reads) and schema_version.
    """

    objects: ClassVar[_Objects] = _Objects()

    def __init__(self, **attributes: Any) -> None:
        cls = type(self)
        if "schema" not in cls.__dict__:
            raise DefinitionError(
                f"{cls.__name__} has no table and cannot be made: class {cls.__name__}(Entity, table=...)"
            )
        construct = codec_of(cls).construct
        if cls.__init__ is Entity.__init__:
            # The generated constructor takes over from the second instance on; one of the class's own stays.
            cls.__init__ = construct  # type: ignore[method-assign]
        construct(self, **attributes)

    # Writing

    def save(self) -> Self:  # type: ignore[override]
        """Create a new item; of a loaded one, patch what was assigned since. Nothing is sent where nothing was."""
        if self._stored is None:
            run(puts.create(self))
            return self
        changed = values.assigned(self)
        if not changed and values.current(self) is self._stored:
            return self
        if any(name in self.schema.primary.facets for name in changed):
            raise puts.moved(self.schema, self)
        return self.patch(**{name: self.attribute_values.get(name) for name in changed})

    def put(self, *, if_: Condition | None = None) -> Self:
        """Write the item in place of what is there, if anything is. Attributes that the class does not know stay.

        StaleWrite where the entity has a version and another writer was first; ConditionFailed where ``if_`` fails.
        """
        _again(
            lambda number: run(puts.put(self, before=load.for_uniques(self, again=number > 0), if_=if_)),
            once=not self.schema.uniques or self.schema.version is not None,
        )
        return self

    def patch(self, *actions: UpdateAction, if_: Condition | None = None, **changes: Any) -> Self:
        """Change part of the item: ``problem.patch(Problem.hits.add(1), title="A+B")``. None removes an attribute.

        It never creates: DoesNotExist where there is no item. StaleWrite where another writer changed what the new
        index keys were made of; ConditionFailed where ``if_`` does not hold. Index keys follow in the same write.
        """
        run(patches.patch(self, changes, actions, if_=if_))
        return self

    def move(self, **changes: Any) -> Self:
        """Change facets of the primary key: the item goes to its new key, and leaves the old, in one transaction."""
        run(moves.move(self, changes))
        return self

    def delete(self, *, if_: Condition | None = None) -> bool:  # type: ignore[override]
        """Remove the item; whether there was one. StaleWrite where it has a version and another writer was first."""

        def attempt(number: int) -> bool:
            before = load.for_uniques(self, again=number > 0)
            if self.schema.uniques and before is None and if_ is None:
                return False
            returned = run(puts.delete(self, before=before, if_=if_))
            # A transaction, which takes the unique items along, returns nothing: it was held to the item that was read.
            return bool(returned) or (bool(self.schema.uniques) and before is not None)

        versioned = self.schema.version is not None and self._stored is not None
        return bool(_again(attempt, once=not self.schema.uniques or versioned))

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
        return type(self) is type(other) and self.key == other.key

    def __hash__(self) -> int:
        return hash((type(self).__name__, *self.key.values()))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {values.describe_key(self)}>"


def _again(attempt: Callable[[int], Any], *, once: bool = False) -> Any:
    """Try a write that first reads the item again, where another writer comes in between. It is given its number."""
    if once:
        return attempt(0)
    last: DynamoModelsError | None = None
    for number in range(TRIES):
        try:
            return attempt(number)
        except (StaleWrite, AlreadyExists, DoesNotExist) as error:
            if isinstance(error, AlreadyExists) and error.item is None:
                raise  # a unique value that another item has: that does not pass
            last = error
        pause(number)
    raise Conflict(f"Other writers came in between {TRIES} times; nothing was written.") from last
