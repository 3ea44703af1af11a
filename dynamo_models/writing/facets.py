"""The index keys of an item that is changed in part: made again of facets that are known, both halves together."""

# ruff: noqa: SLF001 - what an instance knows of its stored item is this library's own, and nobody else's

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pynamodb.expressions.update import Action as UpdateAction

from dynamo_models.errors import KeyRefused, RawItem
from dynamo_models.schema.definition import EntityDefinition, EntitySchema
from dynamo_models.schema.key import BoundKey, BoundUnique
from dynamo_models.writing import guards, values
from dynamo_models.writing.call import removed, set_to
from dynamo_models.writing.changes import Changes


@dataclass
class KnownFacets:
    """Where the facets of a key come from: the call, the identity, or the loaded item, which is then held to.

    fresh: the loaded item in this code's schema version; None where none was loaded.
    """

    instance: EntityDefinition
    changes: Changes
    expected: guards.Expected
    fresh: RawItem | None

    def values(self, key: BoundKey | BoundUnique, needed: Iterable[str], touched: frozenset[str]) -> dict[str, Any]:
        """The facets ``needed`` by a key that the change of ``touched`` changes. KeyRefused names what is not known."""
        schema = self.instance.schema
        facets = values.facet_values(self.instance)
        found: dict[str, Any] = {}
        missing: list[str] = []
        for name in sorted(needed):
            if name in self.changes.opaque:
                raise KeyRefused(
                    f"{schema.name}: key {key.name!r} depends on {name}, and the action on it has a result that only "
                    f"DynamoDB knows. Set {name} to a value instead.",
                    entity=schema.name,
                    key=f"{schema.name}.{key.name}",
                    facet=name,
                )
            if name in self.changes.known:
                found[name] = self.changes.known[name]
            elif name in facets:
                found[name] = facets[name]
            elif self.fresh is not None and name not in self.instance._deferred:
                found[name] = values.decode_value(schema, name, self.fresh)
                self.expect(name)
            else:
                missing.append(name)
        if missing:
            raise KeyRefused(
                f"{schema.name}: changing {', '.join(sorted(touched))} changes key {key.name!r}, which also depends on "
                f"{', '.join(missing)}. Give {'it' if len(missing) == 1 else 'them'} in the call too, or get the item "
                "first; nothing was written.",
                entity=schema.name,
                key=f"{schema.name}.{key.name}",
                facet=", ".join(missing),
            )
        return found

    def expect(self, name: str) -> None:
        """Hold the write to an attribute of the item as it was loaded."""
        stored_name = self.instance.schema.stored(name)
        self.expected |= guards.as_read(self.instance._stored, [stored_name])


def index_keys(known: KnownFacets, *, every: bool) -> list[UpdateAction]:
    """The updates that keep the index keys true: of ``every`` one, or of those that the changes touch."""
    instance, changes = known.instance, known.changes
    updates: list[UpdateAction] = []
    for key in instance.schema.index_keys:
        touched = key.depends & changes.touched
        if key.is_plain:
            refuse_empty(key, changes)
        elif touched or every:
            found = known.values(key, key.depends, touched)
            updates += pair(key, found | values.facet_values(instance))
    return updates


def pair(key: BoundKey, found: Mapping[str, Any]) -> list[UpdateAction]:
    """Both halves of a key, or neither."""
    if not key.holds(found):
        return [removed(name) for name in key.computed]
    made = key.wire(found)
    return [set_to(name, made[name]) for name in key.computed]


def refuse_empty(key: BoundKey, changes: Changes) -> None:
    """KeyRefused where an attribute that is a key itself is made empty."""
    for name in key.facets & changes.known.keys():
        if changes.known[name] in ("", b""):
            raise key.refusal(name, "it is empty, and DynamoDB takes no empty key")


def computed_names(schema: EntitySchema) -> frozenset[str]:
    """The stored names of everything that keys are computed into."""
    return frozenset(name for key in schema.keys.values() for name in key.computed)
