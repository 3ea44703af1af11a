"""How a limiter asks DynamoDB: not for long, a few times, and the same writes under the same token."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dynamo_models import wire
from dynamo_models.errors import AlreadyExists, Conflict, EndpointError, RawItem, Throttled
from dynamo_models.transport import patience
from dynamo_models.writing.call import Call
from dynamo_models.writing.run import pause, run, transact

T = TypeVar("T")

PASSING = (Conflict, Throttled, EndpointError)
"""What may be over when it is tried again."""


@dataclass
class Tries:
    """How often and for how long a limiter tries. seconds: for one request, and after it no other try begins.

    made: writes that were sent, those that were sent again included.
    """

    most: int
    seconds: float
    made: int = 0

    def carry_out(self, calls: Sequence[Call], *, once: bool = False) -> RawItem | None:
        """All of these writes or none; of a single update the item as it is then.

        Raises what the writes raise, and what PASSING names once it has not passed. Several are one transaction, with
        one token for all tries: what a time-out has carried out is not done twice. A single one has no token, and an
        update may be done twice after a time-out, unless ``once`` makes a transaction of it, at twice its units.
        """
        token = uuid.uuid4().hex
        sent = 0

        def send() -> RawItem | None:
            nonlocal sent
            sent += 1
            self.made += 1
            if once or len(calls) > 1:
                transact(calls, token=token, tries=1)
                return None
            try:
                return run(calls[0], tries=1)
            except AlreadyExists as met:
                if sent > 1 and _is_this(calls[0], met.raw):
                    return None
                raise

        return self.ask(send)

    def ask(self, question: Callable[[], T]) -> T:
        """What the question answers, asked again where that may help."""
        begun = time.monotonic()
        for number in range(self.most):
            try:
                with patience(self.seconds):
                    return question()
            except PASSING:
                if number + 1 == self.most or time.monotonic() - begun >= self.seconds:
                    raise
            pause(number)
        raise AssertionError("A limiter tries once at least.")


def _is_this(call: Call, held: RawItem | None) -> bool:
    """Whether a put only met itself: carried out, its answer lost, and sent again."""
    item = call.actions[0].item
    return item is not None and held is not None and wire.same_value({"M": item}, {"M": held})
