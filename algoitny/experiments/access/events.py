"""Events: appended, one by one or in batches, and read by user, experiment or type."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from algoitny.experiments import ids
from algoitny.experiments.access.paging import PAGE, between, page
from algoitny.experiments.items import EVENTS_KEPT, Assignment, Event
from algoitny.experiments.tables import events
from algoitny.keyset import Page
from dynamo_models import now


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """What happened. timestamp: now where it is not given."""

    user_id: str
    event_type: str
    data: Any
    experiment_id: str | None = None
    timestamp: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What came of one variation: how many users were assigned, how many of them converted, by how many events."""

    variation: str
    assigned: int
    converted: int
    events: int

    @property
    def rate(self) -> float:
        return self.converted / self.assigned if self.assigned else 0.0


class Events:
    def create_event(
        self,
        user_id: str,
        event_type: str,
        data: Any,
        experiment_id: str | None = None,
        *,
        timestamp: datetime | None = None,
        kept: timedelta = EVENTS_KEPT,
    ) -> Event:
        new = NewEvent(
            user_id=user_id, event_type=event_type, data=data, experiment_id=experiment_id, timestamp=timestamp
        )
        event = _event(new, kept)
        event.save()
        return event

    def create_events(self, new: Iterable[NewEvent], *, kept: timedelta = EVENTS_KEPT) -> list[Event]:
        """Write events in batches of 25; what comes back unprocessed is tried again with growing, jittered delay.

        BatchIncomplete, with those in ``unwritten``, where that goes on too long. Writing the same again is harmless:
        their ids are theirs.
        """
        made = [_event(each, kept) for each in new]
        events.put_all(made)
        return made

    def get_event(self, event_id: str | UUID, timestamp: datetime) -> Event | None:
        return Event.objects.filter(id=ids.read(event_id), timestamp=timestamp).first()

    def get_user_events(
        self,
        user_id: str,
        *,
        event_type: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = PAGE,
        cursor: str | None = None,
    ) -> Page[Event]:
        """event_type: those of this type alone, which is looked at after the read."""
        found = Event.objects.by_user(user_id=user_id, **between("timestamp", since, until))
        found = found if event_type is None else found.filter(event_type=event_type)
        return page(found.order_by("-timestamp"), limit, cursor)

    def get_experiment_events(
        self,
        experiment_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = PAGE,
        cursor: str | None = None,
    ) -> Page[Event]:
        found = Event.objects.by_experiment(experiment_id=experiment_id, **between("timestamp", since, until))
        return page(found.order_by("-timestamp"), limit, cursor)

    def get_events_by_type(
        self,
        event_type: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = PAGE,
        cursor: str | None = None,
    ) -> Page[Event]:
        found = Event.objects.by_type(event_type=event_type, **between("timestamp", since, until))
        return page(found.order_by("-timestamp"), limit, cursor)

    def conversions(self, experiment_id: str, event_type: str, *, since: datetime, until: datetime) -> list[Conversion]:
        """For each variation that somebody has: who did something of this type in that time, each counted once.

        It reads the experiment's assignments and its events of the time, whatever their type.
        """
        variations = {
            each.user_id: each.variation
            for each in Assignment.objects.by_experiment(experiment_id=experiment_id).only("user_id", "variation")
        }
        asked = Event.objects.by_experiment(experiment_id=experiment_id, timestamp__gte=since, timestamp__lt=until)
        done = Counter(each.user_id for each in asked.filter(event_type=event_type).only("user_id"))
        assigned = Counter(variations.values())
        converted = Counter(variations[user] for user in done if user in variations)
        count: Counter[str] = Counter()
        for user, number in done.items():
            if user in variations:
                count[variations[user]] += number
        return [
            Conversion(variation=each, assigned=assigned[each], converted=converted[each], events=count[each])
            for each in sorted(assigned)
        ]


def _event(new: NewEvent, kept: timedelta) -> Event:
    at = new.timestamp or now()
    return Event(
        timestamp=at,
        timestamp_epoch=int(at.timestamp()),
        user_id=new.user_id,
        event_type=new.event_type,
        data=new.data,
        experiment_id=new.experiment_id,
        ttl=now() + kept,
    )
