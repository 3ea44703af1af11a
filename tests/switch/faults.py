"""The switch with a fault in it, for the rest of the process: what must be seen by a scenario."""

from dynamo_models.switch import steps
from dynamo_models.switch.returning import apply

FAULTS = {}


def fault(function):
    FAULTS[function.__name__.replace("_", " ")] = function
    return function


@fault
def reverse_without_origin():
    """What the way back writes stays in the log, as if the application had written it."""
    apply.sources_of = lambda group: []


@fault
def position_before_drain():
    """What is to be mirrored and compared is told before the transactions have ended that were open."""
    there = dict(steps.STEPS["there"])
    early = ("settle", "record", "compare", "way-back", "freeze", "drain", "check", "close")
    steps.STEPS["there"] = [(name, there[name]) for name in (*early, *(each for each in there if each not in early))]
