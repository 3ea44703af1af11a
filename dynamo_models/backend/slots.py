"""What rows become, item by item: a slot is one key of a table, with what is there before and what shall be after.

Rows of one block may meet at a key: one gives a unique value up and another takes it. DynamoDB takes one action on an
item, so they are put together here.

Bookkeeping of the mirror: ``_r``, the row that an item comes from, is on every item that is written. ``_v``, the
number of the change that an item was mirrored from, is left as it is on an item that stays and on what replaces it,
and a new item has none. Should SQL get authority back, its log goes on above the highest ``_v``, so that whatever it
writes then is newer than either; and as long as an item has its number, a mirror's put that was under way before the
switch still loses. For the same reason an item that has one does not vanish but leaves a tombstone with it, which the
stage `complete` clears away. From `final` on nothing of this is written any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError

from dynamo_models.backend.columns import columns_of
from dynamo_models.backend.intents import Intent
from dynamo_models.backend.rows import copied, decoded, made
from dynamo_models.cutover.aliases import sql_alias
from dynamo_models.cutover.state import state_of
from dynamo_models.errors import RawItem
from dynamo_models.mirror import fence
from dynamo_models.mirror.capture.columns import key_of
from dynamo_models.mirror.mapping import Computed
from dynamo_models.mirror.registration import Mirror
from dynamo_models.schema.table import Table
from dynamo_models.writing import uniques
from dynamo_models.writing.call import WireKey, key_identity


@dataclass(kw_only=True)
class Slot:
    """One key. left, came: whose item is there before and after; ``main`` of each says that it is the row's own item,
    and not a unique one that leads to it."""

    table: Table
    key: WireKey
    before: RawItem | None = None
    after: RawItem | None = None
    left: Intent | None = None
    came: Intent | None = None
    left_main: bool = False
    came_main: bool = False

    @property
    def identity(self) -> str:
        return f"{self.table.name} {key_identity(self.key)}"


def slots_of(intents: Sequence[Intent], *, using: str) -> list[Slot]:
    """The slots of rows that are written. IntegrityError where two of them come to one key."""
    found: dict[str, Slot] = {}

    def slot(table: Table, key: WireKey) -> Slot:
        made = Slot(table=table, key=key)
        return found.setdefault(made.identity, made)

    for intent in intents:
        schema = intent.mirror.entity.schema
        if intent.raw is None:
            continue
        key = {name: dict(intent.raw[name]) for name in schema.key_names()}
        there = slot(schema.table, key)
        there.before, there.left, there.left_main = intent.raw, intent, True
        for unique in uniques.of_stored(schema, intent.raw).values():
            there = slot(schema.table, {name: dict(unique[name]) for name in schema.key_names()})
            there.before, there.left = unique, intent
    for intent, images in new_images(intents, using=using):
        for number, (key, raw) in enumerate(images):
            there = slot(intent.mirror.entity.schema.table, key)
            if there.came is not None:
                raise IntegrityError(f"Two rows would be at {key_identity(key)}; nothing was written.")
            there.after, there.came, there.came_main = raw, intent, number == 0
    return list(found.values())


def new_images(intents: Sequence[Intent], *, using: str) -> Iterable[tuple[Intent, list[tuple[WireKey, RawItem]]]]:
    """What each row that stays or comes will be: its item first, and the unique items that lead to it."""
    by_mirror: dict[str, list[Intent]] = {}
    for intent in intents:
        by_mirror.setdefault(intent.mirror.label, []).append(intent)
    for several in by_mirror.values():
        rows = [(intent, row) for intent in several if (row := intent.row()) is not None]
        items = made(several[0].mirror, [row for _, row in rows], [_known(intent) for intent, _ in rows], using=using)
        for (intent, _), item in zip(rows, items, strict=True):
            yield intent, list(fence.images(item))


def _known(intent: Intent) -> dict[str, Any]:
    """What of a row's item stays as it is: the copies, unless it is because of them that it is written."""
    if intent.raw is None or intent.inserted is not None or intent.refreshed:
        return {}
    before = decoded(intent.mirror, intent.raw).attribute_values
    return {name: before.get(name) for name in copied(intent.mirror, intent.changed)}


def owner_of(intent: Intent, *, native_uuid: bool) -> str:
    """The row's name as the mirror writes it on items."""
    return f"{intent.mirror.label}:{key_of(intent.mirror.model, intent.pk, native_uuid=native_uuid)}"


def is_kept(intent: Intent | None) -> bool:
    """Whether the mirror's bookkeeping is kept on items: as long as SQL may get authority back."""
    return intent is None or not state_of(intent.mirror.group, sql_alias()).place.is_final


def feeding(mirror: Mirror) -> frozenset[str]:
    """The attributes that carry what keys, uniques, functions and look-ups of the mapping are made of: where one of
    these changes under a write, what the write has worked out may be wrong."""
    schema, columns = mirror.entity.schema, columns_of(mirror)
    found: set[str] = set()
    for key in schema.keys.values():
        found |= key.depends
    found |= uniques.depends(schema)
    for source in mirror.sources.values():
        texts = source.needs if isinstance(source, Computed) else (source,)
        if isinstance(source, Computed) or len(mirror.paths[texts[0]].steps) > 1:
            for text in texts:
                name = columns.attribute((mirror.paths[text].steps[0].field.name,))
                found |= {name} if name is not None else set()
    return frozenset(found)


def derived(mirror: Mirror) -> frozenset[str]:
    """The attributes that functions and look-ups make."""
    carried = columns_of(mirror)
    own = {carried.attributes[path] for path in carried.own if path in carried.attributes}
    return frozenset(name for name in mirror.entity.schema.attributes if name not in own)


def carrying(mirror: Mirror, attname: str) -> str:
    """The attribute that carries a column, by the attribute of its field."""
    columns = columns_of(mirror)
    path = next(path for path, field in columns.own.items() if field.attname == attname)
    return columns.attributes[path]
