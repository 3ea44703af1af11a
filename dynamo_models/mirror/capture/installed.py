"""Whether the triggers that migrations have installed are there, word for word, and whether they fire.

SQLite makes a table anew for many a change, and drops the triggers that another model has on it; a restored dump or a
tool for schema changes may leave them out. So they are looked at after every migrate, and put back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import NotSupportedError, connections, transaction
from django.db.migrations.loader import MigrationLoader

from dynamo_models.mirror.capture import dialects
from dynamo_models.mirror.capture.dialects import Trigger
from dynamo_models.mirror.capture.index import VENDORS, CaptureTrigger
from dynamo_models.mirror.capture.plan import DEPENDENCY
from dynamo_models.mirror.direction import back
from dynamo_models.mirror.log.models import Change
from dynamo_models.mirror.registration import Mirror, mirrors
from dynamo_models.mirror.transactions import writing
from dynamo_models.mirror.watch.specs import specs

_LISTED = {
    # What is compared: the text of the function, of the trigger's body, of the whole statement.
    "postgresql": (
        # One for statements has no part in what a partition is written to by its own name, or by that of the whole.
        "SELECT t.tgname, CASE WHEN t.tgtype & 33 = 0 AND (c.relkind = 'p' OR c.relispartition) THEN 'for statements' "
        "ELSE p.prosrc END FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
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

_ACTING = {
    "postgresql": (
        "SELECT c.relname, k.conname, CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' "
        "WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END, CASE k.confupdtype WHEN 'c' THEN 'CASCADE' "
        "WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE 'NO ACTION' END "
        "FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid "
        "WHERE k.contype = 'f' AND pg_table_is_visible(c.oid)"
    ),
    "mysql": (
        "SELECT table_name, constraint_name, delete_rule, update_rule FROM information_schema.referential_constraints "
        "WHERE constraint_schema = DATABASE() AND table_name NOT LIKE 'dynamo_truncate_%'"
    ),
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
    for trigger in _kept(migrated(using), using) if expected is None else expected:
        wanted = _text(connection.vendor, trigger)
        if wanted is None or _same(texts.get(trigger.name), wanted):
            found.right.append(trigger.name)
        elif trigger.name in texts:
            found.altered.append(trigger)
        else:
            found.not_there.append(trigger)
    return found


def _kept(triggers: Iterable[Trigger], using: str) -> list[Trigger]:
    """Without those of mirrors that are over: who removed them says so."""
    over = {mirror.label for mirror in mirrors() if back().is_over(mirror, using)}
    return [each for each in triggers if each.source.partition(DEPENDENCY)[0] not in over]


def unseen(using: str) -> list[str]:
    """Foreign keys by which the database itself changes rows of captured tables without anybody's seeing it."""
    connection = connections[using]
    if connection.vendor not in VENDORS:
        return []
    tables = set(specs())
    # Triggers fire for that on the others.
    captured = {trigger.table for trigger in migrated(using)} | tables if connection.vendor == "mysql" else tables
    if not captured:
        return []
    return [
        f"{table}: the foreign key {name} has ON DELETE {delete} ON UPDATE {update}, which nothing here is told of."
        for table, name, delete, update in _acting(connection, captured)
        if table in captured
    ]


def _acting(connection: Any, tables: Iterable[str]) -> list[tuple[str, str, str, str]]:
    """(table, constraint, ON DELETE, ON UPDATE) of foreign keys that do something by themselves."""
    found = []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for table in sorted(tables):
                cursor.execute(f"PRAGMA foreign_key_list({connection.ops.quote_name(table)})")
                found += [(table, str(column), delete, update) for _, _, _, column, _, update, delete, _ in cursor]
        else:
            cursor.execute(_ACTING[connection.vendor])
            found = cursor.fetchall()
    passive = {"NO ACTION", "RESTRICT"}
    return [each for each in found if not passive.issuperset(each[2:])]


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
    with writing(using):
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
