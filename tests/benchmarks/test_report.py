"""The benchmark's shape and exit code. What it measures is not asserted: times are no tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.measure import Row, ratio, report, row

ROOT = Path(__file__).parent.parent.parent
SMALL = ("--repeats", "1", "--seconds", "0.001", "--classes", "2")
NAMES = [
    "construct", "encode", "decode",
    "first calls of 2 classes, CPU", "first calls of 2 classes, memory", "first calls of 2 classes, connections",
]  # fmt: skip


@pytest.fixture(scope="module")
def ran():
    return subprocess.run(
        (sys.executable, "-m", "tests.benchmarks.codec", "--format", "json", *SMALL),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_json_is_one_object_with_a_row_for_each_figure(ran):
    found = json.loads(ran.stdout)
    assert found.keys() == {"ok", "rows"}
    assert [each["name"] for each in found["rows"]] == NAMES
    for each in found["rows"]:
        assert each.keys() == {"name", "value", "bar", "ok"}
        assert each["ok"] is (each["value"] <= each["bar"])
        assert each["value"] > 0
    assert found["rows"][-1]["value"] == 1


def test_the_exit_code_says_whether_all_bars_are_reached(ran):
    found = json.loads(ran.stdout)
    assert ran.returncode == (0 if found["ok"] else 1), ran.stderr
    assert found["ok"] is all(each["ok"] for each in found["rows"])


def test_a_bar_that_is_not_reached_is_said(capsys):
    rows = [row("fast", 0.1, 0.12), row("slow", 0.121, 0.12)]
    assert rows[1] == Row("slow", 0.121, 0.12, ok=False)
    assert report(rows, "text") == 1
    assert [line.endswith("not reached") for line in capsys.readouterr().out.splitlines()] == [False, False, True]
    assert report(rows, "json") == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert report(rows[:1], "json") == 0


def test_a_ratio_is_of_the_first_to_the_second():
    assert ratio(lambda: None, lambda: sum(range(2000)), repeats=3, seconds=0.005) < 1
