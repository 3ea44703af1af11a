"""Chat analytics doing what they are for, on the endpoint that the settings name; again and again with the same end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from inspect import unwrap

from algoitny.chat import log, recounting, totals, writing
from algoitny.chat.items import DAY
from algoitny.chat.records import NewMessage
from algoitny.chat.spans import Span
from algoitny.chat.tables import messages
from dynamo_models import capture, streams

# Numbers that no problem and no user of AlgoItny comes to.
_MODULE, _STUDENTS = 9_000_001, (9_000_001, 9_000_002, 9_000_003)
_PROVIDERS = ("cases", "openai")
_NUMBER, _WRITERS = 60, 6
_NOON = datetime(2025, 1, 15, 12, tzinfo=UTC)
_SPAN = Span(_NOON.date(), _NOON.date() + timedelta(days=2))


def demonstrate() -> list[str]:
    """What was done, in a handful of lines. The tables have to be there, and SQL be migrated (positions in streams)."""
    given = [n for n in range(_NUMBER) for _ in range(1 + n % 3)]
    with ThreadPoolExecutor(_WRITERS) as pool:
        recorded = list(pool.map(_record, given))
    places = {(each.conversation_id, each.timestamp) for each in recorded}
    told = streams.consume(messages).told
    different = recounting.differences()
    with capture() as usage:
        by_day = unwrap(totals.of_module)(_MODULE, _SPAN, DAY)
        costs = unwrap(totals.of_providers)(_SPAN)
        silent = unwrap(totals.inactive_since)(_SPAN.last, limit=5)
    dearest = max(costs, key=lambda each: each.cost)
    latest = log.latest_of_student(_STUDENTS[0])
    again = len(given) - _NUMBER
    days = [f"{each.start} {each.messages} of {each.students}" for each in by_day]
    return [
        f"{_WRITERS} writers gave {len(given)} messages, {again} of them again, many at once: {len(places)} are kept",
        f"the stream told of {told}; the totals differ from a recount of the whole log in {len(different)} places",
        f"a module's messages and distinct students by day: {', '.join(days)}",
        f"the dearest day of a provider: {dearest.provider} on {dearest.day}, ${dearest.cost} exactly",
        f"students silent since {_SPAN.last}: {len(silent.items)}, of one of them the last {len(latest)} messages read",
        f"a dashboard of that: {len(usage)} requests, {usage.read_units:g} read units, none of the log",
    ]


def _record(n: int) -> writing.Message:
    new = NewMessage(
        message_id=f"demonstration-{n}",
        conversation_id=f"demonstration-{n % 2}",
        module_id=_MODULE,
        student_id=_STUDENTS[n % len(_STUDENTS)],
        provider=_PROVIDERS[n % 2],
        role="user",
        content=f"message {n}",
        cost=Decimal(n) / 10**4,
    )
    return writing.record(new, at=_NOON + timedelta(days=n // 20))
