"""A small share of ``python -m tests.corruptions``: all kinds under live writes, each found and nothing else."""

import pytest

from tests.corruptions import plant
from tests.mirror.runs import runs  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("runs")


def test_all_that_is_planted_under_live_writes_is_found(using):
    found = plant.figures(using, 40, live=15, writers=1)
    assert (found["planted"], found["kinds"]) == (40, 10)
    assert (found["missed"], found["false"]) == (0, 0)
    assert found["live_writes"] > 0
