"""What SQL says: rows as they are now, and which of them have a change on its way to the mirror."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connections

from dynamo_models.errors import RawItem
from dynamo_models.mirror import fence
from dynamo_models.mirror.backfill.keyset import keys_after
from dynamo_models.mirror.capture.columns import key_of, pk_of
from dynamo_models.mirror.capture.plan import source_of
from dynamo_models.mirror.direction import back
from dynamo_models.mirror.enqueue import text_of
from dynamo_models.mirror.log.models import Change, Failure, MirroredKey
from dynamo_models.mirror.mapping import Dependency
from dynamo_models.mirror.registration import Mirror


class Source:
    """The rows of one database."""

    def __init__(self, using: str) -> None:
        self.using = using

    def keys(self, mirror: Mirror, size: int, after: str | None = None) -> Iterator[list[str]]:
        """The keys of every row, or of those behind one, ``size`` at a time."""
        low: Any = None if after is None else pk_of(mirror.model, after)
        while pks := keys_after(mirror, self.using, low, None, size):
            low = pks[-1]
            yield [text_of(mirror, pk, self.using) for pk in pks]

    def count(self, mirror: Mirror) -> int:
        return int(mirror.model._base_manager.using(self.using).count())

    def rows(self, mirror: Mirror, keys: Iterable[str]) -> dict[str, Any]:
        """The rows that are there, by key, with what their items are made of."""
        found = mirror.rows(self.using).filter(pk__in=self._pks(mirror, keys))
        return {text_of(mirror, row.pk, self.using): row for row in found}

    def images(self, mirror: Mirror, row: Any) -> list[tuple[fence.WireKey, RawItem]]:
        """What a row should be, by key. Raises what keeps it from being an item."""
        return list(fence.images(mirror.item(row)))

    def in_flight(self, mirror: Mirror, keys: Sequence[str]) -> set[str]:
        """Which of these have a change in the log: of the row itself, or of what its item is made of."""
        # In this order: the log row of a dependency goes only after those that it leads to have come.
        found: set[str] = set()
        for dependency in mirror.dependencies:
            found |= self._by_dependency(mirror, dependency, keys)
        found |= back().in_flight(mirror, keys, self.using)
        own = Change.objects.using(self.using).filter(source=mirror.label, row_key__in=keys)
        return found | set(own.order_by().values_list("row_key", flat=True))

    def logged(self, mirror: Mirror) -> set[str]:
        """The rows of a mirror that have a change in the log."""
        own = Change.objects.using(self.using).filter(source=mirror.label).order_by()
        return set(own.values_list("row_key", flat=True).distinct())

    def _by_dependency(self, mirror: Mirror, dependency: Dependency, keys: Sequence[str]) -> set[str]:
        changes = Change.objects.using(self.using).filter(source=source_of(mirror, dependency)).order_by()
        if not changes.exists():
            return set()
        if dependency.lookup is None:
            return set(changes.filter(row_key__in=keys).values_list("row_key", flat=True))
        rows = mirror.model._base_manager.using(self.using).filter(pk__in=self._pks(mirror, keys))
        native = connections[self.using].features.has_native_uuid_field
        leads: dict[str, set[str]] = {}
        for pk, other in rows.values_list("pk", f"{dependency.lookup}__pk"):
            if other is not None:
                text = key_of(dependency.model, other, native_uuid=native)
                leads.setdefault(text, set()).add(text_of(mirror, pk, self.using))
        changed = changes.filter(row_key__in=list(leads)).values_list("row_key", flat=True)
        return {key for text in changed for key in leads[text]}

    def dead(self, mirror: Mirror, keys: Iterable[str]) -> set[str]:
        """Which of these are dead letters: their change stays in flight until a person decides."""
        failures = Failure.objects.using(self.using).filter(source=mirror.label, dead=True, row_key__in=list(keys))
        return set(failures.values_list("row_key", flat=True))

    def remembered(self, digests: Iterable[str]) -> dict[str, set[tuple[str, str]]]:
        """By the digest of a key, the (label, row key) of those that have been there or are."""
        found: dict[str, set[tuple[str, str]]] = {}
        held = MirroredKey.objects.using(self.using).filter(digest__in=list(digests))
        for digest, label, row_key in held.values_list("digest", "source", "row_key"):
            found.setdefault(digest, set()).add((label, row_key))
        return found

    def close(self) -> None:
        """Give back the connection of the thread that calls."""
        connections[self.using].close()

    @staticmethod
    def _pks(mirror: Mirror, keys: Iterable[str]) -> list[Any]:
        return [pk_of(mirror.model, key) for key in keys]
