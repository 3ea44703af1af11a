"""A limit holds while authority moves for real, its gates included: a share of ``python -m tests.limits_switch``."""

import json
import subprocess
import sys

import pytest

from tests.conftest import SCALE


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mariadb"] if SCALE > 1 else ["postgresql"])
def test_nobody_uses_their_limit_twice_because_authority_moved(database):
    found = subprocess.run(
        [sys.executable, "-m", "tests.limits_switch", "--people=2", "--database", database, "--format=json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    if found.returncode == 2:
        pytest.skip(f"There is no {database} on this machine.")
    assert found.returncode == 0, found.stdout + found.stderr[-3000:]
    assert json.loads(found.stdout)["ok"]
