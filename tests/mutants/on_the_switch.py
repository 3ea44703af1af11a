"""Variants of the switch: each a scenario of ``tests.switch`` in a process of its own, with a database of its own."""

import json
import subprocess
import sys


def _moved(found):
    """What was committed in the pause is in the store that has authority after it."""
    return (found["place"], found["read from"], found["version"]) == ("dynamodb", "dynamodb", 41)


def _nothing_left(found):
    """What came back from DynamoDB has left nothing to be mirrored."""
    return found["log"]["Change"] == 0


ON_THE_SWITCH = {
    "reverse without origin": ("there_and_back", _nothing_left, ("sqlite", "postgresql", "mariadb")),
    # SQLite has one writer at a time, and so no transaction that is open beside another.
    "position before drain": ("ends_in_time", _moved, ("postgresql", "mariadb")),
}
"""By name: the scenario, whether what it found is right, and the databases on which the fault is to be seen."""


def right(scenario, judge, database, fault=""):
    """Whether a scenario ends as it should, and what was seen where it does not."""
    found = subprocess.run(
        [sys.executable, "-m", "tests.switch", scenario, "--database", database, "--fault", fault],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if found.returncode == 2:
        raise LookupError(f"There is no {database} here: {found.stderr[-300:]}")
    if found.returncode:
        last = found.stderr.strip().splitlines()[-1]
        if not last.startswith("AssertionError"):  # what did not run has not seen anything
            raise RuntimeError(found.stderr[-2000:])
        return False, last
    said = found.stdout.splitlines()[-1]
    return judge(json.loads(said)), said
