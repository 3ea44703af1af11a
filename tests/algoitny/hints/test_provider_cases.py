"""Hints from failing cases say what they share and how the answers differ, and never what was expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algoitny.execution.runners import Case, Limits, Program, SubprocessRunner
from algoitny.hints.providers import CaseHints, HintRequest, current


def row(number, status, given, expected="", output="", *, error=""):
    return {
        "id": number,
        "status": status,
        "input": given,
        "expected": expected,
        "output": output,
        "error": error,
    }


def hints(*rows, count=3, constraints=""):
    return CaseHints().hints(HintRequest("Sum", constraints, "python", "code", list(rows), count))


def failed(given, expected, output):
    return row(1, "failed", given, expected, output)


PASSED = row(0, "passed", "[[5, 6]]", "11", "11")


def test_the_settings_choose_the_provider(settings):
    assert isinstance(current(), CaseHints)
    settings.ALGOITNY_HINTS = "cases"
    assert isinstance(current(), CaseHints)


@pytest.mark.parametrize(
    ("inputs", "shape"),
    [
        (["[[]]", '[""]'], "an empty value"),
        (["[[3]]", '["x"]'], "exactly one element"),
        (["[-3, 4]", "[[1, -1]]"], "a negative number"),
        (["[12345678, 2]"], "1,000,000 or more"),
        (["[0, 7]"], "the number zero"),
        (["[2.5, 7]"], "a fraction"),
        (["[[2, 2, 3]]"], "repeated elements"),
        ([str([list(range(1, 300))])], "more than 100 elements"),
        (["3\n-4 5\n"], "a negative number"),
        (["[(1,), {2: 3}]"], "exactly one element"),
    ],
)
def test_what_failing_inputs_share_is_named(inputs, shape):
    said = hints(PASSED, *(failed(one, "1", "9") for one in inputs))
    assert any(shape in one for one in said), said


def test_what_passing_inputs_have_too_is_not_to_blame():
    said = hints(row(0, "passed", "[[1, -2]]"), row(2, "passed", "[-7, 4]"), failed("[-3, 4]", "1", "9"))
    assert not any("negative" in one for one in said)


@pytest.mark.parametrize(
    ("expected", "output", "said"),
    [
        ("3", "4", "off by one"),
        ("3", "-3", "wrong sign"),
        ("3.5", "3", "whole number"),
        ("3.14159", "3.14", "near but not near enough"),
        ("[1, 2]", "(1, 2)", "tuple and not list"),
        ("3", '"3"', "str and not int"),
        ("[1, 2]", "null", "None"),
        ("[1, 2, 3]", "[3, 1, 2]", "in another order"),
        ("[1, 2, 3]", "[0, 1, 2]", "Each element is off by one"),
        ("[1, 2, 3]", "[1, 2]", "1 element too few"),
        ("[1]", "[1, 2, 3]", "2 elements too many"),
        ("true", "false", "the opposite"),
        ('"Yes"', '"yes"', "capitals only"),
        ("a b\nc", "a\nb c", "spaces or line breaks only"),
        ("b a", "a b", "right words in another order"),
        ("x\ny", "x", "fewer lines"),
        ("x", "", "Nothing was answered"),
    ],
)
def test_how_an_answer_differs_is_said(expected, output, said):
    assert any(said in one for one in hints(PASSED, failed("[5, 6]", expected, output)))


def test_an_exception_is_named_with_its_line_and_how_often_it_comes():
    error = 'Traceback (most recent call last):\n  File "solution.py", line 7, in f\n    x[9]\nIndexError: list index'
    said = hints(PASSED, row(1, "error", "[[1, 2]]", error=error), row(2, "error", "[[1, 2, 3]]", error=error))
    assert said[0].startswith("IndexError in line 7 stops 2 of 3 cases, for example with input [[1, 2]].")
    assert "beyond the end" in said[0]


def test_a_compilers_error_is_given_with_its_first_line():
    error = "solution.c: In function 'main':\nsolution.c:4:21: error: 'x' undeclared\nsolution.c:9:1: note"
    (first, *_) = hints(row(1, "error", "", error=error))
    assert first.startswith("An error in line 4 stops every case")


def test_time_outs_are_told_with_their_smallest_input():
    said = hints(PASSED, row(1, "timeout", "[100000]"), row(2, "timeout", "[9]"))
    assert "2 cases run out of time, the smallest with input [9]" in said[0]


def test_errors_come_before_wrong_answers_and_the_count_is_kept():
    rows = [failed("[1, 2]", "3", "4"), row(2, "timeout", "[4, 4]"), row(3, "error", "[0]", error="KeyError: 3")]
    said = hints(*rows, count=10)
    assert said[0].startswith("KeyError")
    assert "out of time" in said[1]
    assert "off by one" in said[2]
    assert hints(*rows, count=2) == said[:2]
    assert len(hints(*rows, count=0)) == 1


def test_when_all_pass_it_says_so_and_what_to_look_at_next():
    said = hints(PASSED, PASSED, constraints="1 <= n <= 10")
    assert said[0].startswith("All 2 cases pass.")
    assert "1 <= n <= 10" in said[1]
    assert hints(PASSED, count=1) == [said[0].replace("All 2", "All 1")]


def test_with_no_results_it_says_what_is_missing():
    assert hints() == ["There are no results yet: run the code against the test cases first."]


@pytest.mark.parametrize("expected", ['"planted secret"', "[777123, 777124]", "(777123, None)", "777123.5"])
@pytest.mark.parametrize("output", ["", "1", '"x"', "[1]", "null", "(1, 2)", "text"])
def test_what_was_expected_is_not_said(expected, output):
    said = " ".join(hints(PASSED, failed("[1, 2]", expected, output), count=10))
    assert "planted" not in said
    assert "777" not in said


TEXTS = st.one_of(
    st.text(max_size=40),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
        lambda inner: st.one_of(st.lists(inner), st.tuples(inner), st.dictionaries(st.text(max_size=3), inner)),
        max_leaves=8,
    ).map(repr),
    st.sampled_from(
        [
            "[" * 5000 + "]" * 5000,
            "[" * 900 + "]" * 900,
            "9" * 5000,
            "1e999",
            "[1" + "0" * 400 + "]",
            "\x00",
            "-" * 3000 + "1",
            "nan",
        ]
    ),
)
ROWS = st.builds(
    row, st.integers(), st.sampled_from(["passed", "failed", "error", "timeout"]), TEXTS, TEXTS, TEXTS, error=TEXTS
)


@given(st.lists(ROWS, max_size=5), st.integers(-1, 20), st.text(max_size=20))
def test_any_run_has_hints_that_are_short_storable_and_always_the_same(rows, count, constraints):
    said = hints(*rows, count=count, constraints=constraints)
    assert 1 <= len(said) <= max(1, min(count, 10))
    assert all(one and len(one) <= 1000 and "\x00" not in one for one in said)
    assert all(one.encode() for one in said)
    assert said == hints(*rows, count=count, constraints=constraints)


@pytest.mark.parametrize("output", ["1.5", "-1.5", "[1.5]", "[" * 900 + "]" * 900])
def test_numbers_that_no_float_holds_and_deep_values_are_no_trouble(output):
    huge = "1" + "0" * 400
    for expected in (huge, f"[{huge}]", f"[{output}]"):
        assert hints(PASSED, failed(output, expected, output), failed(f"[{huge}]", output, expected), count=10)


def test_a_real_run_has_a_hint_at_its_line(settings):
    settings.DEBUG = True
    code = "def f(xs):\n    best = xs[0]\n    return max(best, 0)\n"
    cases = [Case(1, "[[3]]", "3"), Case(2, "[[-3]]", "-3"), Case(3, "[[]]", "null")]
    result = SubprocessRunner(Limits()).run(Program(code, "python", {"entry_point": "f"}), cases)
    joined = [
        {**one, "input": case.input, "expected": case.output} for one, case in zip(result.as_json(), cases, strict=True)
    ]
    said = hints(*joined)
    assert said[0].startswith("IndexError in line 2 stops 1 of 3 cases, for example with input [[]].")
    assert said[1] == "With input [[-3]] your code answers 0, wrongly."
    assert said[2].startswith("The wrongly answered case has a negative number in the input.")
