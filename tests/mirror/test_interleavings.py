"""Every order of the steps of two workers and a backfill: update, move, delete, reinsertion, keys that change hands.

The code is the mirror's own (``take``, ``sync_many``, ``enqueue``, the fence), cut wherever it reaches a database or
DynamoDB; what it reaches are stand-ins in memory (``tests.interleavings.world``). A worker is started at any moment. In
the scenarios "with a death" one of them dies at any step: the rest of its steps never happen, its request may still be
on its way and land at any time, even after everything was drained. An insert is two steps, the number and the commit,
since nobody can lock a row that is not there; a write to a row that is there is one, since its lock makes it one.

In those "together" one brings two rows in one batch, new items in one request, of which each statement is a step, and
of which at a death any may still be on its way.

After each order the relays drain the log, what was on its way lands, and DynamoDB has to hold what the rows say. Orders
that lead through the same state are walked once and counted all: SCHEDULES says how many there are.
"""

import pytest

from tests.conftest import SCALE
from tests.interleavings.explore import Diverged, Explorer, Scenario
from tests.interleavings.scenarios import SCENARIOS

SCHEDULES = {
    "update": 167842,
    "insert": 182636,
    "move": 986,
    "move and back": 2116,
    "delete": 20976,
    "update and delete": 872,
    "delete and reinsert": 743654,
    "reinsert elsewhere": 1312,
    "hand over": 18059108,
    "hand over by deletion": 3934478,
    "rename elsewhere": 731886,
    "insert and rename elsewhere": 1129918,
    "hand over elsewhere": 55474280,
    "update of what was there before": 634,
    "delete of what was there before": 497,
    "move of what was there before": 1807,
    "delete by a key from elsewhere of what was there before": 619,
    "update, with a death": 838,
    "insert, with a death": 386,
    "move, with a death": 1568,
    "move and back, with a death": 15000,
    "delete, with a death": 124,
    "update and delete, with a death": 838,
    "delete and reinsert, with a death": 3200,
    "reinsert elsewhere, with a death": 8500,
    "hand over, with a death": 157280614,
    "hand over by deletion, with a death": 32486954,
    "rename elsewhere, with a death": 4768330,
    "insert and rename elsewhere, with a death": 7102628,
    "hand over elsewhere, with a death": 504261326,
    "insert two, together": 16210,
    "insert two and backfill, together": 1623,
    "update two, together": 387,
    "hand over, together": 501975,
    "hand over by deletion, together": 7073,
    "hand over elsewhere, together": 86441,
    "hand over elsewhere and delete, together": 32185,
    "insert two and rename elsewhere, together": 55179698,
}


# The same processes with a death take every order without one as well; the longest are walked where more is asked for.
COVERED = {name.removesuffix(", with a death") for name in SCHEDULES} & {
    each.name for each in SCENARIOS if "backfill" not in each.processes and not each.deaths
}
LONG = {"insert", "delete and reinsert", "insert two and rename elsewhere, together"}
WALKED = [each for each in SCENARIOS if SCALE > 1 or each.name not in COVERED | LONG]


@pytest.mark.parametrize("scenario", WALKED, ids=lambda each: each.name)
def test_every_order_ends_with_both_stores_the_same(scenario):
    assert Explorer(scenario).explore().schedules == SCHEDULES[scenario.name]


def test_a_difference_at_the_end_is_seen_with_the_order_that_led_to_it(monkeypatch):
    from dynamo_models.mirror import fence

    monkeypatch.setattr(fence, "_write", lambda *_: None)  # nothing is ever written
    with pytest.raises(Diverged, match="instead of"):
        Explorer(SCENARIOS[0]).explore()


def test_orders_are_counted_as_what_they_are():
    """Two processes of one row that have nothing to do take one step each: two orders."""
    scenario = Scenario("nothing", SCENARIOS[0].mirror, (), {"worker1": ("sync", 1), "worker2": ("sync", 1)}, deaths=0)
    assert Explorer(scenario).explore().schedules == 2
