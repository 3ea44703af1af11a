"""What has to be true besides before authority moves, and before its way back ends: that nothing is in the way."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DEFAULT_DB_ALIAS, connections

from dynamo_models import conf
from dynamo_models.backend.errors import NotServed
from dynamo_models.backend.rows import writable
from dynamo_models.cutover import guards
from dynamo_models.cutover.evidence import Evidence
from dynamo_models.cutover.guards import Finding
from dynamo_models.cutover.records import GroupStep
from dynamo_models.cutover.stages import Stage
from dynamo_models.cutover.state import state_of
from dynamo_models.errors import DynamoModelsError
from dynamo_models.mirror.capture.index import VENDORS
from dynamo_models.mirror.registration import mirrors
from dynamo_models.streams.following import lag
from dynamo_models.streams.handlers import handlers_of
from dynamo_models.streams.reading import Stream
from dynamo_models.switch import archive
from dynamo_models.switch.returning import outside
from dynamo_models.switch.returning.apply import waiting
from dynamo_models.switch.returning.reader import tables

VIEW = "NEW_AND_OLD_IMAGES"


def streams_there(known: Evidence) -> Finding:
    """Every table has a stream with both images, by which what is written comes back."""
    for table in tables(known.group):
        if table.pk.type != "S" or (table.sk is not None and table.sk.type != "S"):
            said = f"{table.name}: its keys are not text, and no canary can be put there."
            return Finding(guard="streams", ok=False, said=said)
        try:
            stream = Stream(table)
            stream.shards()
        except DynamoModelsError as error:
            command = "manage.py dynamo_tables apply"
            return Finding(guard="streams", ok=False, said=str(error), command=command)
        if stream.view not in {None, VIEW}:
            said = f"The stream of {table.endpoint_name} has {stream.view}: it takes new and old images."
            return Finding(guard="streams", ok=False, said=said, command="manage.py dynamo_tables apply")
    return Finding(guard="streams", ok=True, said="Every table has a stream.")


def handlers_told(known: Evidence) -> Finding:
    """Who keeps something up from a table's stream is not further behind than the setting LAG says: what it keeps is
    what is looked at from then on."""
    most = conf.cutover_settings().lag
    for table in tables(known.group):
        if not any(handlers_of(table)):
            continue
        command = f"manage.py dynamo_streams{_database(known)}"
        try:
            behind = lag(table, using=known.using)
        except DynamoModelsError as error:
            return Finding(guard="handlers", ok=False, said=str(error), command=command)
        if behind > most:
            said = (
                f"Handlers of {table.endpoint_name} have not been told of what was written {behind:,.1f} s ago; "
                f"{most:g} s are the most."
            )
            return Finding(guard="handlers", ok=False, said=said, command=command)
    return Finding(guard="handlers", ok=True, said="Handlers of streams are told of what is written.")


def rows_come_back(known: Evidence) -> Finding:
    """Items tell whole rows, and are made of nothing that SQL goes on writing."""
    said = " ".join(_not_whole(known))
    return Finding(guard="rows", ok=not said, said=said or "Items tell whole rows.")


def gates_possible(known: Evidence) -> Finding:
    """The database is one of those that can refuse writers."""
    vendor = connections[known.using].vendor
    if vendor not in VENDORS:
        return Finding(guard="gates", ok=False, said=f"{vendor} cannot be kept from writing: no switch is safe there.")
    return Finding(guard="gates", ok=True, said="SQL can be kept from writing.")


def nothing_returning(known: Evidence) -> Finding:
    """What DynamoDB has is in SQL."""
    left = waiting(known.using, [known.group])
    stuck = left.exclude(reason="").first()
    if stuck is not None:
        said = f"{stuck.source} {stuck.row_key} does not come back: {stuck.reason}"
        return Finding(guard="returning", ok=False, said=said, command=f"manage.py dynamo_status {known.group}")
    return Finding(guard="returning", ok=True, said=f"{left.count()} keys are on their way back, and none is stuck.")


def nothing_outside_refers(known: Evidence) -> Finding:
    """No table that stays in SQL has a foreign key into the group's: SQL would refuse what refers to newer rows."""
    said = [each for mirror in known.mirrors for each in outside(mirror)]
    if said:
        text = (
            f"{', '.join(said)} stay in SQL and refer to rows of {known.group}, of which SQL gets no new ones: mirror "
            "their models, or make these foreign keys with db_constraint=False."
        )
        return Finding(guard="outside", ok=False, said=text)
    return Finding(guard="outside", ok=True, said="No table that stays in SQL refers to the group's.")


def archived(known: Evidence) -> Finding:
    """The SQL side was exported since ``final``, and files and tables are what the manifest says."""
    command = (
        f"manage.py dynamo_archive {known.group} --to DIRECTORY{_database(known)} && "
        f"manage.py dynamo_cutover {known.group} --to complete --archive DIRECTORY{_database(known)}"
    )
    said = _archive_lacks(known)
    if said:
        return Finding(guard="archive", ok=False, said=said, command=command)
    return Finding(guard="archive", ok=True, said=f"The archive in {known.archive} is what SQL has.")


def _database(known: Evidence) -> str:
    return "" if known.using == DEFAULT_DB_ALIAS else f" --database {known.using}"


def _finished(known: Evidence) -> int:
    """The step of the history by which the group came to ``final``."""
    steps = GroupStep.objects.using(known.using).filter(group=known.group, action="move", to_stage=Stage.FINAL)
    return steps.order_by("-pk").values_list("pk", flat=True).first() or 0


def _archive_lacks(known: Evidence) -> str:
    if known.archive is None:
        return "The rows that SQL has are to be exported before, and the directory to be named."
    try:
        found = archive.read(known.archive)
        if found.step < _finished(known):
            return f"The archive in {known.archive} was not made since {known.group} is at {known.state.place}."
        return " ".join(archive.check(known.group, known.using, known.archive))
    except (archive.ArchiveError, OSError) as error:
        return str(error)


def _not_whole(known: Evidence) -> Iterator[str]:
    for mirror in known.mirrors:
        try:
            writable(mirror)
        except NotServed as refused:
            yield f"{refused.reason}."
        for dependency in mirror.dependencies:
            if dependency.target is not None:
                yield f"{mirror.label} is made of a many-to-many table, which is written in SQL alone."
                continue
            groups = {each.group for each in mirrors() if each.model is dependency.model}
            if not groups:
                name = dependency.model._meta.label_lower
                yield f"Items of {mirror.label} copy columns of {name}, which is not mirrored and stays in SQL."
            elif known.group not in groups and not any(_there(each, known) for each in groups):
                yield (
                    f"Items of {mirror.label} copy columns of group {', '.join(groups)}, which SQL writes: put them "
                    "into one group."
                )


def _there(group: str, known: Evidence) -> bool:
    return state_of(group, known.using).place.authority == "dynamodb"


def add() -> None:
    """Put them in their places among those of the stages."""
    guards.also(Stage.DYNAMODB, gates_possible, streams_there, handlers_told, rows_come_back)
    guards.also(Stage.FINAL, streams_there, nothing_returning, nothing_outside_refers)
    guards.also(Stage.COMPLETE, archived)
    guards.also(None, streams_there, nothing_returning)
