"""A small and fixed share of the random rounds; DYNAMO_FUZZ_SCALE makes it larger, ``python -m tests.faults`` large."""

import pytest

from tests.conftest import SCALE
from tests.faults.rounds import rounds


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_both_stores_are_the_same_after_every_round(using):
    tally = rounds(using, 1, max(1, round(SCALE)), writers=2, relays=2, each=15)
    assert tally.divergent == []
    assert tally.operations > 0
