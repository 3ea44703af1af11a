"""Whether the triggers that migrations have installed are there, word for word, and whether they fire.

SQLite makes a table anew for many a change, and drops the triggers that another model has on it; a restored dump or a
tool for schema changes may leave them out. So they are looked at after every migrate, and put back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import NotSupportedError, connections, transaction
from django.db.migrations.loader import MigrationLoader

from dynamo_models.mirror.capture import dialects
from dynamo_models.mirror.capture.dialects import Trigger
from dynamo_models.mirror.capture.index import VENDORS, CaptureTrigger
from dynamo_models.mirror.log.models import Change
from dynamo_models.mirror.registration import Mirror

_LISTED = {
    # What is compared: the text of the function, of the trigger's body, of the whole statement.
    "postgresql": (
        "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
        "JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' "
        "AND pg_table_is_visible(c.oid)"
    ),
    "mysql": (
        "SELECT trigger_name, action_statement FROM information_schema.triggers WHERE trigger_schema = DATABASE() "
        "UNION ALL SELECT table_name, '' FROM information_schema.tables WHERE table_schema = DATABASE() "
        "AND table_name LIKE 'dynamo_truncate_%'"
    ),
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
}


@dataclass(kw_only=True)
class Found:
    """Triggers beside what migrations say: right, not there, or there with another text."""

    right: list[str] = field(default_factory=list)
    not_there: list[Trigger] = field(default_factory=list)
    altered: list[Trigger] = field(default_factory=list)

    @property
    def wrong(self) -> list[Trigger]:
        return [*self.not_there, *self.altered]


def migrated(using: str) -> list[Trigger]:
    """The triggers that the migrations applied to this database have installed."""
    loader = MigrationLoader(connections[using], ignore_no_migrations=True)
    applied = [node for node in loader.graph.nodes if node in loader.applied_migrations]
    state = loader.graph.make_state(nodes=applied, at_end=True)
    return [
        index.trigger
        for model in state.models.values()
        for index in model.options.get("indexes", ())
        if isinstance(index, CaptureTrigger)
    ]


def look(using: str, expected: Iterable[Trigger] | None = None) -> Found:
    """Compare what is installed with what migrations say."""
    connection = connections[using]
    found = Found()
    if connection.vendor not in VENDORS:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_LISTED[connection.vendor])
        texts = dict(cursor.fetchall())
    for trigger in migrated(using) if expected is None else expected:
        wanted = _text(connection.vendor, trigger)
        if wanted is None or _same(texts.get(trigger.name), wanted):
            found.right.append(trigger.name)
        elif trigger.name in texts:
            found.altered.append(trigger)
        else:
            found.not_there.append(trigger)
    return found


def unseen(using: str) -> list[str]:
    """Foreign keys of captured tables by which the database itself changes rows without a trigger's seeing it."""
    connection = connections[using]
    if connection.vendor != "mysql":
        return []  # the others fire triggers for that as well
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, constraint_name, delete_rule, update_rule "
            "FROM information_schema.referential_constraints "
            "WHERE constraint_schema = DATABASE() AND table_name NOT LIKE 'dynamo_truncate_%%' "
            "AND (delete_rule IN ('CASCADE', 'SET NULL') OR update_rule IN ('CASCADE', 'SET NULL'))"
        )
        rows = cursor.fetchall()
    captured = {trigger.table for trigger in migrated(using)}
    return [
        f"{table}: the foreign key {name} has ON DELETE {delete} ON UPDATE {update}, which fires no trigger here."
        for table, name, delete, update in rows
        if table in captured
    ]


def put_back(using: str) -> list[str]:
    """Install what is missing or altered; their names. NotSupportedError where the database writes rows unseen."""
    connection = connections[using]
    if found := unseen(using):
        raise NotSupportedError(f"{' '.join(found)} Use Django's on_delete instead, or remove the mirror of it.")
    wrong = look(using).wrong
    for trigger in wrong:
        with connection.cursor() as cursor:
            for statement in dialects.create(connection.vendor, trigger):
                cursor.execute(statement)
    return [trigger.name for trigger in wrong]


def fires(mirror: Mirror, using: str) -> bool | None:
    """Whether a write to the model's table reaches the log, tried and rolled back; None where the table is empty."""
    rows = mirror.model._base_manager.using(using)
    pk = rows.order_by("pk").values_list("pk", flat=True).first()
    if pk is None:
        return None
    log = Change.objects.using(using).filter(source=mirror.label)
    with transaction.atomic(using=using):
        before = log.order_by("-seq").values_list("seq", flat=True).first() or 0
        rows.filter(pk=pk).update(**{_untouched(mirror): _value(mirror, using, pk)})
        fired = log.filter(seq__gt=before).exists()
        transaction.set_rollback(True, using=using)
    return fired


def _untouched(mirror: Mirror) -> str:
    """A column to write as it is: any but those of the key, where there is one."""
    fields = mirror.model._meta.local_concrete_fields
    return next((each.attname for each in fields if not each.primary_key), fields[0].attname)


def _value(mirror: Mirror, using: str, pk: object) -> object:
    return mirror.model._base_manager.using(using).filter(pk=pk).values_list(_untouched(mirror), flat=True).get()


def _text(vendor: str, trigger: Trigger) -> str | None:
    """The part of the trigger that the catalog gives back; None for one that this database has not."""
    statements = dialects.create(vendor, trigger)
    if not statements:
        return None
    if vendor == "postgresql":
        return statements[0].split("$dynamo$")[1]
    if vendor == "mysql":
        return "" if trigger.event == "truncate" else statements[-1].split(" FOR EACH ROW ", 1)[1]
    return statements[-1]


def _same(stored: str | None, wanted: str) -> bool:
    return stored is not None and " ".join(stored.split()) == " ".join(wanted.split())
