"""Ends the way back: the steps to ``final``, where SQL is a read-only archive and numbers come from DynamoDB alone.

Nobody writes for a moment, and all that was written is brought back: the archive is what DynamoDB had then, to the row.
SQL's gates stay closed. Up to the journal a crash is given up, and the group is where it was.
"""

from __future__ import annotations

from django.db import connections

from dynamo_models.backend import ids
from dynamo_models.cutover.stages import FINAL
from dynamo_models.mirror.registration import mirrors
from dynamo_models.switch.steps import (
    JOURNAL,
    Going,
    Step,
    check_back,
    compare_back,
    drain_back,
    freeze,
    journalled,
    tidy_back,
)


def hand_over(going: Going) -> None:
    """Numbers of new rows come from counters beside the items from now on, above all that SQL has given."""
    for mirror in mirrors(going.group):
        begins = ids.hand_over(mirror, connections[going.using])
        if begins is not None:
            going.told(f"numbers of {mirror.label} go on above {begins:,}")


def journal_final(going: Going) -> None:
    """SQL is an archive, and the pause is over: one transaction."""
    journalled(going, FINAL, frozen=False)
    going.told("SQL is an archive; the pause is over")


STEPS: list[tuple[str, Step]] = [
    ("compare", compare_back),
    ("freeze", freeze),
    ("drain", drain_back),
    ("check", check_back),
    ("ids", hand_over),
    (JOURNAL, journal_final),
    ("tidy", tidy_back),
]
