"""Every type of facet: how it is declared, how it stands in a template, and values for it."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from dynamo_models import Bool, Date, Index, Int, Key, Text, Timestamp, Uuid
from tests.schema.making import entity, table

# Few letters, and all that has a meaning in a key, so that keys which could be mistaken for each other turn up.
letters = st.text(alphabet="ab%2350\x00é", min_size=1, max_size=5)
anything = st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.builds(
    lambda value, zone: value.replace(tzinfo=UTC).astimezone(zone),
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 - the strategy wants them naive
    zones,
) | st.sampled_from([datetime(2025, 1, day, hour, tzinfo=UTC) for day in (1, 2) for hour in (0, 1)])
COLOURS = ("red", "green", "dark blue")


def in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def hour(value: datetime) -> datetime:
    return in_utc(value).replace(minute=0, second=0, microsecond=0)


def day(value: datetime) -> datetime:
    return hour(value).replace(hour=0)


def year(value: datetime) -> int:
    return in_utc(value).year


def itself(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Placeholder:
    """A facet in a template. part: what of the attribute's value the key holds."""

    attribute: str
    spec: str = ""
    part: Callable[[Any], Any] = itself
    ordered: bool = True  # at the end of a key, texts stand in the order of the values

    def __str__(self) -> str:
        return "{" + self.attribute + (f":{self.spec}" if self.spec else "") + "}"


ATTRIBUTES: dict[str, tuple[Callable[[], Any], st.SearchStrategy[Any]]] = {
    "text": (Text, (letters | anything).filter(lambda text: "#" not in text)),
    "title": (Text, letters.map(lambda text: text.replace("#", ""))),
    "escaped": (lambda: Text(escape=True), letters.map(lambda text: text.replace("3", "#")) | anything),
    "colour": (lambda: Text(choices=COLOURS), st.sampled_from(COLOURS)),
    "flag": (Bool, st.booleans()),
    "number": (Int, st.integers(-(10**20), 10**20) | st.integers(-3, 12)),
    "place": (Int, st.integers(0, 999_999) | st.integers(0, 12)),
    "moment": (Timestamp, times),
    "made": (Timestamp, times),
    "born": (Date, st.dates()),
    "token": (Uuid, st.uuids() | st.integers(0, 3).map(lambda number: uuid.UUID(int=number))),
}
values = st.fixed_dictionaries({"id": st.uuids()} | {name: each for name, (_, each) in ATTRIBUTES.items()})

WHOLE = [
    Placeholder("text"),
    Placeholder("title"),
    Placeholder("escaped", ordered=False),
    Placeholder("colour"),
    Placeholder("flag"),
    Placeholder("place", "06d"),
    Placeholder("moment", part=in_utc),
    Placeholder("born"),
    Placeholder("token"),
]
PARTS = [
    Placeholder("moment", "%Y-%m-%d", day),
    Placeholder("made", "%Y-%m-%dT%H", hour),
    Placeholder("made", "%Y", year),
]
NUMBER = Placeholder("number", ordered=False)  # in a partition key alone
LITERALS = ["USER", "A", "", "true", "1", "%23"]

Half = tuple[Placeholder | str, ...]


def halves(*, sort: bool) -> st.SearchStrategy[Half]:
    facets = [*WHOLE, *PARTS] if sort else [*WHOLE, *PARTS, NUMBER]
    parts = st.lists(st.sampled_from(facets) | st.sampled_from(LITERALS), min_size=1, max_size=5)
    return parts.map(tuple).filter(lambda half: half != ("",))


@functools.cache
def thing(pk: Half, sk: Half, *, shards: int = 0) -> Any:
    """An entity whose key ``by`` is made of these halves."""
    declared = {name: declare() for name, (declare, _) in ATTRIBUTES.items()}
    by = Key("#".join(map(str, pk)), "#".join(map(str, sk)), index="GSI1", shards=shards)
    keys = {"primary": Key("THING#{id}", "X"), "by": by}
    return entity(table(indexes=[Index("GSI1")]), keys, id=Uuid(), **declared)


def held(half: Half, given: dict[str, Any]) -> list[Any]:
    """What of these values a half holds."""
    return [(str(each), each.part(given[each.attribute])) for each in half if isinstance(each, Placeholder)]
