"""An access pattern of an app: a question or a write, what it will send, and a way to send it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from algoitny.catalogue.planned import Planned
from dynamo_models import Entity


@dataclass(frozen=True, kw_only=True)
class AccessPattern:
    """One line of the table. An app lists its own in ``patterns.py``, as ``PATTERNS``.

    system: whose it is, as the table names it. name: the pattern as the documents have it.
    sample: the items that are there when it is asked, made anew by each call, always the same.
    plan: what is sent when ``run`` is asked of the sample (which it is given), made by ``catalogue.planned`` from the
    querysets and entities themselves; nothing is sent for it.
    run: asks the app's own function.
    """

    system: str
    name: str
    sample: Callable[[], Sequence[Entity]]
    plan: Callable[[Sequence[Entity]], Iterable[Planned]]
    run: Callable[[], Any]

    @property
    def title(self) -> str:
        return f"{self.system}: {self.name}"

    def planned(self) -> list[Planned]:
        """The requests, in order."""
        return list(self.plan(self.sample()))
