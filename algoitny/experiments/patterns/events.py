"""The patterns of events."""

from uuid import UUID

from algoitny.catalogue import planned
from algoitny.experiments import sample
from algoitny.experiments.access import dynamodb_access as access
from algoitny.experiments.access.events import NewEvent
from algoitny.experiments.items import (
    Assignment,
    Event,
)
from algoitny.experiments.patterns.common import nothing, pattern, reads
from algoitny.experiments.sample import ANN, HOUR, START, TARGET

SINCE, UNTIL = START + 2 * HOUR, START + 6 * HOUR


def _new_event(number: int) -> Event:
    return planned.changed(sample.events()[0], id=UUID(int=100 + number))


def _new_events() -> list[NewEvent]:
    one = sample.events()[0]
    return [
        NewEvent(user_id=ANN, event_type=one.event_type, data=one.data, experiment_id=TARGET, timestamp=START)
        for _ in range(30)
    ]


EVENTS = [
    reads(
        "Get event by ID and timestamp",
        sample.events,
        lambda: Event.objects.filter(id=UUID(int=3), timestamp=START + 3 * HOUR),
        lambda: access.get_event(UUID(int=3), START + 3 * HOUR),
    ),
    reads(
        "Get all events for a user",
        sample.events,
        lambda: Event.objects.by_user(user_id=ANN),
        lambda: access.get_user_events(ANN),
    ),
    reads(
        "Get all events for a user in a time range",
        sample.events,
        lambda: Event.objects.by_user(user_id=ANN, timestamp__gte=SINCE, timestamp__lt=UNTIL),
        lambda: access.get_user_events(ANN, since=SINCE, until=UNTIL),
    ),
    reads(
        "Get all events for an experiment in a time range",
        sample.events,
        lambda: Event.objects.by_experiment(experiment_id=TARGET, timestamp__gte=SINCE, timestamp__lt=UNTIL),
        lambda: access.get_experiment_events(TARGET, since=SINCE, until=UNTIL),
    ),
    reads(
        "Get all events of a type since a time",
        sample.events,
        lambda: Event.objects.by_type(event_type="view", timestamp__gte=SINCE),
        lambda: access.get_events_by_type("view", since=SINCE),
    ),
    pattern(
        "Record an event",
        nothing,
        lambda _: [planned.create(sample.events()[0])],
        lambda: access.create_event(ANN, "purchase", {"page": "/problems/1000", "n": 0}, TARGET, timestamp=START),
    ),
    pattern(
        "Record 30 events",
        nothing,
        lambda _: planned.batch(*(planned.create(_new_event(n)) for n in range(30))),
        lambda: access.create_events(_new_events()),
    ),
    pattern(
        "Count the conversions of an experiment in a time range",
        lambda: [*sample.assignments(), *sample.events()],
        lambda there: [
            *planned.read(Assignment.objects.by_experiment(experiment_id=TARGET), there),
            *planned.read(
                Event.objects.by_experiment(experiment_id=TARGET, timestamp__gte=SINCE, timestamp__lt=UNTIL), there
            ),
        ],
        lambda: access.conversions(TARGET, "purchase", since=SINCE, until=UNTIL),
    ),
]
