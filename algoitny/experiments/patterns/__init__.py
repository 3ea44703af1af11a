"""The access patterns of the five tables, for the table of all of them."""

from algoitny.experiments.patterns.assignments import ASSIGNMENTS, OVERRIDES
from algoitny.experiments.patterns.definitions import EXPERIMENTS, FLAGS
from algoitny.experiments.patterns.events import EVENTS

__all__ = ["PATTERNS"]

PATTERNS = [*ASSIGNMENTS, *EVENTS, *EXPERIMENTS, *FLAGS, *OVERRIDES]
