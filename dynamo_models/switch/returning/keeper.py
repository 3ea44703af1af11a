"""The way back as a relay keeps it up beside its other work."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError, connections

from dynamo_models.errors import DynamoModelsError
from dynamo_models.switch import run
from dynamo_models.switch.returning import turn

logger = logging.getLogger(__name__)

PERIOD = 2.0  # seconds between two looks at what crashes have left
FAILED = 5.0  # seconds until an endpoint or a database that was away is tried again


class Returning:
    """Brings back what is new, turn by turn."""

    def __init__(self, using: str) -> None:
        self.using = using
        self._not_before, self._looked_at = float("-inf"), time.monotonic()

    def turn(self, *, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Bring back what is there now; whether there was nothing to do. Nobody's failure: it is tried again."""
        if time.monotonic() < self._not_before:
            return True
        try:
            return turn(self.using, stopped=stopped).idle
        except (DatabaseError, DynamoModelsError) as error:
            logger.warning("What is written to DynamoDB does not come back: %s. It is tried again.", error)
            if isinstance(error, DatabaseError):
                connections[self.using].close()
            self._not_before = time.monotonic() + FAILED
            return True

    def look_after(self) -> list[str]:
        """End what crashes have left, if it is time; what was done, a sentence for each."""
        now = time.monotonic()
        if now - self._looked_at < PERIOD:
            return []
        self._looked_at = now
        return run.look_after_quietly(self.using)
