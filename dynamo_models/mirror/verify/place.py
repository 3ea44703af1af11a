"""How far a full verification is, so that another process can go on with it: cursors, and what is still to be judged.

What is saved is never ahead of what was done. What was done and not saved is done again, and reported once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dynamo_models.mirror import fence
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.verify.looks import Extra


@dataclass
class Batches:
    """Batches of row keys that threads take turns at. after: the last key up to which all of them are done."""

    iterator: Iterator[list[str]]
    after: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _taken: int = 0
    _next: int = 0
    _done: dict[int, list[str]] = field(default_factory=dict)

    def take(self) -> tuple[int, list[str]] | None:
        with self._lock:
            keys = next(self.iterator, None)
            self._taken += 1
            return None if keys is None else (self._taken - 1, keys)

    def done(self, number: int, keys: list[str]) -> None:
        with self._lock:
            self._done[number] = keys
            while self._next in self._done:
                self.after = self._done.pop(self._next)[-1]
                self._next += 1

    @property
    def ahead(self) -> int:
        """Rows of batches that are done while an earlier one is not: they are looked at again by who goes on."""
        with self._lock:
            return sum(map(len, self._done.values()))


@dataclass
class Place:
    """scanned: by table and segment, the key to go on behind, None at the end. walked: by mirror, the last row key, and
    whether that was the end. waiting: by mirror, rows that seemed to differ. Changed under the lock of the walks."""

    workers: int
    scanned: dict[str, dict[int, fence.WireKey | None]] = field(default_factory=dict)
    walked: dict[str, tuple[str | None, bool]] = field(default_factory=dict)
    waiting: dict[str, dict[str, None]] = field(default_factory=dict)
    extras: dict[str, Extra] = field(default_factory=dict)
    rows: int = 0
    items: int = 0
    batches: Batches | None = None
    label: str = ""

    def left_of(self, table: str) -> dict[int, fence.WireKey | None]:
        """The segments of a table that are not scanned, each with the key to begin behind."""
        begun = self.scanned.get(table, {})
        return {each: begun.get(each) for each in range(self.workers) if begun.get(each, {}) is not None}

    def wait(self, label: str, keys: Iterable[str]) -> None:
        self.waiting.setdefault(label, {}).update(dict.fromkeys(keys))

    def judged(self, label: str, keys: Iterable[str]) -> None:
        for key in keys:
            self.waiting.get(label, {}).pop(key, None)

    def as_json(self, **counted: Any) -> str:
        """What of it is certain by now, and what the report has counted."""
        walked = dict(self.walked)
        if self.batches is not None:
            walked[self.label] = (self.batches.after, False)
        held = {
            "workers": self.workers,
            "scanned": self.scanned,
            "walked": walked,
            "waiting": {label: list(keys) for label, keys in self.waiting.items()},
            "extras": [[e.mirror.label, digest, e.key, e.row_key] for digest, e in self.extras.items()],
            "rows": self.rows - (self.batches.ahead if self.batches is not None else 0),
            "items": self.items,
        }
        return json.dumps({"place": held, "counted": counted})


def restored(text: str, mirrors: Iterable[Mirror]) -> tuple[Place, dict[str, Any]]:
    """The place that was saved, and what had been counted."""
    said = json.loads(text)
    held, by_label = said["place"], {each.label: each for each in mirrors}
    place = Place(
        workers=held["workers"],
        scanned={table: {int(number): key for number, key in some.items()} for table, some in held["scanned"].items()},
        walked={label: (after, done) for label, (after, done) in held["walked"].items()},
        waiting={label: dict.fromkeys(keys) for label, keys in held["waiting"].items()},
        extras={
            digest: Extra(mirror=by_label[label], digest=digest, key=key, row_key=row_key)
            for label, digest, key, row_key in held["extras"]
        },
        rows=held["rows"],
        items=held["items"],
    )
    return place, said["counted"]
