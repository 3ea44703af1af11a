"""The steps of a switch, there and back, in their order. Each can be done twice.

There. What can be made sure of beforehand is, while everybody writes: that the stores are equal, and that the way back
works. Then the pause: SQL lets nobody write, those who did have ended, what they wrote is mirrored, and what changed
since the comparison is compared. One transaction moves authority and ends the pause.

Back it is the same with the roles exchanged. DynamoDB has no gate: writers look at the stage before each request, a
second is waited for those that have looked, the stream is read to its tip, and what is later all the same is carried
out in SQL. SQL's gates open when it has authority.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connections, models
from django.db.models.functions import Now
from django.utils import timezone

from dynamo_models import conf
from dynamo_models.cutover import moves
from dynamo_models.cutover.evidence import Evidence
from dynamo_models.cutover.in_flight import sources_of
from dynamo_models.cutover.stages import DYNAMODB, Place, reading
from dynamo_models.cutover.state import FRESH
from dynamo_models.errors import DynamoModelsError
from dynamo_models.mirror import relay, verify
from dynamo_models.mirror.log.models import Change, Failure
from dynamo_models.mirror.log.runs import VerifyRun
from dynamo_models.mirror.registration import mirrors
from dynamo_models.mirror.transactions import writing
from dynamo_models.switch import gate, journal, recorder
from dynamo_models.switch.records import BACK, THERE, ChangedRow, ReturningKey, Switch
from dynamo_models.switch.returning.apply import waiting, work
from dynamo_models.switch.returning.reader import tables
from dynamo_models.switch.returning.tip import through

PATIENCE = 30.0  # seconds that the pause may last; then it is aborted
BEFORE = 60.0  # seconds for what is done before it, but for comparing
SEEN = FRESH + 0.25  # seconds after which every process that looks has seen a new stage
LOOKED = 1.0  # seconds in which a writer has sent what it was about to when it looked at the stage
_LOOK = 0.02
JOURNAL = "journal"
_MANY = 5000


class NotSwitched(DynamoModelsError):  # noqa: N818 - an outcome, as the library's other errors are
    """A step could not be done; the switch is aborted, and the store that had authority has it."""


@dataclass
class Going:
    """A switch on its way."""

    switch: Switch
    using: str
    told: Callable[[str], None] = field(default=lambda _: None)

    @property
    def group(self) -> str:
        return self.switch.group

    @property
    def until(self) -> float:
        """When the pause is over, or what comes before it, of ``time.monotonic()``."""
        if self.switch.frozen_at is None:
            return time.monotonic() + BEFORE
        return time.monotonic() + PATIENCE - (timezone.now() - self.switch.frozen_at).total_seconds()


def settle_in(going: Going) -> None:
    """Every process knows that a switch runs, and looks at the stage often from now on."""
    time.sleep(SEEN)
    going.told("every process knows")


def record(going: Going) -> None:
    """What changes from now on is kept in mind, for the last comparison."""
    recorder.start(going.using, until=going.until)


def compare_there(going: Going) -> None:
    """What has changed since the last full verification is equal on both sides; everybody writes meanwhile."""
    base = Evidence(going.group, going.using).verify
    if base is None:
        raise NotSwitched("There is no full verification to go by.")
    _equal(going, verify.verify(mirrors(going.group), going.using, verify.Options(since=base.seq)).run)
    going.told("compared what changed since the last full verification")


def way_back(going: Going) -> None:
    """The way back is there, and a canary has come through it by every shard of every table."""
    for table in tables(going.group):
        through(table, going.using, until=going.until)
    going.told("a canary came back by every shard")


def freeze(going: Going) -> None:
    """Nobody writes any more: writers wait."""
    with moves.locked(going.group, going.using) as row:
        journal.locked(going.switch, going.using)
        if not row.frozen:
            moves.put(row, going.using, frozen=True)
    if going.switch.frozen_at is None:
        journal.write(going.switch, going.using, frozen_at=timezone.now())
    going.told("the pause begins")
    time.sleep(FRESH / 2 if going.switch.direction == THERE else LOOKED)


def close(going: Going) -> None:
    """SQL refuses to write the group's tables, and who was writing them has ended."""
    gate.close(going.group, going.using, until=going.until)


def drain_there(going: Going) -> None:
    """All that was written to SQL is mirrored."""
    sources = sources_of(going.group)
    changes = Change.objects.using(going.using).filter(source__in=sources)
    while left := changes.order_by().values_list("source", "row_key").distinct()[:200]:
        waiting_rows: dict[str, list[str]] = defaultdict(list)
        for source, row_key in left:
            waiting_rows[source].append(row_key)
        for source, row_keys in waiting_rows.items():
            relay.attempt_many(source, row_keys, going.using)
        if dead := Failure.objects.using(going.using).filter(source__in=sources, dead=True).first():
            raise NotSwitched(f"{dead.source} {dead.row_key} cannot be mirrored: {dead.reason}")
        _in_time(going, "What was written to SQL could not be mirrored in time.")
    going.told("drained")


def check_there(going: Going) -> None:
    """What has changed since the comparison began is equal on both sides, now that nothing changes."""
    rows = ChangedRow.objects.using(going.using).values_list("source", "row_key").distinct()
    changed: dict[str, set[str]] = defaultdict(set)
    for source, row_key in rows:
        changed[source].add(row_key)
    going.told(f"compared {_equal_rows(going, changed):,} rows that changed meanwhile")


def journal_there(going: Going) -> None:
    """DynamoDB has authority, and the pause is over: one transaction."""
    journalled(going, DYNAMODB, frozen=False)
    going.told("DynamoDB has authority; the pause is over")


def tidy_there(going: Going) -> None:
    """Nothing is kept in mind any more."""
    recorder.stop(going.using, until=time.monotonic() + BEFORE)


def compare_back(going: Going) -> None:
    """What was written to DynamoDB since the last full verification is equal in SQL; everybody writes meanwhile."""
    base = Evidence(going.group, going.using).verify
    if base is None:
        raise NotSwitched("There is no full verification to go by.")
    _come_back(going, written_by=timezone.now())
    _equal_rows(going, _touched(going, base.started_at))
    going.told("compared what was written since the last full verification")


def drain_back(going: Going) -> None:
    """All that was written to DynamoDB has come back."""
    _come_back(going)
    going.told("drained")


def check_back(going: Going) -> None:
    """What was written since the comparison began is equal in SQL, now that nothing changes."""
    done = _equal_rows(going, _touched(going, going.switch.started_at))
    going.told(f"compared {done:,} rows that changed meanwhile")


def ids(going: Going) -> None:
    """SQL counts on behind the highest primary key."""
    connection: Any = connections[going.using]
    if connection.vendor == "postgresql":  # the others count from the highest that a table has ever had
        for mirror in mirrors(going.group):
            _raise_sequence(connection, mirror.model)


def journal_back(going: Going) -> None:
    """SQL has authority."""
    journalled(going, reading(conf.cutover_settings().shares[-1]), frozen=True)
    going.told("SQL has authority")


def open_gates(going: Going) -> None:
    """Everybody writes to SQL again: the pause is over."""
    gate.open_up(going.group, going.using, until=time.monotonic() + PATIENCE)
    thaw(going)
    going.told("the pause is over")


def tidy_back(going: Going) -> None:
    """What came back, and nobody waits for, is forgotten."""
    labels = [mirror.label for mirror in mirrors(going.group)]
    ReturningKey.objects.using(going.using).filter(source__in=labels, waiting=False).delete()


def thaw(going: Going) -> None:
    """Writers go on."""
    with moves.locked(going.group, going.using) as row:
        if row.frozen:
            moves.put(row, going.using, frozen=False)
    if going.switch.thawed_at is None:
        Switch.objects.using(going.using).filter(pk=going.switch.pk).update(thawed_at=timezone.now())
        going.switch.refresh_from_db(using=going.using)


Step = Callable[[Going], None]
STEPS: dict[str, list[tuple[str, Step]]] = {
    THERE: [
        ("settle", settle_in),
        ("record", record),
        ("compare", compare_there),
        ("way-back", way_back),
        ("freeze", freeze),
        ("close", close),
        ("drain", drain_there),
        ("check", check_there),
        (JOURNAL, journal_there),
        ("tidy", tidy_there),
    ],
    BACK: [
        ("settle", settle_in),
        ("compare", compare_back),
        ("freeze", freeze),
        ("drain", drain_back),
        ("check", check_back),
        ("ids", ids),
        (JOURNAL, journal_back),
        ("open", open_gates),
        ("tidy", tidy_back),
    ],
}
"""By direction, the steps and their names."""


def journalled(going: Going, after: Place, *, frozen: bool, step: str = JOURNAL) -> None:
    """The group is at a place from now on, and the journal says so: one transaction."""
    switch, using = going.switch, going.using
    with writing(using):
        with moves.locked(going.group, using) as row:
            journal.locked(switch, using)
            evidence: dict[str, Any] = {"switch": switch.pk, "seconds": journal.seconds_of(switch)}
            if (run := Evidence(going.group, using).verify) is not None:
                evidence["verify_run"] = run.pk
            noted = moves.note(row, "move", after, using=using, who=switch.who, reason=switch.reason, evidence=evidence)
            moves.put(row, using, stage=after.stage, share=after.share, frozen=frozen, step=noted.pk, since=Now())
        thawed = {} if frozen else {"thawed_at": timezone.now()}
        journal.write(switch, using, journalled_at=timezone.now(), step=step, **thawed)


def _come_back(going: Going, *, written_by: datetime | None = None) -> None:
    """Read the streams to their tips, and bring back all that waits; only what was written to last by a time, where
    everybody writes on."""
    until = going.until
    for table in tables(going.group):
        through(table, going.using, until=until)
    left = waiting(going.using, [going.group])
    if written_by is not None:
        left = left.filter(at__lte=written_by)
    while left.exists():
        came = work(going.using, groups=[going.group])
        if not came.done:
            time.sleep(_LOOK)
        if time.monotonic() > until:
            raise NotSwitched(_stuck(left))


def _stuck(left: Any) -> str:
    first = left.exclude(reason="").first()
    reason = f": {first.source} {first.row_key}: {first.reason}" if first is not None else ""
    return f"What was written to DynamoDB could not be brought back to SQL in time{reason}."


def _in_time(going: Going, said: str) -> None:
    if time.monotonic() > going.until:
        raise NotSwitched(said)


def _touched(going: Going, since: Any) -> dict[str, set[str]]:
    labels = [mirror.label for mirror in mirrors(going.group)]
    rows = ReturningKey.objects.using(going.using).filter(source__in=labels, at__gte=since)
    found: dict[str, set[str]] = defaultdict(set)
    for source, row_key in rows.values_list("source", "row_key").distinct():
        found[source].add(row_key)
    return found


def _equal_rows(going: Going, changed: dict[str, set[str]]) -> int:
    """Compare these rows; how many. NotSwitched where one differs."""
    done = 0
    for mirror in mirrors(going.group):
        for part in _parts(sorted(changed.get(mirror.label, ()))):
            _equal(going, verify.verify([mirror], going.using, verify.Options(keys=tuple(part))).run)
            done += len(part)
            if going.switch.frozen_at is not None:
                _in_time(going, "What changed could not be compared in time: switch when less is written.")
    return done


def _equal(going: Going, run: VerifyRun) -> None:
    """Before the pause, what always had a change in flight is left to the comparison in it, which looks at all that has
    changed meanwhile."""
    unsettled = run.unsettled if going.switch.frozen_at is not None else 0
    if run.status != "completed" or run.mismatches or unsettled:
        raise NotSwitched(
            f"Verification {run.pk} found {run.mismatches} differences, and {run.unsettled} keys could not be judged."
        )


def _parts(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[at : at + _MANY] for at in range(0, len(keys), _MANY))


def _raise_sequence(connection: Any, model: type[models.Model]) -> None:
    """PostgreSQL: never down, as numbers may have been drawn that no row has."""
    pk = model._meta.pk
    if not isinstance(pk, models.AutoField):
        return
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        table = quote(model._meta.db_table)
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, pk.column])
        (sequence,) = cursor.fetchone()
        if sequence is None:
            return
        highest = f"(SELECT COALESCE(MAX({quote(pk.column)}), 1) FROM {table})"  # noqa: S608 - names, quoted
        last = f"(SELECT last_value FROM {sequence})"  # noqa: S608
        cursor.execute(f"SELECT setval(%s, GREATEST({highest}, {last}))", [sequence])


__all__ = [
    "JOURNAL",
    "STEPS",
    "Going",
    "NotSwitched",
    "Step",
    "check_back",
    "compare_back",
    "drain_back",
    "freeze",
    "journalled",
    "thaw",
    "tidy_back",
]
