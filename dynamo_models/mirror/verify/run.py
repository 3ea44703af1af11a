"""One verification: all of it, a sample, some keys, or what was written since another one began."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from dynamo_models.mirror.backfill.statuses import NotNow
from dynamo_models.mirror.direction import back
from dynamo_models.mirror.log.models import MirroredKey
from dynamo_models.mirror.log.runs import Mismatch, VerifyRun
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.registration import mirrors as registered
from dynamo_models.mirror.sync import digest_of
from dynamo_models.mirror.verify.bound import upper_bound
from dynamo_models.mirror.verify.keeper import Keeper, holder, unfinished
from dynamo_models.mirror.verify.leads import Leads
from dynamo_models.mirror.verify.looks import Extra, Looker
from dynamo_models.mirror.verify.low_water import low_water
from dynamo_models.mirror.verify.place import Place, restored
from dynamo_models.mirror.verify.report import Report, draw_seq
from dynamo_models.mirror.verify.settle import Settler
from dynamo_models.mirror.verify.source import Source
from dynamo_models.mirror.verify.target import Target
from dynamo_models.mirror.verify.walks import BATCH, Told, Walks
from dynamo_models.mirror.watch import alarms
from dynamo_models.tracing import span


@dataclass(frozen=True, kw_only=True)
class Options:
    """Everything, unless one of these is given. sample: rows of each mirror. keys: row keys, items: keys in
    DynamoDB's own form, both of one mirror. since: the number that another run began with; continuous: that run was the
    one before it in a chain without a gap. workers: threads."""

    sample: int | None = None
    keys: tuple[str, ...] = ()
    items: tuple[dict[str, Any], ...] = ()
    since: int | None = None
    continuous: bool = False
    workers: int = 2

    @property
    def scope(self) -> str:
        if self.keys or self.items:
            return "keys"
        if self.sample is not None:
            return "sample"
        if self.since is None:
            return "full"
        return "continuous" if self.continuous else "since"


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
    """Compare the stores, and write down where they differ.

    A run that is stopped, or fails, has that status; ``resume`` goes on with a full one. Mirrors whose rows are an
    archive are left out; NotNow where there is no other.
    """
    options = options or Options()
    mirrors = compared(mirrors, using)
    with_siblings = siblings(mirrors)
    chosen = compared(with_siblings, using) if options.scope == "full" else mirrors
    run = VerifyRun.objects.using(using).create(
        sources=json.dumps([each.label for each in chosen]),
        scope=options.scope,
        seq=draw_seq(using) if options.scope in {"sample", "keys"} else low_water(using),
        holder=holder(),
        ticked_at=timezone.now(),
    )
    if options.scope == "full":
        alarms.take_up(run, [each.label for each in chosen], using)
    return _carry_out(
        run,
        using,
        options=options,
        mirrors=with_siblings,
        report=Report(run, using),
        place=Place(workers=options.workers),
        stopped=stopped,
        told=told,
    )


def resume(using: str, *, stopped: Callable[[], bool] = lambda: False, told: Told = lambda *_: None) -> Verified:
    """Go on with the last full verification, from where it was last saved. NotNow where there is none to go on with.

    It began when it began: what it finds is as old as that, not as its end.
    """
    run = unfinished(using)
    known = {each.label: each for each in registered()}
    labels = json.loads(run.sources)
    if gone := [label for label in labels if label not in known]:
        raise NotNow(f"Verification {run.pk} is of {', '.join(gone)}, which is mirrored no longer: begin another one.")
    chosen = [known[label] for label in labels]
    if compared(chosen, using) != chosen:
        raise NotNow(f"Verification {run.pk} is of rows that are an archive by now: begin another one.")
    place, counted = restored(run.state, siblings(chosen))
    report = Report(run, using)
    report.restore(counted)
    return _carry_out(
        run,
        using,
        options=Options(workers=place.workers),
        mirrors=chosen,
        report=report,
        place=place,
        stopped=stopped,
        told=told,
    )


def _carry_out(
    run: VerifyRun,
    using: str,
    *,
    options: Options,
    mirrors: Sequence[Mirror],
    report: Report,
    place: Place,
    stopped: Callable[[], bool],
    told: Told,
) -> Verified:
    chosen = [each for each in mirrors if each.label in json.loads(run.sources)]
    target = Target()
    settler = Settler(Looker(Source(using), target, Leads(tuple(mirrors), target, using)))
    walks = Walks(settler, report.add, told=told, place=place)
    verified = Verified(run=run)
    keeper = Keeper(run, walks, report, using, stopped)
    status = "failed"
    try:
        with span("verify", run=run.pk, scope=run.scope, database=using), keeper:
            _look(walks, chosen, options, verified)
        status = "stopped" if stopped() else "completed"
    finally:
        run.status, run.ended_at = status, timezone.now()
        run.rows, run.items = walks.rows, walks.items
        run.mismatches, run.unsettled = report.mismatches, report.unsettled
        if run.scope == "full" and status != "completed":
            run.state = place.as_json(**report.counted())
        columns = ["status", "ended_at", "rows", "items", "mismatches", "unsettled", "state"]
        VerifyRun.objects.using(using).filter(pk=run.pk, holder=run.holder).update(
            **{name: getattr(run, name) for name in columns}
        )
        run.refresh_from_db(using=using)
    if run.scope == "full" and status == "completed" and not run.mismatches and not run.unsettled:
        alarms.settle(run, using)
    verified.kinds, verified.dead, verified.unsettled_keys = report.kinds, report.dead, report.unsettled_keys
    return verified


def compared(mirrors: Sequence[Mirror], using: str) -> list[Mirror]:
    """Those of the mirrors whose rows and items are to be equal. NotNow where there is none."""
    found = [each for each in mirrors if not back().is_archive(each, using)]
    if mirrors and not found:
        groups = sorted({each.group for each in mirrors})
        raise NotNow(
            f"SQL's rows of {', '.join(groups)} are an archive: what is written to DynamoDB does not change them. "
            f"manage.py dynamo_archive {groups[0]} --check DIRECTORY compares them with what was exported."
        )
    return found


def siblings(mirrors: Sequence[Mirror]) -> list[Mirror]:
    """These, and those that write items of the same entities: what the one does not want may be the other's."""
    entities = {each.entity for each in mirrors}
    return list(dict.fromkeys([*mirrors, *(each for each in registered() if each.entity in entities)]))


def _look(walks: Walks, chosen: Sequence[Mirror], options: Options, verified: Verified) -> None:
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
    walks.place.rows += len(options.keys)
    walks.report(walks.settler.rows(mirror, options.keys))
    places = {"source": mirror.label, "row_key__in": options.keys}
    columns = ("row_key", "digest", "key")
    held = list(MirroredKey.objects.using(using).filter(**places).values_list(*columns))
    earlier = list(Mismatch.objects.using(using).filter(**places, kind="extra").values_list(*columns))
    found = [(row or None, digest, json.loads(key)) for row, digest, key in (*held, *earlier)]
    found += [(None, digest_of(name, key), key) for key in options.items]
    walks.place.items += len(found)
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
