"""The stages of a group and the ladder that they are: one rung up at a time, any rung down while SQL has authority.

Authority moves by a switch, and back by one: in between a group is at ``switching``, where the store that had it still
has it. ``final`` and ``complete`` have no way back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Store = Literal["sql", "dynamodb"]


class Stage(StrEnum):
    """How far a group has moved."""

    OFF = "off"  # nothing is promised of the mirror; a group that nobody has moved is here
    MIRROR = "mirror"  # every write is captured, and mirrored
    BACKFILLED = "backfilled"  # and every row that was there before
    VERIFIED = "verified"  # and both stores were compared in full
    SHADOW = "shadow"  # a sample of reads is asked of DynamoDB as well, and compared
    READING = "reading"  # a share of reads is answered by DynamoDB
    SWITCHING = "switching"  # authority is on its way, there or back
    DYNAMODB = "dynamodb"  # DynamoDB has authority, and is mirrored back to SQL
    FINAL = "final"  # nothing is mirrored back any more; SQL is a read-only archive
    COMPLETE = "complete"  # the archive is exported, and what the mirror needed is removed


ORDER = tuple(Stage)
WHOLE = 100
_THERE = frozenset({Stage.DYNAMODB, Stage.FINAL, Stage.COMPLETE})


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a group stands. share: per cent of reads that DynamoDB answers while SQL has authority; 0 below
    ``reading``, and 0 from ``dynamodb`` on, and on the way back from there."""

    stage: Stage
    share: int = 0

    @property
    def rank(self) -> tuple[int, int]:
        """By this places are higher or lower than others."""
        return ORDER.index(self.stage), self.share

    @property
    def authority(self) -> Store:
        """The store whose answer is the truth, and whom writes go to."""
        there = self.stage in _THERE or (self.stage is Stage.SWITCHING and not self.share)
        return "dynamodb" if there else "sql"

    @property
    def asks_dynamodb(self) -> bool:
        """Whether reads may be asked of DynamoDB at all."""
        return self.rank >= SHADOW.rank

    @property
    def mirrors_back(self) -> bool:
        """Whether SQL is to have what is written to DynamoDB."""
        return self.authority == "dynamodb" and self.stage in {Stage.SWITCHING, Stage.DYNAMODB}

    @property
    def is_final(self) -> bool:
        """Whether there is no way back: SQL is an archive, and the mirror's bookkeeping is of no use to anybody."""
        return self.stage in {Stage.FINAL, Stage.COMPLETE}

    def __str__(self) -> str:
        if self.stage is Stage.SWITCHING:
            return f"{self.stage} ({'there' if self.share else 'back'})"
        return f"{self.stage} {self.share} %" if self.stage is Stage.READING else str(self.stage)


OFF, MIRROR, BACKFILLED = Place(stage=Stage.OFF), Place(stage=Stage.MIRROR), Place(stage=Stage.BACKFILLED)
VERIFIED, SHADOW = Place(stage=Stage.VERIFIED), Place(stage=Stage.SHADOW)
DYNAMODB, FINAL, COMPLETE = Place(stage=Stage.DYNAMODB), Place(stage=Stage.FINAL), Place(stage=Stage.COMPLETE)
GOING_THERE, GOING_BACK = Place(stage=Stage.SWITCHING, share=WHOLE), Place(stage=Stage.SWITCHING)


def reading(share: int) -> Place:
    return Place(stage=Stage.READING, share=share)


def crosses(before: Place, after: Place) -> bool:
    """Whether authority changes from one place to the other, which takes a switch."""
    return before.authority != after.authority


def ladder(shares: Sequence[int]) -> Iterator[Place]:
    """Every place that is offered, from below. No group is sent to ``switching``: a switch leads through it."""
    yield from (OFF, MIRROR, BACKFILLED, VERIFIED, SHADOW)
    yield from map(reading, shares)
    yield from (DYNAMODB, FINAL, COMPLETE)


def above(place: Place, shares: Sequence[int]) -> Place | None:
    """The next rung, the highest place that a step up may reach; None at the top, and in the middle of a switch."""
    if place.stage is Stage.SWITCHING:
        return None
    return next((each for each in ladder(shares) if each.rank > place.rank), None)


def below(place: Place, shares: Sequence[int]) -> list[Place]:
    """The places that a step down may lead to, nearest first: from ``dynamodb`` only the one that the way back ends
    at, and none from beyond, or in the middle of a switch."""
    if place == DYNAMODB:
        return [reading(shares[-1])]
    if place.authority == "dynamodb" or place.stage is Stage.SWITCHING:
        return []
    return [each for each in reversed(list(ladder(shares))) if each.rank < place.rank]
