"""The documented use type-checks, and the mistakes that a type checker is there for are found: one run of mypy."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
API = Path(__file__).with_name("api.py")
FOUND = re.compile(r"^.*?api\.py:(\d+): error: (.*?)  \[([a-z-]+)\]$")
EXPECTED = re.compile(r"# E: \[([a-z,-]+)\]$")


@pytest.fixture(scope="module")
def findings():
    """What mypy --strict says of the file: (its exit status is not of interest) lines to codes and messages."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context", "--no-pretty"]
    run = subprocess.run(
        [*command, "--config-file", str(ROOT / "pyproject.toml"), str(API)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    errors = [line for line in run.stdout.splitlines() if ": note: " not in line]
    read = [FOUND.match(line) for line in errors]
    assert None not in read, run.stdout
    return [(int(each[1]), each[3], each[2]) for each in read if each]


def expected():
    """The lines that end in ``# E: [code]``, each with the codes that are to be among what is found."""
    return {
        number: set(match[1].split(","))
        for number, line in enumerate(API.read_text().splitlines(), 1)
        if (match := EXPECTED.search(line))
    }


def test_what_is_right_is_right_to_a_type_checker(findings):
    wrong = expected()
    assert [finding for finding in findings if finding[0] not in wrong] == []


def test_what_is_wrong_is_wrong_to_a_type_checker(findings):
    found = {}
    for line, code, _ in findings:
        found.setdefault(line, set()).add(code)
    assert {line: codes & found.get(line, set()) for line, codes in expected().items()} == expected()


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "dynamo_models" / "py.typed").exists()
