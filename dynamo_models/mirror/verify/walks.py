"""Goes over everything in both directions: all items, and whether a row wants each; all rows, and what they want."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from dynamo_models.errors import RawItem
from dynamo_models.mirror import fence
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.sync import digest_of
from dynamo_models.mirror.verify.looks import Extra, Looker
from dynamo_models.mirror.verify.place import Batches, Place
from dynamo_models.mirror.verify.settle import Settled, Settler
from dynamo_models.schema.table import Table
from dynamo_models.writing import guards

BATCH = 50  # rows read at once
CANDIDATES = 500  # that a worker makes certain of at once; what it holds is bounded by it

Told = Callable[[int, int, str], None]


@dataclass
class Walks:
    """One verification. report: takes what has been found. place: how far it is, whoever began it; its number of
    workers is that of the run, as each of them scans one segment."""

    settler: Settler
    report: Callable[[Settled], None]
    workers: int = 1
    told: Told = lambda *_: None
    place: Place = field(default_factory=lambda: Place(workers=0))
    different: dict[str, int] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.place.workers = self.place.workers or self.workers
        self.workers = self.place.workers

    @property
    def _looker(self) -> Looker:
        return self.settler.looker

    @property
    def _extras(self) -> dict[str, Extra]:
        return self.place.extras

    @property
    def rows(self) -> int:
        return self.place.rows

    @property
    def items(self) -> int:
        return self.place.items

    def full(self, mirrors: Iterable[Mirror]) -> None:
        """Every item of these mirrors' tables, and every row; or what is left of that."""
        mirrors = list(mirrors)
        source = self._looker.source
        total = sum(source.count(mirror) for mirror in mirrors)
        for table in _tables(mirrors):
            left = self.place.left_of(table.name)
            self._in_threads(lambda segment, table=table, left=left: self._scan(table, segment, left))  # type: ignore[misc]
        for mirror in mirrors:
            after, done = self.place.walked.get(mirror.label, (None, False))
            if not done and not self.settler.stop.is_set():
                self._settle(mirror, list(self.place.waiting.get(mirror.label, ())))
                self._walk_on(mirror, Batches(source.keys(mirror, BATCH, after), after), total)
        self.settle_extras()

    def since(self, mirrors: Iterable[Mirror], seq: int) -> None:
        """The items that were written after a number, the rows that these are of, and those that wait in the log."""
        mirrors = list(mirrors)
        # A row that waits has an item with an earlier number, and may get a number from before this began.
        changed = {mirror: self._looker.source.logged(mirror) for mirror in mirrors}
        for table in _tables(mirrors):
            left = self.place.left_of(table.name)
            self._in_threads(
                lambda segment, table=table, left=left: self._scan(table, segment, left, seq, changed)  # type: ignore[misc]
            )
        for mirror, keys in changed.items():
            self.walk(mirror, _batches(sorted(keys)), len(keys))
        self.settle_extras()

    def walk(self, mirror: Mirror, batches: Iterator[list[str]], total: int) -> None:
        """Compare these rows, and make certain of what differs."""
        self._walk_on(mirror, Batches(batches), total)

    def settle_extras(self) -> None:
        """Make certain of the items that no row has turned out to want."""
        for table in _tables({each.mirror for each in self._extras.values()}):
            found = [each for each in self._extras.values() if each.mirror.entity.schema.table is table]
            for start in range(0, len(found), CANDIDATES):
                if self.settler.stop.is_set():
                    return
                part = found[start : start + CANDIDATES]
                settled = self.settler.extras(table, part)
                with self.lock:
                    self._report(settled)
                    for each in part:
                        if each.digest not in settled.left:
                            del self._extras[each.digest]

    def add_extras(self, extras: Iterable[Extra]) -> None:
        """Items to look at, beside those that are found."""
        self._extras.update({each.digest: each for each in extras})

    def _report(self, settled: Settled) -> None:
        """A pause that is broken off leaves what was looked at once: it is not given up, and not counted."""
        if self.settler.stop.is_set():
            settled.unsettled = []
        else:
            settled.left = set()
        self.report(settled)

    def _in_threads(self, work: Callable[[int], None]) -> None:
        def run(number: int) -> None:
            try:
                work(number)
            except BaseException:
                self.settler.stop.set()  # the others need not go to the end
                raise
            finally:
                self._looker.source.close()

        with ThreadPoolExecutor(self.workers, thread_name_prefix="verify") as pool:
            futures = [pool.submit(run, number) for number in range(self.workers)]
        for future in futures:
            future.result()

    def _walk_on(self, mirror: Mirror, batches: Batches, total: int) -> None:
        with self.lock:
            self.place.label, self.place.batches = mirror.label, batches
        self._in_threads(lambda _: self._walk(mirror, batches, total))
        with self.lock:
            self.place.walked[mirror.label] = batches.after, not self.settler.stop.is_set()
            self.place.batches = None

    def _walk(self, mirror: Mirror, batches: Batches, total: int) -> None:
        candidates: list[str] = []
        while not self.settler.stop.is_set() and (taken := batches.take()) is not None:
            number, keys = taken
            differences, wanted = self._looker.compared(mirror, keys)
            candidates += differences
            with self.lock:
                self.place.rows += len(keys)
                self.place.wait(mirror.label, differences)
                batches.done(number, keys)
                for digest in wanted & self._extras.keys():
                    del self._extras[digest]
                self.told(self.rows, total, mirror.label)
            if len(candidates) >= CANDIDATES:
                self._settle(mirror, candidates)
                candidates = []
        self._settle(mirror, candidates)

    def _settle(self, mirror: Mirror, candidates: list[str]) -> None:
        if candidates and not self.settler.stop.is_set():
            settled = self.settler.rows(mirror, candidates)
            rows = {each.row_key for each in settled.differences}
            with self.lock:
                self.different[mirror.label] = self.different.get(mirror.label, 0) + len(rows)
                self._report(settled)
                self.place.judged(mirror.label, set(candidates) - settled.left)

    def _scan(
        self,
        table: Table,
        segment: int,
        left: dict[int, fence.WireKey | None],
        above: int | None = None,
        changed: dict[Mirror, set[str]] | None = None,
    ) -> None:
        if segment not in left:
            return
        looker = self._looker
        pages = looker.target.scan(table, segment, self.workers, above=above, start=left[segment])
        for count, page, last in pages:
            for start in range(0, len(page), BATCH):
                self._look_at(table, page[start : start + BATCH], changed)
            with self.lock:
                self.place.items += count
                self.place.scanned.setdefault(table.name, {})[segment] = last
                self.told(self.items, 0, f"items of {table.name}")
            if self.settler.stop.is_set():
                return

    def _look_at(self, table: Table, page: list[RawItem], changed: dict[Mirror, set[str]] | None) -> None:
        leads = self._looker.leads
        if changed is not None:
            self._note_buried(table, page, changed)
        ours = [(mirror, raw) for raw in page if (mirror := leads.mirror_of(table, raw)) is not None]
        keys = leads.row_keys(table, ours)
        rows: dict[Mirror, set[str]] = {}
        for (mirror, _), key in zip(ours, keys, strict=True):
            if key is not None:
                rows.setdefault(mirror, set()).add(key)
        if changed is not None:
            with self.lock:
                for mirror, found in rows.items():
                    changed.setdefault(mirror, set()).update(found)
        wanted = {digest for mirror, found in rows.items() for digest in self._looker.wanted(mirror, found)}
        for (mirror, raw), row_key in zip(ours, keys, strict=True):
            place = _key(table, raw)
            digest = digest_of(table.name, place)
            if digest not in wanted and not guards.expired(mirror.entity.schema, raw):
                with self.lock:
                    self._extras[digest] = Extra(mirror=mirror, digest=digest, key=place, row_key=row_key)

    def _note_buried(self, table: Table, page: list[RawItem], changed: dict[Mirror, set[str]]) -> None:
        """A tombstone says nothing of the row that may want its place; what was remembered does."""
        labels = {mirror.label: mirror for mirror in changed}
        buried = [digest_of(table.name, _key(table, raw)) for raw in page if fence.is_tombstone(table, raw)]
        if not buried:
            return
        for owners in self._looker.source.remembered(buried).values():
            with self.lock:
                for label, row_key in owners:
                    if label in labels:
                        changed[labels[label]].add(row_key)


def _tables(mirrors: Iterable[Mirror]) -> list[Table]:
    return list(dict.fromkeys(mirror.entity.schema.table for mirror in mirrors))


def _key(table: Table, raw: RawItem) -> fence.WireKey:
    return {key.name: dict(raw[key.name]) for key in table.key_pair() if key is not None}


def _batches(keys: list[str]) -> Iterator[list[str]]:
    return iter([keys[start : start + BATCH] for start in range(0, len(keys), BATCH)])
