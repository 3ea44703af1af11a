"""What a trigger would log of a row, said in Python: see ``capture.dialects`` for the same in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connections, models

from dynamo_models.mirror.capture.columns import Column, kept_values, text_of_values
from dynamo_models.mirror.capture.dialects import Trigger
from dynamo_models.mirror.log.models import Change
from dynamo_models.mirror.watch.rows import Row

AT_ONCE = 500  # log rows in one statement

Fields = Mapping[str, models.Field[Any, Any]]


class Log:
    """The change log for the rows of one table. Appended to while they are locked, so that numbers are in order."""

    def __init__(self, using: str, fields: Fields) -> None:
        self._using, self._fields = using, fields
        self._native = connections[using].features.has_native_uuid_field

    def append(self, triggers: Sequence[Trigger], pairs: Sequence[tuple[Row | None, Row | None]]) -> None:
        """Log rows as they were and as they are; None where there was none, or is none."""
        rows = [each for old, new in pairs for trigger in triggers for each in self._of(trigger, old, new)]
        Change.objects.using(self._using).bulk_create(rows, batch_size=AT_ONCE)

    def _of(self, trigger: Trigger, old: Row | None, new: Row | None) -> Iterator[Change]:
        if old is None or new is None:
            row = new if old is None else old
            if row is not None:
                kept = self._kept(trigger.old, old) if old is not None else None
                yield Change(source=trigger.source, row_key=self._key(trigger, row), old=kept)
            return
        if trigger.only and not _differ(trigger.only, old, new):
            return
        before, after = self._key(trigger, old), self._key(trigger, new)
        if before != after:
            yield Change(source=trigger.source, row_key=before, old=self._kept(trigger.old, old))
        kept = self._kept(trigger.old, old) if _differ(trigger.old, old, new) else None
        yield Change(source=trigger.source, row_key=after, old=kept)

    def _key(self, trigger: Trigger, row: Row) -> str:
        names = [each.name for each in trigger.key]
        values = [row[name] for name in names]
        return text_of_values([self._fields[name] for name in names], values, native_uuid=self._native)

    @staticmethod
    def _kept(columns: Sequence[Column], row: Row) -> str | None:
        return kept_values(row[each.name] for each in columns) if columns else None


def _differ(columns: Sequence[Column], old: Row, new: Row) -> bool:
    return any(old[each.name] != new[each.name] for each in columns)
