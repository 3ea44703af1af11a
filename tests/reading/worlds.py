"""Small random worlds of data for the entities of these tests, full of values that lie side by side."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tests.reading import models
from tests.reading.questions import World

MIDNIGHT = datetime(2025, 3, 10, tzinfo=UTC)
TIMES = [
    MIDNIGHT + timedelta(hours=hours, microseconds=micros)
    for hours in (-25, -24, -1, 0, 1, 23, 24, 25)
    for micros in (-1, 0, 1)
]
DAYS = [date(2025, 3, day) for day in (8, 9, 10, 11)]
# Texts that order differently with a delimiter behind them, by bytes and by letters; one holds the delimiter.
NAMES = ["a", "a!", 'a"b', "a b", "ab", "b", "A", "é", "日本", "😀"]
CODES = ["c", "c#d", "c%23d", "c%", "d"]


def pick(random, values, count=None):
    return random.choice(values) if count is None else random.sample(values, random.randint(0, count))


def thing(random, number, names):
    owner, kind, at = pick(random, ["o", "o!", "p"]), pick(random, ["x", "y", "z"]), pick(random, TIMES)
    return models.Thing(
        owner=owner,
        kind=kind,
        at=at,
        uid=UUID(int=random.getrandbits(64) * 1000 + number),
        name=pick(random, names),
        code=pick(random, CODES),
        size=pick(random, [0, 1, 2, 9, 10, 99999]),
        day=pick(random, DAYS),
        flag=pick(random, [True, False]),
        hidden=pick(random, [True, False, False, False]),
        label=pick(random, [None, None, "l", "l m", "m"]),
        title=pick(random, ["", "t", "tt", "u"]),
        score=pick(random, [None, Decimal("-1.5"), Decimal(0), Decimal("0.1"), Decimal(10)]),
        ratio=pick(random, [None, 0.1, 0.25, 3.0]),
        tags=pick(random, ["g", "h", "i"], 2),
        marks=set(pick(random, ["m", "n"], 2)) or None,
        numbers=set(pick(random, [1, 2, Decimal("2.5")], 2)) or None,
        blob=pick(random, [None, b"", b"\x00", b"\xff", b"\x00\xff"]),
        data=pick(random, [{}, {"level": 1}, {"level": 2}, {"level": "a"}, {"level": "ab"}, {"deep": {"on": True}}]),
    )


THING_POOLS = {
    "owner": ["o", "o!", "p", "q", "o#", ""],
    "kind": ["x", "y", "z"],
    "at": [*TIMES, MIDNIGHT.astimezone(UTC) + timedelta(days=7)],
    "uid": [UUID(int=0), UUID(int=2**63 * 1000), UUID(int=2**64 * 1000)],
    "code": [*CODES, "e"],
    "size": [-1, 0, 1, 2, 5, 9, 10, 99999, 100000],
    "day": DAYS,
    "flag": [True, False],
    "hidden": [True, False],
    "label": [None, "l", "l m", "m", "#"],
    "title": ["", "t", "tt", "u"],
    "score": [None, Decimal("-1.5"), Decimal(0), Decimal("0.1"), Decimal(10), Decimal("0.10")],
    "ratio": [None, 0.1, 0.25, 3.0, 7.5],
    "tags": [["g"], ["g", "h"], ["i"], []],
    "marks": [None, {"m"}, {"m", "n"}],
    "numbers": [None, {1}, {1, 2}, {Decimal("2.5")}],
    "blob": [None, b"\x00", b"\xff", b"\x7f"],
    "data": [{}, {"level": 1}, {"deep": {"on": True}}],
}


def things(random, count, names=NAMES):
    return World(
        models.Thing,
        {**THING_POOLS, "name": [*names, "a#", "c", ""]},
        [thing(random, number, names) for number in range(count)],
        {
            "by_flag": lambda item: not item.hidden,
            "by_label": lambda item: item.label is not None,
        },
    )


def events(random, count, names=NAMES):
    items = {}
    for _ in range(count):
        item = models.Event(
            id=pick(random, ["i", "j", "k"]),
            timestamp=pick(random, TIMES),
            user_id=pick(random, ["u", "u!", "v"]),
            type=pick(random, ["view", "click"]),
            day=pick(random, [None, *DAYS]),
            amount=pick(random, [None, "a", "a#b", "ab"]),
            value=pick(random, [None, 1, 2, 30]),
        )
        items[(item.id, item.timestamp)] = item
    pools = {
        "id": ["i", "j", "k", "l", ""],
        "timestamp": TIMES,
        "user_id": ["u", "u!", "v", ""],
        "type": ["view", "click"],
        "day": [None, *DAYS],
        "amount": [None, "a", "a#b", "ab", ""],
        "value": [None, 1, 2, 30],
    }
    by_day = lambda item: item.day is not None and item.amount is not None
    return World(models.Event, pools, list(items.values()), {"by_day": by_day})


def assignments(random, count, names=NAMES):
    items = [
        models.Assignment(
            id=f"i{number}",
            user_id=pick(random, ["u", "v", "w"]),
            experiment_id=pick(random, ["e", "e2", "f"]),
            variation=pick(random, ["a", "b"]),
            assigned_at=pick(random, TIMES),
            ttl=pick(random, [None, datetime(2040, 1, 1, tzinfo=UTC)]),
        )
        for number in range(count)
    ]
    pools = {
        "id": ["i0", "i1", "i2", "none"],
        "user_id": ["u", "v", "w", "x"],
        "experiment_id": ["e", "e2", "f"],
        "variation": ["a", "b"],
        "assigned_at": TIMES,
        "ttl": [None, datetime(2040, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)],
    }
    return World(models.Assignment, pools, items)


def messages(random, count, names=NAMES):
    items = {}
    for _ in range(count):
        item = models.Message(
            conversation=pick(random, ["c", "d"]),
            timestamp=pick(random, [-5, 0, 2, 10, 100, 2**40, 2**40 + 1]) + pick(random, [0, 1]),
            module=pick(random, [1, 2, 10]),
            student=pick(random, [1, 2]),
            provider=pick(random, ["p", "q"]),
            cost=pick(random, [None, Decimal("-0.5"), Decimal("0.25"), Decimal(1), Decimal(30)]),
            text=pick(random, ["", "hello", "world"]),
        )
        items[(item.conversation, item.timestamp)] = item
    pools = {
        "conversation": ["c", "d", "e"],
        "timestamp": [-5, 0, 1, 2, 9, 10, 100, 2**40, 2**40 + 1],
        "module": [1, 2, 3, 10],
        "student": [1, 2, 3],
        "provider": ["p", "q"],
        "cost": [None, Decimal("-0.5"), Decimal("0.25"), Decimal("0.250"), Decimal(1), Decimal(30)],
        "text": ["", "hello", "he", "world"],
    }
    return World(models.Message, pools, list(items.values()), {"by_cost": lambda item: item.cost is not None})
