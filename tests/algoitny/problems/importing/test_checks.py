"""How a check compares is read from its assertions."""

import pytest

from algoitny.problems.importing.checks import CheckError, Comparison, read_comparison


def comparison(*lines):
    return read_comparison("def check(candidate):\n" + "\n".join(f"    {line}" for line in lines))


@pytest.mark.parametrize(
    "line",
    [
        "assert candidate(1) == 2",
        "assert 2 == candidate(1), 'message'",
        "assert candidate(1) is True",
        "assert candidate(1)",
        "assert not candidate(1)",
        "assert tuple(candidate([1])) == tuple(sorted([1]))",
        "assert (candidate([1]) == [1]), str(candidate([1]))",
        "assert True, 'this prints'",
    ],
)
def test_equality_and_truth_are_exact(line):
    assert comparison("assert candidate(0) == 0", line) == Comparison("exact")


def test_the_widest_distance_is_the_tolerance():
    found = comparison(
        "assert abs(candidate(1) - 2) < 1e-6", "assert math.fabs(2 - candidate(1)) <= 1e-4", "assert candidate(3) == 4"
    )
    assert found == Comparison("tolerance", 1e-4)


@pytest.mark.parametrize(
    "line",
    [
        "root = candidate(1)",
        "assert poly(candidate(1)) == 0",
        "assert candidate(1) == candidate(2)",
        "assert candidate(1) in (1, 2)",
        "assert 1 < candidate(1) < 3",
        "assert abs(candidate(1)) < 1",
        "assert abs(candidate(1) - 1) < epsilon",
    ],
)
def test_anything_else_is_a_property(line):
    assert comparison("assert candidate(0) == 0", line) == Comparison("property")


def test_loops_and_other_names_of_the_candidate_are_seen():
    source = "def check(f):\n    for x in range(3):\n        assert f(x) == x\n"
    assert read_comparison(source) == Comparison("exact")


@pytest.mark.parametrize("source", ["", "check = 1", "def check(): pass", "def test(candidate): pass", "def check("])
def test_a_source_without_a_check_is_refused(source):
    with pytest.raises(CheckError, match=r"check\(candidate\)|no Python"):
        read_comparison(source)
