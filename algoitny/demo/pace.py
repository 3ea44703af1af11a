"""How long each part of the main job takes: for a person who looks on, or for a machine that checks it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Pace:
    """soak: seconds of traffic between two parts. compared: reads of each group that are compared at each rung.
    sample: the share of reads that are. think: seconds at most between two requests of a client. runs: of the history
    that is made up before."""

    soak: float
    compared: int
    sample: float
    think: float
    runs: int = 1_000

    def cutover(self) -> dict[str, Any]:
        """DYNAMO_MODELS["CUTOVER"] of the job. Bounds are wide: on a busy machine all stores are slow."""
        return {
            "COMPARED_READS": self.compared,
            "SAMPLE": self.sample,
            # One that waits for a change in flight sleeps.
            "THREADS": 8,
            "DEADLINE": 10.0,
            "LAG": 30.0,
            "P99": 5.0,
        }


FAST = Pace(soak=2.0, compared=20, sample=0.3, think=0.2, runs=400)
FULL = Pace(soak=10.0, compared=200, sample=0.3, think=0.2)
