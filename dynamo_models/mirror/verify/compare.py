"""One key compared: what the row's item should be, and what is there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import JSONAttribute

from dynamo_models import wire
from dynamo_models.errors import RawItem
from dynamo_models.mirror import fence
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.sync import digest_of
from dynamo_models.schema.table import Table
from dynamo_models.writing import guards


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A key at which the stores differ.

    kind: missing (the row's item is not there), extra (an item that no row wants), index (only index keys differ),
    different, refused (no item can be made of the row). row_key: empty where an extra item leads to no row.
    attributes: the stored names of those that differ; old and new: what the row says of them, and DynamoDB. seq: the
    number that the item carries.
    """

    kind: str
    mirror: Mirror
    row_key: str
    digest: str
    key: fence.WireKey
    attributes: tuple[str, ...] = ()
    old: RawItem
    new: RawItem
    seq: int | None

    def same_as(self, other: Difference) -> bool:
        """Whether two looks found the same, of an item that was not written between them."""
        return (self.kind, self.seq, self.attributes, self.old, self.new) == (
            other.kind,
            other.seq,
            other.attributes,
            other.old,
            other.new,
        )


def compare(
    mirror: Mirror, row_key: str, key: fence.WireKey, *, wanted: RawItem, found: RawItem | None
) -> Difference | None:
    """What is wrong at a key that a row wants; None where nothing is."""
    schema = mirror.entity.schema
    digest = digest_of(schema.table.name, key)
    seq = fence.version_of(found)
    place: dict[str, Any] = {"mirror": mirror, "row_key": row_key, "digest": digest, "key": key, "seq": seq}
    if found is None or fence.is_tombstone(schema.table, found):
        # DynamoDB removes what has expired, at some time; the row stays.
        if guards.expired(schema, wanted):
            return None
        return Difference(kind="missing", old=wanted, new={}, **place)
    names = tuple(
        name
        for name in sorted({*wanted, *found} - fence.BOOKKEEPING)
        if not _same(mirror, name, wanted.get(name), found.get(name))
    )
    if not names or (guards.expired(schema, wanted) and guards.expired(schema, found)):
        return None
    return Difference(
        kind="index" if set(names) <= index_names(schema.table) else "different",
        attributes=names,
        old={name: wanted[name] for name in names if name in wanted},
        new={name: found[name] for name in names if name in found},
        **place,
    )


def index_names(table: Table) -> set[str]:
    """The attributes that only indexes are keyed by."""
    own = {key.name for key in table.key_pair() if key is not None}
    return {key.name for key in table.key_attributes()} - own


def _same(mirror: Mirror, name: str, wanted: Any, found: Any) -> bool:
    if wire.same_value(wanted, found):
        return True
    schema = mirror.entity.schema
    python_name = schema.python_names.get(name, "")
    function = mirror.normalise.get(python_name)
    if function is not None:
        return bool(function(_plain(wanted)) == function(_plain(found)))
    if not isinstance(schema.attributes.get(python_name), JSONAttribute):
        return False
    # A database may keep JSON otherwise than it was written: PostgreSQL sorts its names.
    try:
        return _same_json(*(json.loads(_plain(each)) for each in (wanted, found)))
    except (TypeError, ValueError):  # one is not there, or no JSON
        return False


def _same_json(one: Any, other: Any) -> bool:
    """Equal by value, however it is written; but true is no 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same_json(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same_json, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _plain(value: Any) -> Any:
    return None if value is None else wire.from_wire(value)
