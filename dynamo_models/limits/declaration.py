"""What a limiter is declared with, looked at once, so that nothing of it turns out to be missing in the middle of a
use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from dynamo_models.entity import Entity
from dynamo_models.errors import DefinitionError, ValueRefused
from dynamo_models.limits.items import CounterItem, UseItem
from dynamo_models.limits.refusals import Refusals
from dynamo_models.limits.trying import Tries
from dynamo_models.limits.windows import FACETS, Span, Window, zone_of
from dynamo_models.schema.attributes import now
from dynamo_models.schema.definition import EntityDefinition

Limits = int | dict[str, int]
"""A limit for each window by name, or one for the only window; -1 is no limit."""

UNLIMITED = -1
_OF_A_ROW = ("user_id", "action", "date", "created_at")


@dataclass(kw_only=True, eq=False)
class Declaration:
    """The parts of a ``Limiter``; its docstring says what each is."""

    windows: Sequence[Window]
    log: type[Entity] | None = None
    uses: type[Entity] | None = None
    atomic_log: bool = True
    decide_by: Literal["counter", "log"] = "counter"
    on_unavailable: Literal["deny", "allow"] = "deny"
    zone: str = "UTC"
    clock: Callable[[], datetime] = now
    timeout: float = 1.0
    tries: int = 4
    remember_refusals: timedelta = timedelta()
    kept: timedelta = timedelta(days=90)
    settled_after: timedelta = timedelta(minutes=5)
    refusals: Refusals = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.windows or len({window.name for window in self.windows}) < len(self.windows):
            raise DefinitionError("A limiter has a window or more, each with a name of its own.")
        for window in self.windows:
            _look_at_counter(window, settles=not self.atomic_log)
        if self.log is not None:
            _look_at_log(self.log)
        elif self.decide_by == "log":
            raise DefinitionError("decide_by='log' counts the log: give the limiter a log.")
        if self.uses is not None:
            _needs(self.uses, UseItem)
            if self.uses.schema.primary.facets != {"user_id", "request_id"}:
                raise DefinitionError(f"{self.uses.__name__}'s primary key is to be made of user_id and request_id.")
            if self.log is not None and "request_id" not in self.log.schema.attributes:
                raise DefinitionError(
                    f"{self.log.__name__} needs the attribute request_id, by which a row is given back."
                )
        if self.tries < 1 or self.timeout <= 0:
            raise DefinitionError("tries is 1 or more, and timeout more than 0 seconds.")
        zone_of(self.zone)
        self.refusals = Refusals(self.remember_refusals)

    def trying(self) -> Tries:
        return Tries(most=self.tries, seconds=self.timeout)

    def limits_of(self, limit: Limits) -> list[int]:
        """A limit for each window, in their order. ValueRefused where one is missing, unknown or below -1."""
        names = [window.name for window in self.windows]
        given = limit if isinstance(limit, dict) else {names[0]: limit}
        if set(given) != set(names):
            raise ValueRefused(
                f"Give a limit for each of the windows {', '.join(names)}; -1 is none. Given: {limit!r}."
            )
        if any(type(each) is not int or each < UNLIMITED for each in given.values()):
            raise ValueRefused(f"A limit is a whole number of uses, or -1 for none; given: {limit!r}.")
        return [given[name] for name in names]

    def expiry(self, window: Window, span: Span) -> dict[str, datetime]:
        """The attribute by which a stretch's counter goes once nothing of it is kept any more."""
        name = window.counter.schema.ttl
        return {} if name is None or span.end is None else {name: span.end + self.kept}


def _look_at_counter(window: Window, *, settles: bool) -> None:
    counter = window.counter
    _needs(counter, CounterItem, but=() if settles else ("counted_at",))
    facets = counter.schema.primary.facets
    if not {"user_id", "action"} <= facets <= FACETS:
        raise DefinitionError(
            f"{counter.__name__}'s primary key is to be made of user_id and action, and of "
            f"{', '.join(sorted(FACETS - {'user_id', 'action'}))} as far as it needs them; it is of "
            f"{', '.join(sorted(facets))}."
        )
    wanted = {"day": {"date"}, "length": {"start"}, "whole": set()}[window.kind]
    if not wanted <= facets:
        raise DefinitionError(
            f"{counter.__name__} would count all of window {window.name!r} in one: its primary key needs "
            f"{', '.join(sorted(wanted))}."
        )
    if counter.schema.version is None:
        raise DefinitionError(
            f"{counter.__name__} needs a Version(): a number that is put right is held to it, since n may be the same "
            "again after a use and a refund."
        )


def _look_at_log(log: type[Entity]) -> None:
    missing = [name for name in _OF_A_ROW if name not in log.schema.attributes]
    if missing:
        raise DefinitionError(f"{log.__name__} needs the attributes {', '.join(missing)} to be a log of uses.")


def _needs(entity: type[EntityDefinition], parent: type[Any], *, but: Sequence[str] = ()) -> None:
    names = (CounterItem if parent is CounterItem else UseItem).__annotations__
    missing = [name for name in names if name not in entity.schema.attributes and name not in but]
    if missing:
        raise DefinitionError(
            f"{entity.__name__} needs the attributes {', '.join(missing)}; {parent.__name__} has them to be inherited."
        )
