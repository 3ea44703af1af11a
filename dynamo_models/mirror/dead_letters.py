"""What cannot be mirrored as it is: shown with its reason, tried again, or given up until it next changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dynamo_models.mirror.log.models import Change, Failure
from dynamo_models.mirror.transactions import writing


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A row of the log that waits for a person."""

    source: str
    row_key: str
    attempts: int
    reason: str
    since: datetime

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"since": self.since.isoformat()}


def listed(using: str = "default") -> list[DeadLetter]:
    """All of them, oldest first."""
    columns = ("source", "row_key", "attempts", "reason")
    rows = _dead(using, None).order_by("first_at", "pk").values(*columns, since=F("first_at"))
    return [DeadLetter(**row) for row in rows]


def retry(using: str = "default", rows: Sequence[tuple[str, str]] | None = None) -> int:
    """Let these (source, row key) be tried again at once, or all; how many."""
    return _dead(using, rows).update(dead=False, attempts=0, not_before=timezone.now())


def drop(using: str = "default", rows: Sequence[tuple[str, str]] | None = None) -> int:
    """Give these up, or all: their changes so far leave the log. How many."""
    with writing(using):
        dead = list(_dead(using, rows).values_list("pk", "source", "row_key", "seq"))
        for _, source, row_key, seq in dead:
            Change.objects.using(using).filter(source=source, row_key=row_key, seq__lte=seq).delete()
        Failure.objects.using(using).filter(pk__in=[pk for pk, *_ in dead]).delete()
    return len(dead)


def _dead(using: str, rows: Sequence[tuple[str, str]] | None) -> QuerySet[Failure]:
    found = Failure.objects.using(using).filter(dead=True)
    if rows is None:
        return found
    return found.filter(reduce(or_, (Q(source=source, row_key=row_key) for source, row_key in rows), Q(pk__in=[])))
