"""Answers kept for some minutes in Django's cache: a dashboard that many look at asks DynamoDB once.

A cache that cannot be reached makes them slower, and no error: DynamoDB is asked then.
"""

import hashlib
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.core.cache import cache

from algoitny.chat.tables import analytics

logger = logging.getLogger(__name__)

# The document's: analytics may be five to fifteen minutes old.
SECONDS = 300

P = ParamSpec("P")
R = TypeVar("R")

_MISSING: Any = object()


def cached(function: Callable[P, R]) -> Callable[P, R]:
    """The function with its answers kept for SECONDS, by its arguments; what it raises is not kept."""

    @wraps(function)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        asked = repr((analytics.endpoint_name, function.__qualname__, args, sorted(kwargs.items())))
        key = f"algoitny.chat.{hashlib.sha256(asked.encode()).hexdigest()}"
        found = _try(lambda: cache.get(key, _MISSING))
        if found is _MISSING:
            found = function(*args, **kwargs)
            _try(lambda: cache.set(key, found, SECONDS))
        return found  # type: ignore[no-any-return]

    return answer


def _try(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - each backend has errors of its own
        logger.warning("The cache failed, and DynamoDB is asked instead: %s", error)
        return _MISSING
