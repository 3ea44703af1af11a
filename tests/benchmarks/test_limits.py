"""A check of a limit costs the same requests and units however much was used that day; these are counted, not timed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_a_check_by_the_counter_is_flat_and_counting_the_log_is_not():
    ran = subprocess.run(
        (sys.executable, "-m", "tests.benchmarks.limits", "--format", "json", "--uses", "0,150"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["ok"]
    values = {each["name"]: each["value"] for each in found["rows"]}
    assert all(each.keys() == {"name", "value", "bar", "ok"} for each in found["rows"])
    assert values["counter, with the row: requests, 150 uses"] == 1
    assert values["peek: requests, 150 uses"] == 1
    assert values["counting the log: read units, 150 uses"] > 3 * values["counting the log: read units, 0 uses"]
