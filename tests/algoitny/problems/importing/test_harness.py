"""The harness records what a check calls and confirms what is stored, and a bad program costs only itself."""

import subprocess
import time

import pytest

from algoitny.problems.importing.subprocesses import HarnessError, Limits, call_harness

LIMITS = Limits(cpu_seconds=2, wall_seconds=10, memory_bytes=1 << 28)


def record(program, check, **more):
    lines = "\n".join(f"    {line}" for line in check)
    request = {
        "program": program,
        "entry_point": "f",
        "seed": "HumanEval/0",
        "check": f"def check(candidate):\n{lines}\n",
        "max_cases": 50,
        "max_case_bytes": 1000,
        **more,
    }
    return call_harness(request, LIMITS)


def confirm(program, *cases, input_format="json", output_format="json"):
    request = {"program": program, "entry_point": "f", "seed": "s", "cases": cases}
    return call_harness({**request, "input_format": input_format, "output_format": output_format}, LIMITS)["confirmed"]


def test_each_distinct_call_is_a_case_in_order():
    recorded = record(
        "def f(x, y=1): return x + y",
        ["assert candidate(2) == 3", "assert True", "assert candidate(2, y=5) == 7", "assert candidate(2) == 3"],
    )
    assert recorded["cases"] == [["[2]", "3"], ["[2, 5]", "7"]]
    assert recorded["argument_kinds"] == ["int"]


def test_arguments_and_results_are_taken_down_before_anybody_changes_them():
    recorded = record(
        "def f(xs):\n    xs.append(0)\n    return xs",
        ["given = [1]", "result = candidate(given)", "result.clear()", "assert candidate([2]) == [2, 0]"],
    )
    assert recorded["cases"] == [["[[1]]", "[1, 0]"], ["[[2]]", "[2, 0]"]]


def test_a_side_that_json_cannot_say_is_in_literals_as_a_whole():
    recorded = record("def f(x): return (x,) if x else None", ["candidate(0)", "candidate(1)"])
    assert (recorded["input_format"], recorded["output_format"]) == ("json", "python")
    assert recorded["cases"] == [["[0]", "None"], ["[1]", "(1,)"]]


def test_calls_over_the_bounds_and_without_text_are_counted():
    recorded = record(
        "def f(x, *, twice=False): return x",
        ["for x in [1, 2, 2, 3, 4, 'x' * 2000, 1.5e999, len]:", "    candidate(x)", "candidate(1, twice=True)"],
        max_cases=3,
    )
    assert [case[0] for case in recorded["cases"]] == ["[1]", "[2]", "[3]"]
    assert (recorded["over_bound"], recorded["too_large"], recorded["unwritable"]) == (1, 1, 3)


def test_random_inputs_and_the_order_of_sets_are_the_same_each_time():
    program = "def f(x): return list({str(x), 'b', 'c', 'd'})"
    check = ["import random", "for _ in range(9): candidate(random.random())"]
    assert record(program, check) == record(program, check)
    assert record(program, check) != record(program, check, seed="HumanEval/1")


def test_a_check_can_use_the_helpers_of_the_solution():
    assert record("def twice(x): return 2 * x\ndef f(x): return x", ["assert candidate(twice(2)) == 4"])["cases"]


def test_a_check_that_the_reference_fails_is_an_error():
    with pytest.raises(HarnessError, match="AssertionError: wrong"):
        record("def f(x): return x", ["assert candidate(1) == 2, 'wrong'"])


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("def g(x): return x", "KeyError: 'f'"),
        ("def f(", "SyntaxError"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import os; os._exit(3)", "code 3 and no answer"),
        ("def f(x):\n    while True: pass", "2 s of CPU"),
        ("def f(x): return bytearray(1 << 30)", "MemoryError"),
        ("def f(x):\n    with open('file', 'w') as file: file.write('text')", "OSError.*File too large"),
        ("import django", "No module named 'django'"),
        ("import time; time.sleep(60)", "within 1 s"),
    ],
)
def test_a_bad_program_is_an_error_that_says_what_it_did(program, says):
    limits = Limits(cpu_seconds=2, wall_seconds=1) if "sleep" in program else LIMITS
    request = {"program": program, "entry_point": "f", "seed": "s", "max_cases": 1, "max_case_bytes": 9}
    with pytest.raises(HarnessError, match=says):
        call_harness({**request, "check": "def check(candidate): candidate(1)"}, limits)


def test_a_program_sees_nothing_of_our_environment_and_prints_into_nothing(monkeypatch):
    monkeypatch.setenv("ALGOITNY_SECRET_KEY", "secret")
    program = (
        "import os\nprint('noise')\n"
        "def f(): print('noise'); os.system('echo noise'); return 'ALGOITNY_SECRET_KEY' in os.environ"
    )
    assert record(program, ["candidate()"])["cases"] == [["[]", "false"]]


def test_what_a_program_started_ends_with_it():
    program = "import subprocess\ndef f(): return subprocess.Popen(['sleep', '600']).pid"
    ((_, process),) = record(program, ["candidate()"])["cases"]
    for _ in range(100):
        asked = subprocess.run(["ps", "-o", "stat=", "-p", process], capture_output=True, text=True, check=False)
        state = asked.stdout.strip()
        if not state or state.startswith("Z"):  # gone, or waiting for somebody to ask how it ended
            return
        time.sleep(0.02)
    pytest.fail(f"process {process} is still there, in state {state}")


def test_stored_cases_are_confirmed_one_by_one_with_their_types():
    program = "def f(x):\n    return 10 // x"
    cases = [["[5]", "2"], ["[5]", "3"], ["[5]", "2.0"], ["[0]", "1"], ["[5", "2"], ["[5, 5]", "2"]]
    assert confirm(program, *cases) == [True, False, False, False, False, False]
    assert confirm("def f(x): return x", ["[(1, 2)]", "(1, 2)"], input_format="python", output_format="python") == [
        True
    ]
