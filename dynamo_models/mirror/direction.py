"""Which way a mirror flows. As long as SQL has authority its rows are mirrored; afterwards items come back as rows, and
nothing may be mirrored from rows that are behind. Who moves authority says so here; nobody else knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from dynamo_models.errors import DynamoModelsError
from dynamo_models.mirror.registration import Mirror


class FlowsBack(DynamoModelsError):  # noqa: N818 - an outcome, as the library's other errors are
    """DynamoDB has authority of these rows: they cannot be mirrored from SQL. Nothing was done."""


class Back(Protocol):
    """What comes back from DynamoDB, as the mirror has to know it."""

    def holds(self, mirror: Mirror, using: str) -> bool:
        """Whether DynamoDB has authority of a mirror's rows."""

    def is_archive(self, mirror: Mirror, using: str) -> bool:
        """Whether SQL's rows stay as they are, whatever is written to DynamoDB."""

    def is_over(self, mirror: Mirror, using: str) -> bool:
        """Whether nothing of a mirror's is kept any more, its triggers neither."""

    def in_flight(self, mirror: Mirror, keys: Sequence[str], using: str) -> set[str]:
        """Which of these rows have a change on its way back to SQL."""

    def awaited(self, mirror: Mirror, using: str) -> bool:
        """Whether new rows of a mirror are to be in SQL at once, as what SQL alone has may refer to them."""

    def mark(self, mirror: Mirror, found: Iterable[tuple[str, str, str]], using: str) -> None:
        """Bring rows back once more, by (row key, digest of a key, key as JSON); "{}" for a key that is not known."""


class _Never:
    def holds(self, mirror: Mirror, using: str) -> bool:
        del mirror, using
        return False

    def is_archive(self, mirror: Mirror, using: str) -> bool:
        del mirror, using
        return False

    def is_over(self, mirror: Mirror, using: str) -> bool:
        del mirror, using
        return False

    def in_flight(self, mirror: Mirror, keys: Sequence[str], using: str) -> set[str]:
        del mirror, keys, using
        return set()

    def awaited(self, mirror: Mirror, using: str) -> bool:
        del mirror, using
        return False

    def mark(self, mirror: Mirror, found: Iterable[tuple[str, str, str]], using: str) -> None:
        raise NotImplementedError


_back: list[Back] = [_Never()]


def set_back(back: Back) -> None:
    """Say who brings items back."""
    _back[0] = back


def back() -> Back:
    return _back[0]


def refuse_back(mirror: Mirror, using: str) -> None:
    """FlowsBack where DynamoDB has authority of a mirror's rows."""
    if _back[0].holds(mirror, using):
        raise FlowsBack(
            f"DynamoDB has authority of {mirror.label}: its items come back to SQL, and SQL's rows may be behind. To "
            f"mirror them again, take the group back: manage.py dynamo_cutover {mirror.group} --to reading."
        )
