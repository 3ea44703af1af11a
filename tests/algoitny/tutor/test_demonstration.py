"""What the demo shows is done again, on the conversation that is there."""

import re

import pytest

from algoitny.history import access as history
from algoitny.tutor.demonstration import demonstrate
from tests.algoitny.tutor.conftest import a_run

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("tutor_tables"),
    pytest.mark.endpoint_cannot("moto", reason="its transactions are not isolated from each other"),
    pytest.mark.endpoint_cannot("ministack", reason="it removes expired items by itself, at a moment of its own"),
]


def test_it_is_repeatable_and_leaves_the_history_alone():
    run = a_run(public=True, hints=())
    for time in range(2):
        begun, talked, more, ended, days = demonstrate()
        assert begun.endswith("asked for 5 times at once: 1 conversation")
        assert "20 messages with 20 numbers" in talked
        before, after, seen = map(int, re.search(r"unread (\d+) before, (\d+) after .* number (\d+)", talked).groups())
        numbers = int(re.search(r"numbers up to (\d+)", talked)[1])
        assert after == numbers - seen
        assert (before == 0) is (time == 1)
        assert more.endswith("unread 0")
        assert ended.endswith("not valid; a token redeemed twice: [True, False]")
        assert "that one among them, merged from 3 queries" in days
    assert history.run_by_id(run.id).hints is None


def test_without_a_run_it_says_so():
    (said,) = demonstrate()
    assert "no public run" in said
