"""Whether a variant is seen, by which order of steps, and in how long."""

import time
from dataclasses import dataclass

from tests.interleavings.explore import Diverged, Explorer
from tests.interleavings.scenarios import SCENARIOS
from tests.mutants.variants import VARIANTS

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@dataclass(frozen=True)
class Verdict:
    killed_by: str
    seconds: float
    detail: str = ""


def judge(name):
    """Try the scenarios of a variant until one diverges."""
    block, scenarios = VARIANTS[name]
    started = time.monotonic()
    for scenario in scenarios:
        with block():
            try:
                Explorer(BY_NAME[scenario]).explore()
            except Diverged as error:
                return Verdict(scenario, time.monotonic() - started, str(error))
    return Verdict("", time.monotonic() - started)
