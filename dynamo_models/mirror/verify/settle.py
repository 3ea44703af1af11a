"""Looks again, in rounds with a pause, until what was found is certain: two looks that agree, nothing in flight."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.verify.compare import Difference
from dynamo_models.mirror.verify.looks import Extra, Look, Looker
from dynamo_models.schema.table import Table

T = TypeVar("T", bound=Hashable)

ROUNDS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.3, 2.0  # seconds, doubled with each round
AT_ONCE = 50


@dataclass(kw_only=True)
class Settled:
    """differences: certain. unsettled: what a change was in flight for at every look; left: row keys or digests of
    that. dead: rows whose change is a dead letter, which is in flight until a person decides."""

    differences: list[Difference] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)


@dataclass
class Settler:
    """Makes certain of candidates. ``stop`` ends a pause at once; what is not certain by then is unsettled."""

    looker: Looker
    stop: threading.Event = field(default_factory=threading.Event)

    def rows(self, mirror: Mirror, keys: Sequence[str]) -> Settled:
        """Of rows that seemed to differ."""
        found = Settled()

        def look(part: list[str]) -> dict[str, Look]:
            looks = self.looker.rows(mirror, part)
            found.dead |= self.looker.source.dead(mirror, (key for key, each in looks.items() if each.in_flight))
            return {key: Look() if key in found.dead else each for key, each in looks.items()}

        differences, unsettled = self._rounds(list(dict.fromkeys(keys)), look)
        found.differences = differences
        found.unsettled, found.left = [f"{mirror.label} {key}" for key in unsettled], set(unsettled)
        return found

    def extras(self, table: Table, extras: Sequence[Extra]) -> Settled:
        """Of items that no row seemed to want."""
        by_digest = {each.digest: each for each in extras}

        def look(part: list[str]) -> dict[str, Look]:
            return self.looker.extras(table, [by_digest[digest] for digest in part])

        differences, unsettled = self._rounds(list(by_digest), look)
        return Settled(
            differences=differences,
            unsettled=[f"{by_digest[each].mirror.label} {by_digest[each].key}" for each in unsettled],
            left=set(unsettled),
        )

    def _rounds(self, left: list[T], look: Callable[[list[T]], dict[T, Look]]) -> tuple[list[Difference], list[T]]:
        certain: list[Difference] = []
        before: dict[T, Look] = {}
        pause = FIRST_PAUSE
        for number in range(ROUNDS):
            if number:
                if not left or self.stop.wait(pause):
                    break
                pause = min(pause * 2, LONGEST_PAUSE)
            remaining = []
            for start in range(0, len(left), AT_ONCE):
                for each, found in look(left[start : start + AT_ONCE]).items():
                    if found.in_flight:
                        before.pop(each, None)
                    elif not found.differences:
                        continue
                    elif each in before and before[each].same_as(found):
                        certain += found.differences
                        continue
                    else:
                        before[each] = found
                    remaining.append(each)
            left = remaining
        return certain, left
