"""Whether anything was written, or can be, that the mirror has not seen: what a stage's guard and a status ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q
from django.utils import timezone

from dynamo_models.mirror.capture import installed
from dynamo_models.mirror.log.runs import VerifyRun
from dynamo_models.mirror.log.unseen import Unseen
from dynamo_models.mirror.registration import mirrors


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Statements of one kind at one place that wrote past a mirror, and that no full verification has settled."""

    source: str
    table: str
    verb: str
    place: str
    count: int
    last_at: datetime

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"last_at": self.last_at.isoformat()}


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What the mirror has not seen, or would not. triggers: names of those that are missing or altered. foreign_keys:
    sentences about those by which the database writes unseen."""

    statements: list[Alarm]
    triggers: list[str]
    foreign_keys: list[str]

    @property
    def reasons(self) -> list[str]:
        """A sentence for each, with what to do; none where nothing is hidden from the mirror."""
        found = [
            f"{each.verb} of {each.table} at {each.place} passed the mirror of {each.source} by, {each.count} times, "
            f"at last at {each.last_at:%Y-%m-%d %H:%M:%S}: `manage.py dynamo_verify --repair`, then `dynamo_verify`, "
            "settles it."
            for each in self.statements
        ]
        found += [
            f"The trigger {name} is missing or altered: `manage.py migrate` puts it back, `dynamo_verify --repair` "
            "makes right what was missed."
            for name in self.triggers
        ]
        return [*found, *(f"{each} Use Django's on_delete instead." for each in self.foreign_keys)]

    def as_dict(self) -> dict[str, Any]:
        return {
            "statements": [each.as_dict() for each in self.statements],
            "triggers": self.triggers,
            "foreign_keys": self.foreign_keys,
        }


def sight(using: str = "default") -> Sight:
    """Of either tier. It reads the catalog and one small table: some milliseconds."""
    return Sight(
        statements=unsettled(using),
        triggers=[each.name for each in installed.look(using).wrong],
        foreign_keys=installed.unseen(using),
    )


def unsettled(using: str = "default") -> list[Alarm]:
    """All of them, the latest first. A full verification that begins after them and finds nothing settles them."""
    found = (
        Unseen.objects.using(using)
        .filter(settled_at=None)
        .order_by()
        .values("source", "table", "verb", "place")
        .annotate(count=Count("pk"), last_at=Max("at"))
        .order_by("-last_at")
    )
    return [Alarm(**each) for each in found]


def about(labels: Iterable[str]) -> Q:
    """Those of these mirrors."""
    return Q(source__in=list(labels))


def take_up(run: VerifyRun, labels: Iterable[str], using: str) -> None:
    """A full verification of these mirrors begins: it settles what is written and committed by now, and what is of
    models that are mirrored no longer."""
    chosen = about(labels) | ~about(each.label for each in mirrors())
    Unseen.objects.using(using).filter(chosen, settled_at=None).update(run=run)


def settle(run: VerifyRun, using: str) -> int:
    """It has found no difference; how many are settled by that."""
    return Unseen.objects.using(using).filter(run=run, settled_at=None).update(settled_at=timezone.now())
