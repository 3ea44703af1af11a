"""From an item back to the row that it should be of: by its marker, and the attribute that is the primary key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from dynamo_models.errors import RawItem
from dynamo_models.mirror import fence
from dynamo_models.mirror.capture.columns import key_fields, pk_of
from dynamo_models.mirror.enqueue import text_of
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.sync import digest_of
from dynamo_models.mirror.verify.target import Target
from dynamo_models.schema.key import UNIQUE
from dynamo_models.schema.table import Table
from dynamo_models.writing import uniques
from dynamo_models.writing import values as stored_values


@dataclass(frozen=True)
class Leads:
    """Tells whose items are whose, for some mirrors."""

    mirrors: tuple[Mirror, ...]
    target: Target
    using: str

    def mirror_of(self, table: Table, raw: RawItem) -> Mirror | None:
        """The mirror that would write such an item; None for an item that is not the mirror's business."""
        marker = raw.get(table.type_attribute, {}).get("S")
        for mirror in self.mirrors:
            schema = mirror.entity.schema
            if schema.table is not table:
                continue
            if marker in schema.type_names:
                return mirror
            if marker == uniques.UNIQUE_TYPE and schema.uniques:
                text = str(raw[table.pk.name].get("S", ""))
                if text.startswith(table.delimiter.join((UNIQUE, schema.type_name, ""))):
                    return mirror
        return None

    def row_keys(self, table: Table, items: Iterable[tuple[Mirror, RawItem]]) -> list[str | None]:
        """The key of the row that each leads to, there or not; None where it cannot be told from the item.

        The mirror writes it down in what it writes. Of what somebody else wrote the attributes tell; a unique item then
        leads to its owner, which is read for it.
        """
        pairs = list(items)
        said = [_said(mirror, raw) for mirror, raw in pairs]
        owners = {
            place: uniques.owner_key(raw)
            for place, (mirror, raw) in enumerate(pairs)
            if said[place] is None and uniques.is_unique(mirror.entity.schema, raw) and uniques.OWNER in raw
        }
        distinct = {digest_of(table.name, key): key for key in owners.values()}
        held = self.target.get(table, distinct.values())
        found: list[str | None] = []
        for place, (mirror, raw) in enumerate(pairs):
            if said[place] is not None:
                found.append(said[place])
                continue
            item = held.get(digest_of(table.name, owners[place])) if place in owners else raw
            found.append(None if item is None else self._row_key(mirror, item))
        return found

    def _row_key(self, mirror: Mirror, raw: RawItem) -> str | None:
        names = pk_attributes(mirror)
        if names is None or not mirror.entity.schema.owns(raw):
            return None
        try:
            values = [stored_values.decode_value(mirror.entity.schema, name, raw) for name in names]
            if any(value is None for value in values):
                return None
            return text_of(mirror, values[0] if len(values) == 1 else tuple(values), self.using)
        except Exception:  # noqa: BLE001 - whatever stands there in place of a key leads nowhere
            return None


def _said(mirror: Mirror, raw: RawItem) -> str | None:
    label, _, row_key = str(raw.get(fence.OWNER, {}).get("S", "")).partition(":")
    if label != mirror.label:
        return None
    try:
        pk_of(mirror.model, row_key)
    except Exception:  # noqa: BLE001 - it is not the text of a key
        return None
    return row_key


def pk_attributes(mirror: Mirror) -> list[str] | None:
    """The attributes of the entity that are the model's primary key; None where one of its columns is no attribute."""
    found = []
    for field in key_fields(mirror.model):
        columns = set(_chain(field))
        names = [
            name
            for name, source in mirror.sources.items()
            if isinstance(source, str)
            and len(mirror.paths[source].steps) == 1
            and mirror.paths[source].steps[0].field in columns
        ]
        if not names:
            return None
        found.append(names[0])
    return found


def _chain(field: models.Field[Any, Any]) -> Iterable[models.Field[Any, Any]]:
    """A field, and those that a foreign key takes its value from."""
    yield field
    while field.is_relation:
        field = field.target_field  # type: ignore[attr-defined]
        yield field
