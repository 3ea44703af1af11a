"""What has to be true before a group takes a step up; each says what is missing, and the command that provides it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, router
from django.utils import timezone

from dynamo_models import conf
from dynamo_models.cutover.aliases import other_alias, sql_alias
from dynamo_models.cutover.evidence import Evidence
from dynamo_models.cutover.router import Router
from dynamo_models.cutover.stages import DYNAMODB, Place, Stage
from dynamo_models.cutover.state import state_of
from dynamo_models.errors import DefinitionError, DynamoModelsError
from dynamo_models.mirror.backfill.control import check_tables
from dynamo_models.mirror.capture import installed
from dynamo_models.mirror.log.runs import VerifyRun
from dynamo_models.mirror.registration import mirrors

VERIFIED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a guard says. said: what is there, or what is missing. command: what provides it, where a command does."""

    guard: str
    ok: bool
    said: str
    command: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


Guard = Callable[[Evidence], Finding]


def tables_there(known: Evidence) -> Finding:
    """DynamoDB has the tables that the items are in, and their definitions can be used."""
    try:
        for mirror in known.mirrors:
            check_tables(mirror)
    except (DynamoModelsError, DefinitionError) as error:
        return _refused("tables", str(error), "manage.py dynamo_tables apply")
    return _fine("tables", "The tables are there.")


def triggers_installed(known: Evidence) -> Finding:
    """The database has the triggers that the models want, word for word."""
    if found := installed.unseen(known.using):
        return _refused("triggers", " ".join(found))
    wrong = [trigger.name for trigger in known.triggers.wrong]
    if wrong:
        said = f"Triggers are missing or not as the models want them: {', '.join(wrong)}."
        return _refused("triggers", said, f"manage.py makemigrations && manage.py migrate{_database(known)}")
    seen_by_orm = [mirror.label for mirror in known.mirrors if mirror.capture == "orm"]
    said = f" Writes to {', '.join(seen_by_orm)} are seen by the ORM alone." if seen_by_orm else ""
    return _fine("triggers", f"{len(known.triggers.right)} triggers are there.{said}")


def triggers_fire(known: Evidence) -> Finding:
    """A write, tried and rolled back, reaches the log."""
    silent = [
        mirror.label
        for mirror in known.mirrors
        if mirror.capture == "triggers" and installed.fires(mirror, known.using) is False
    ]
    if silent:
        said = f"A write to {', '.join(silent)} does not reach the change log: are its triggers disabled?"
        return _refused("firing", said, f"manage.py migrate{_database(known)}")
    return _fine("firing", "Writes reach the change log.")


def nothing_unseen(known: Evidence) -> Finding:
    """No statement has written past the mirror that a full verification has not settled since."""
    if known.unseen:
        said = f"{known.unseen} statements wrote past the mirror since the last full verification."
        return _refused("unseen", said, _verify(known))
    return _fine("unseen", "No write was seen to pass the mirror by.")


def mapping_unchanged(known: Evidence) -> Finding:
    """The mirrors are what they were when the group came to ``mirror``, before its backfill."""
    if known.row.mapping != known.mapping:
        said = "The mapping is not the one that the group was mirrored by: its items have to be made again."
        return _refused("mapping", said, _cutover(known, "mirror"))
    return _fine("mapping", "The mapping is the one that items are made by.")


def backfill_completed(known: Evidence) -> Finding:
    """Every mirror has a backfill that began after all writes were seen, and came to its end."""
    since = known.row.captured_at
    missing = []
    for label, run in known.backfills.items():
        if run is None:
            missing.append(f"{label} was never backfilled")
        elif since is None or run.started_at < since:
            missing.append(f"backfill {run.pk} of {label} began before its writes were mirrored in this way")
        elif run.status != "completed":
            missing.append(f"backfill {run.pk} of {label} is {run.status}")
    if missing:
        said = f"{'; '.join(missing)}."
        return _refused("backfill", said, f"manage.py dynamo_backfill --group {known.group}{_database(known)}")
    return _fine("backfill", "Every row that was there is mirrored.")


def no_dead_letters(known: Evidence) -> Finding:
    """Nothing is left that cannot be mirrored."""
    if known.dead:
        said = f"{known.dead} rows cannot be mirrored as they are."
        return _refused("dead letters", said, f"manage.py dynamo_relay dead{_database(known)}")
    return _fine("dead letters", "There are no dead letters.")


def lag_bounded(known: Evidence) -> Finding:
    """The mirror is not further behind than the setting LAG says."""
    most = conf.cutover_settings().lag
    if known.lag > most:
        said = f"The oldest change has waited for {known.lag:,.1f} s; {most:g} s are the most."
        return _refused("lag", said, f"manage.py dynamo_relay{_database(known)}")
    return _fine("lag", f"The mirror is {known.lag:,.1f} s behind.")


def verified(known: Evidence) -> Finding:
    """A full verification without a difference, less than a day old, begun after the backfill."""
    command = _verify(known)
    if known.verify is None:
        return _refused("verify", "No full verification of all its models has come to its end.", command)
    name = f"verification {known.verify.pk}"
    for holds, said, repairs in _of_verification(known, known.verify, name):
        if not holds:
            return _refused("verify", said, f"{command} --repair && {command}" if repairs else command)
    return _fine("verify", f"In {name} no difference was found.")


def _of_verification(known: Evidence, run: VerifyRun, name: str) -> Iterator[tuple[bool, str, bool]]:
    """What has to hold of it, what is said where it does not, and whether a repair comes first."""
    ends = [each.ended_at for each in known.backfills.values() if each is not None and each.ended_at is not None]
    since = known.row.captured_at
    yield (
        since is not None and all(run.started_at >= each for each in (since, *ends)),
        f"The last, {name}, began before the backfill had ended.",
        False,
    )
    yield timezone.now() - run.started_at <= VERIFIED_WITHIN, f"The last, {name}, is more than a day old.", False
    differs = f"{run.mismatches} differences were found in {name}, and {run.unsettled} keys could not be judged."
    yield not run.mismatches and not run.unsettled, differs, True
    yield not known.found_since, f"{known.found_since} differences were found since {name}, and are not repaired.", True
    read = known.last_mismatch
    yield (
        read is None or run.started_at >= read.at,
        f"A read was answered differently after {name} had begun: {read.what if read else ''}",
        False,
    )


def reads_compared(known: Evidence) -> Finding:
    """Enough reads were compared at the group's place, without a difference, and nearly all could be judged."""
    tally, wanted = known.reads, conf.cutover_settings().compared_reads
    command = f"manage.py dynamo_status {known.group}"
    if tally.counts["different"]:
        return _refused("reads", f"{tally.counts['different']} reads were answered differently.", command)
    if tally.compared < wanted:
        said = f"{tally.compared:,} of {wanted:,} reads were compared since the group came here: it takes traffic."
        return _refused("reads", said, command)
    if tally.counts["unsettled"] > tally.compared * _MOST_UNSETTLED:
        said = (
            f"{tally.counts['unsettled']:,} of {tally.compared:,} comparisons could not be told from changes in flight."
        )
        return _refused("reads", said, command)
    return _fine("reads", f"{tally.compared:,} reads were compared, and none was different.")


def healthy(known: Evidence) -> Finding:
    """DynamoDB has answered without many errors, and fast enough, in the last minutes."""
    if said := unhealthy(known):
        return _refused("health", said, f"manage.py dynamo_status {known.group}")
    return _fine("health", "Errors and latencies of DynamoDB are within their bounds.")


def unhealthy(known: Evidence) -> str:
    """What is past its bound, as a sentence; empty where nothing is."""
    settings, tally = conf.cutover_settings(), known.recent
    latency, errors = tally.latency("dynamodb"), tally.counts["errors_dynamodb"]
    asked = max(latency.count + errors, tally.counts["served_dynamodb"])
    if errors >= _FEW_ERRORS and errors > asked * settings.errors:
        return f"{errors:,} of {asked:,} reads of DynamoDB failed; {settings.errors:.2%} are the most."
    slowest = latency.quantile(0.99)
    if latency.count >= _ENOUGH and slowest is not None and slowest > settings.p99:
        return f"The slowest 1 % of DynamoDB's answers took {slowest:.3f} s or more; {settings.p99:g} s are the most."
    return ""


def children_first(known: Evidence) -> Finding:
    """Every group whose foreign keys point into this one has switched: SQL would refuse a child whose parent is still
    on its way back there."""
    waiting = sorted(group for group in _pointing(known) if state_of(group, known.using).place.authority != "dynamodb")
    if waiting:
        said = f"Rows of {', '.join(waiting)} refer to rows of {known.group}: they switch first."
        return _refused("order", said, _cutover_of(waiting[0], "dynamodb", known))
    return _fine("order", "No group that SQL writes refers to this one.")


def parents_back_first(known: Evidence) -> Finding:
    """On the way back: every group that this one's foreign keys point into is back."""
    waiting = sorted(
        group for group in _pointed_at(known) if state_of(group, known.using).place.authority == "dynamodb"
    )
    if waiting:
        said = f"Rows of {known.group} refer to rows of {', '.join(waiting)}: they go back first."
        return _refused("order", said, _cutover_of(waiting[0], "reading", known))
    return _fine("order", "SQL has authority of all that this group refers to.")


def neighbours_there(known: Evidence) -> Finding:
    """Every group that refers to this one, or that it refers to, has switched: SQL, which stays as it is from then on,
    would refuse what refers to newer rows."""
    near = _pointing(known) | _pointed_at(known)
    waiting = sorted(group for group in near if state_of(group, known.using).place.rank < DYNAMODB.rank)
    if waiting:
        said = f"{', '.join(waiting)} and {known.group} refer to one another: they switch first."
        return _refused("neighbours", said, _cutover_of(waiting[0], "dynamodb", known))
    return _fine("neighbours", "DynamoDB has authority of all that this group refers to, and of what refers to it.")


def alias_there(known: Evidence) -> Finding:
    """The application reaches DynamoDB through Django: there is an alias, a router, and their SQL side is this one."""
    alias = other_alias()
    if alias is None:
        return _refused("alias", "DATABASES has no alias whose ENGINE is dynamo_models.backend: nobody could write.")
    if sql_alias() != known.using:
        return _refused("alias", f"The alias {alias} is of {sql_alias()}, and not of {known.using}.")
    if not any(isinstance(each, Router) for each in router.routers):
        return _refused("alias", 'DATABASE_ROUTERS has no "dynamo_models.cutover.Router": writes would go to SQL.')
    return _fine("alias", f"Reads and writes go by {alias}.")


def seen_by_triggers(known: Evidence) -> Finding:
    """Every write to SQL is seen by triggers: where the ORM alone tells, no moment is known after which none comes."""
    seen_by_orm = [mirror.label for mirror in known.mirrors if mirror.capture == "orm"]
    if seen_by_orm:
        return _refused("capture", f"Writes to {', '.join(seen_by_orm)} are seen by the ORM alone: no switch is safe.")
    return _fine("capture", "Every write to SQL is seen by triggers.")


def _pointing(known: Evidence) -> set[str]:
    models = {mirror.model for mirror in known.mirrors}
    return {
        mirror.group
        for mirror in mirrors()
        if mirror.group != known.group
        and any(field.related_model in models for field in mirror.model._meta.fields if field.is_relation)
    }


def _pointed_at(known: Evidence) -> set[str]:
    groups = {mirror.model: mirror.group for mirror in mirrors()}
    found = {
        groups.get(field.related_model)  # type: ignore[arg-type]
        for mirror in known.mirrors
        for field in mirror.model._meta.fields
        if field.is_relation
    }
    return {group for group in found if group is not None and group != known.group}


_MOST_UNSETTLED = 0.01
_FEW_ERRORS = 3  # fewer are chance
_ENOUGH = 100  # answers that a 99th percentile is taken of

_CAPTURE: tuple[Guard, ...] = (tables_there, triggers_installed, nothing_unseen)
_MIRRORED: tuple[Guard, ...] = (*_CAPTURE, mapping_unchanged, no_dead_letters)
_COMPARED: tuple[Guard, ...] = (*_MIRRORED, lag_bounded, verified)
GUARDS: dict[Stage, tuple[Guard, ...]] = {
    Stage.MIRROR: (tables_there, triggers_installed, triggers_fire),
    Stage.BACKFILLED: (*_MIRRORED, triggers_fire, backfill_completed),
    Stage.VERIFIED: _COMPARED,
    Stage.SHADOW: _COMPARED,
    Stage.READING: (*_COMPARED, triggers_fire, reads_compared, healthy),
    Stage.DYNAMODB: (
        *(*_COMPARED, triggers_fire, reads_compared, healthy),
        *(seen_by_triggers, alias_there, children_first),
    ),
    Stage.FINAL: (verified, neighbours_there),
    Stage.COMPLETE: (),
}
"""Of a step to each stage, and within ``reading`` to a larger share. The switch adds its own."""
BACK: tuple[Guard, ...] = (tables_there, triggers_installed, mapping_unchanged, verified, parents_back_first)
"""Of the way back to SQL."""

_WRITING: frozenset[Guard] = frozenset({triggers_fire})


def also(stage: Stage | None, *guards: Guard) -> None:
    """Add guards of a step to a stage, or of the way back."""
    global BACK  # noqa: PLW0603 - one list for a process
    if stage is None:
        BACK += tuple(each for each in guards if each not in BACK)
    else:
        GUARDS[stage] += tuple(each for each in guards if each not in GUARDS[stage])


def check(known: Evidence, to: Place, *, probing: bool = True) -> list[Finding]:
    """What each guard of a step up, or of the way back to SQL, says. probing: False leaves out those that try a
    write."""
    guards: Iterable[Guard] = BACK if to.rank < known.state.place.rank else GUARDS[to.stage]
    return [guard(known) for guard in guards if probing or guard not in _WRITING]


def _fine(guard: str, said: str) -> Finding:
    return Finding(guard=guard, ok=True, said=said)


def _refused(guard: str, said: str, command: str = "") -> Finding:
    return Finding(guard=guard, ok=False, said=said, command=command)


def _database(known: Evidence) -> str:
    return "" if known.using == DEFAULT_DB_ALIAS else f" --database {known.using}"


def _verify(known: Evidence) -> str:
    return f"manage.py dynamo_verify --group {known.group}{_database(known)}"


def _cutover(known: Evidence, stage: str) -> str:
    return _cutover_of(known.group, stage, known)


def _cutover_of(group: str, stage: str, known: Evidence) -> str:
    return f"manage.py dynamo_cutover {group} --to {stage}{_database(known)}"
