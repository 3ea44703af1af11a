"""System checks of the cutover: its settings, and that the router and its alias go together.

E020 unknown setting · E021 value of a setting · W029 a router without an alias, or an alias without a router
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage

from dynamo_models import conf
from dynamo_models.cutover.aliases import ENGINE, other_alias

TAG = "dynamo_models"

_ROUTER = "dynamo_models.cutover.Router"
_PLACE = "DYNAMO_MODELS['CUTOVER']"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _counts(value: Any) -> bool:
    return type(value) is int and value >= 1


def _lasts(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


_RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "SHARES": (conf.are_shares, "Give whole numbers that rise to 100: (10, 50, 100)."),
    "COMPARED_READS": (_counts, "Give a whole number above 0."),
    "THREADS": (_counts, "Give a whole number above 0."),
    "QUEUE": (_counts, "Give a whole number above 0."),
    "MISMATCHES": (lambda value: type(value) is int and value >= 0, "Give a whole number, 0 or more."),
    "DEADLINE": (_lasts, "Give seconds above 0."),
    "LAG": (_lasts, "Give seconds above 0."),
    "P99": (_lasts, "Give seconds above 0."),
    "SAMPLE": (_is_share, "Give a number from 0 to 1."),
    "ERRORS": (_is_share, "Give a number from 0 to 1."),
}


def check_cutover(**_: Any) -> list[CheckMessage]:
    """Settings of the cutover."""
    return [*_values(), *_routing()]


def _values() -> Iterator[CheckMessage]:
    top = getattr(settings, "DYNAMO_MODELS", {})
    own = top.get("CUTOVER", {}) if isinstance(top, Mapping) else {}
    if not isinstance(own, Mapping):
        yield _error("E021", f"{_PLACE} is {type(own).__name__}.", "Make it a dict.")
        return
    for name in sorted(set(own) - set(conf.CUTOVER_KEYS)):
        yield _error(
            "E020", f"{_PLACE} has {name!r}, which nothing reads.", f"It takes {', '.join(conf.CUTOVER_KEYS)}."
        )
    for name, (holds, hint) in _RULES.items():
        if name in own and not holds(own[name]):
            yield _error("E021", f"{_PLACE}[{name!r}] is {own[name]!r}.", hint)


def _routing() -> Iterator[CheckMessage]:
    routed, there = _ROUTER in settings.DATABASE_ROUTERS, other_alias() is not None
    if routed and not there:
        yield _warning(
            f"DATABASE_ROUTERS has {_ROUTER}, and no database has the engine {ENGINE}: all reads stay on SQL.",
            f"Add to DATABASES: {{'ENGINE': '{ENGINE}'}}.",
        )
    if there and not routed:
        yield _warning(
            f"A database has the engine {ENGINE}, and nothing routes reads to it.",
            f"Add {_ROUTER} to DATABASE_ROUTERS.",
        )


def _error(number: str, message: str, hint: str) -> CheckMessage:
    return checks.Error(message, hint=hint, id=f"{TAG}.{number}")


def _warning(message: str, hint: str) -> CheckMessage:
    return checks.Warning(message, hint=hint, id=f"{TAG}.W029")
