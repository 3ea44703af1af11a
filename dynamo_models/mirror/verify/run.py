"""One verification: all of it, a sample, some keys, or what was written since another one began."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from dynamo_models.mirror.log.models import MirroredKey
from dynamo_models.mirror.log.runs import Mismatch, VerifyRun
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.registration import mirrors as registered
from dynamo_models.mirror.sync import digest_of
from dynamo_models.mirror.verify.bound import upper_bound
from dynamo_models.mirror.verify.leads import Leads
from dynamo_models.mirror.verify.looks import Extra, Looker
from dynamo_models.mirror.verify.report import Report, draw_seq
from dynamo_models.mirror.verify.settle import Settler
from dynamo_models.mirror.verify.source import Source
from dynamo_models.mirror.verify.target import Target
from dynamo_models.mirror.verify.walks import BATCH, Told, Walks

LOOK = 0.1  # seconds between two looks at whether it is to stop


@dataclass(frozen=True, kw_only=True)
class Options:
    """Everything, unless one of these is given. sample: rows of each mirror. keys: row keys, items: keys in
    DynamoDB's own form, both of one mirror. since: the number that another run began with. workers: threads."""

    sample: int | None = None
    keys: tuple[str, ...] = ()
    items: tuple[dict[str, Any], ...] = ()
    since: int | None = None
    workers: int = 2

    @property
    def scope(self) -> str:
        if self.keys or self.items:
            return "keys"
        if self.sample is not None:
            return "sample"
        return "full" if self.since is None else "since"


@dataclass(kw_only=True)
class Verified:
    """What came of it. kinds: mismatches by kind. bounds: by mirror, of a sample, the share of its rows that differ at
    most. dead: rows that are left out as dead letters. unsettled_keys: some of those that were always in flight."""

    run: VerifyRun
    kinds: dict[str, int] = field(default_factory=dict)
    bounds: dict[str, float] = field(default_factory=dict)
    dead: int = 0
    unsettled_keys: list[str] = field(default_factory=list)


def verify(
    mirrors: Sequence[Mirror],
    using: str,
    options: Options | None = None,
    *,
    stopped: Callable[[], bool] = lambda: False,
    told: Told = lambda *_: None,
) -> Verified:
    """Compare the stores, and write down where they differ. A run that is stopped, or fails, has that status."""
    options = options or Options()
    with_siblings = siblings(mirrors)
    chosen = with_siblings if options.scope == "full" else list(mirrors)
    run = VerifyRun.objects.using(using).create(
        sources=json.dumps([each.label for each in chosen]), scope=options.scope, seq=draw_seq(using)
    )
    report = Report(run, using)
    target = Target()
    looker = Looker(Source(using), target, Leads(tuple(with_siblings), target, using))
    settler = Settler(looker)
    walks = Walks(settler, report.add, workers=options.workers, told=told)
    verified = Verified(run=run)
    status = "failed"
    try:
        with _watching(settler.stop, stopped):
            _carry_out(walks, chosen, options, verified)
        status = "stopped" if stopped() else "completed"
    finally:
        run.status, run.ended_at = status, timezone.now()
        run.rows, run.items = walks.rows, walks.items
        run.mismatches, run.unsettled = report.mismatches, report.unsettled
        run.save(using=using, update_fields=["status", "ended_at", "rows", "items", "mismatches", "unsettled"])
        run.refresh_from_db(using=using)
    verified.kinds, verified.dead, verified.unsettled_keys = report.kinds, report.dead, report.unsettled_keys
    return verified


def siblings(mirrors: Sequence[Mirror]) -> list[Mirror]:
    """These, and those that write items of the same entities: what the one does not want may be the other's."""
    entities = {each.entity for each in mirrors}
    return list(dict.fromkeys([*mirrors, *(each for each in registered() if each.entity in entities)]))


def _carry_out(walks: Walks, chosen: Sequence[Mirror], options: Options, verified: Verified) -> None:
    source = walks.settler.looker.source
    if options.scope == "keys":
        for mirror in chosen:
            _keys(walks, mirror, options)
    elif options.sample is not None:
        for mirror in chosen:
            before = walks.rows
            walks.walk(mirror, iter(_sampled(source, mirror, options.sample)), options.sample)
            verified.bounds[mirror.label] = upper_bound(walks.rows - before, walks.different.get(mirror.label, 0))
    elif options.since is not None:
        walks.since(chosen, options.since)
    else:
        walks.full(chosen)


def _keys(walks: Walks, mirror: Mirror, options: Options) -> None:
    """These rows, whatever is at the keys that they had, and the items that an earlier run found beside them."""
    using = walks.settler.looker.source.using
    name = mirror.entity.schema.table.name
    walks.rows += len(options.keys)
    walks.report(walks.settler.rows(mirror, options.keys))
    places = {"source": mirror.label, "row_key__in": options.keys}
    columns = ("row_key", "digest", "key")
    held = list(MirroredKey.objects.using(using).filter(**places).values_list(*columns))
    earlier = list(Mismatch.objects.using(using).filter(**places, kind="extra").values_list(*columns))
    found = [(row or None, digest, json.loads(key)) for row, digest, key in (*held, *earlier)]
    found += [(None, digest_of(name, key), key) for key in options.items]
    walks.items += len(found)
    walks.add_extras(Extra(mirror=mirror, digest=digest, key=key, row_key=row) for row, digest, key in found)
    walks.settle_extras()


def _sampled(source: Source, mirror: Mirror, size: int) -> list[list[str]]:
    """That many rows, each as likely as any other: every primary key is passed by once, none of the rows is read."""
    chance = random.SystemRandom()
    kept: list[str] = []
    passed = 0
    for keys in source.keys(mirror, 1000):
        for key in keys:
            passed += 1
            if len(kept) < size:
                kept.append(key)
            elif (place := chance.randrange(passed)) < size:
                kept[place] = key
    return [kept[start : start + BATCH] for start in range(0, len(kept), BATCH)]


class _watching:  # noqa: N801 - it reads as what it does
    """Sets an event when asked to stop, for as long as the block lasts."""

    def __init__(self, stop: threading.Event, stopped: Callable[[], bool]) -> None:
        self._stop, self._stopped = stop, stopped
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="verify-watch", daemon=True)

    def _watch(self) -> None:
        while not self._over.wait(LOOK):
            if self._stopped():
                self._stop.set()
                return

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
