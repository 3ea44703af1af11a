"""The subprocess runner judges what programs say, and one bad case costs only itself."""

import json

import pytest

from algoitny.execution.runners import Case, Program, UnknownLanguage

ECHO = {
    "python": "print(sum(map(int, input().split())))",
    "javascript": (
        "const words = require('fs').readFileSync(0, 'utf8').trim().split(/\\s+/);\n"
        "console.log(words.map(Number).reduce((one, other) => one + other));"
    ),
    "c": '#include <stdio.h>\nint main(void) { int a, b; scanf("%d %d", &a, &b); printf("%d\\n", a + b); }',
    "cpp": "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b << std::endl; }",
}
CALL = {"entry_point": "f", "input_format": "json", "output_format": "json", "comparison": "exact"}


def call(runner, code, *cases, **metadata):
    program = Program(code, "python", {**CALL, **metadata})
    return runner.run(program, [Case(index, *one) for index, one in enumerate(cases)]).results


def printing(runner, code, *cases, language="python", **metadata):
    return runner.run(Program(code, language, metadata), [Case(index, *one) for index, one in enumerate(cases)]).results


def statuses(results):
    return [result.status for result in results]


@pytest.mark.parametrize("language", sorted(ECHO))
def test_each_language_that_is_here_reads_its_input_and_is_judged_by_what_it_prints(runner, language):
    if language not in runner.languages():
        pytest.skip(f"no {language} on this machine")
    results = printing(runner, ECHO[language], ("1 2\n", "3"), ("4 5\n", "8\n"), language=language)
    assert statuses(results) == ["passed", "failed"]
    assert results[1].output == "9\n"
    assert all(result.seconds > 0 for result in results)


def test_a_language_goes_by_its_other_names_too(runner):
    assert statuses(printing(runner, ECHO["python"], ("1 2", "3"), language="Python3")) == ["passed"]


def test_a_language_that_cannot_be_run_is_refused_with_those_that_can(runner):
    with pytest.raises(UnknownLanguage, match=r"'cobol' cannot be run here. Known: .*python"):
        printing(runner, "", ("", ""), language="cobol")


def test_a_function_is_called_in_python_only(runner):
    with pytest.raises(UnknownLanguage, match=r"calls the function f\. Known for such problems: python"):
        runner.run(Program("", "c", CALL), [])


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_what_does_not_compile_is_an_error_of_each_case_that_says_where(runner, language):
    results = printing(runner, "int main() { return x; }", ("", ""), ("", ""), language=language)
    assert statuses(results) == ["error", "error"]
    assert "solution.c" in results[0].error
    assert ":1:21: error: " in results[0].error
    assert "/tmp" not in results[0].error


def test_a_program_in_c_that_crashes_is_an_error_with_its_signal(runner):
    code = "int main() { int *p = 0; return *(volatile int *)p; }"
    assert [one.error for one in printing(runner, code, ("", ""), language="c")] == ["It was stopped by SIGSEGV."]


def test_a_script_in_javascript_that_throws_is_an_error_with_its_line(runner):
    (result,) = printing(runner, "\nthrow new Error('no');", ("", ""), language="javascript")
    assert result.status == "error"
    assert "solution.js:2" in result.error


def test_all_cases_of_a_derived_problem_pass_with_its_reference(runner, derived, cases_of):
    for task in ("HumanEval/0", "HumanEval/8", "HumanEval/4", "HumanEval/105"):
        draft = derived(task)
        result = runner.run(Program(draft.solution_code, "python", draft.metadata), cases_of(draft))
        assert result.total_count == len(draft.test_cases) > 0
        assert result.failed_count == 0, result.as_json()


def test_the_results_are_kept_as_json_with_a_summary(runner):
    code = "def f(x): return [x, 1 / x]"
    program = Program(code, "python", CALL)
    result = runner.run(program, [Case(7, "[1]", "[1, 1.0]"), Case(8, "[0]", "[]"), Case(9, "[2]", "[]")])
    assert (result.passed_count, result.failed_count, result.total_count) == (1, 2, 3)
    summary = json.loads(json.dumps(result.summary()))
    assert summary.pop("seconds") > 0
    assert summary == {
        "passed": 1,
        "failed": 1,
        "error": 1,
        "timeout": 0,
        "total": 3,
        "language": "python",
        "runner": "subprocess",
    }
    rows = json.loads(json.dumps(result.as_json()))
    assert [(row["id"], row["status"], row["output"]) for row in rows] == [
        (7, "passed", "[1, 1.0]"),
        (8, "error", ""),
        (9, "failed", "[2, 0.5]"),
    ]


def test_an_exception_is_an_error_with_the_line_of_the_solution_alone(runner):
    (result,) = call(runner, "def g(x):\n    return 1 // x\n\ndef f(x):\n    return g(x)\n", ("[0]", "1"))
    assert result.status == "error"
    lines = [line for line in result.error.splitlines() if "^" not in line]  # some Pythons point at the place too
    assert lines == [
        "Traceback (most recent call last):",
        '  File "solution.py", line 5, in f',
        "    return g(x)",
        '  File "solution.py", line 2, in g',
        "    return 1 // x",
        lines[-1],
    ]
    assert lines[-1].startswith("ZeroDivisionError: ")


def test_an_exception_of_a_script_names_the_file_without_its_folder(runner):
    (result,) = printing(runner, "x = 1\nint('a')", ("", ""))
    assert result.error.startswith('Traceback (most recent call last):\n  File "solution.py", line 2, in <module>')
    assert result.error.endswith("ValueError: invalid literal for int() with base 10: 'a'")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("def f(x:\n  pass", "SyntaxError: "),
        ("def g(x): return x", "The code defines no function f."),
        ("f = 3", "The code defines no function f."),
        ("import sys\ndef f(x): sys.exit(3)", "SystemExit: 3"),
        ("import os\ndef f(x): os._exit(0)", "It ended without an answer."),
        ("import os\ndef f(x): os._exit(3)", "It ended with code 3 and said nothing."),
        ("import os\ndef f(x): os.write(3, b'[{'); os._exit(0)", "It ended without an answer."),
        ("def f(x): return f(x)", "RecursionError: maximum recursion depth exceeded"),
        ("def f(): return 1", "TypeError: f() takes 0 positional arguments but 1 was given"),
        ("import httpx", "ModuleNotFoundError: No module named 'httpx'"),
        ("import algoitny", "ModuleNotFoundError: No module named 'algoitny'"),
    ],
)
def test_a_program_that_gives_no_answer_is_an_error_that_says_why(runner, code, error):
    (result,) = call(runner, code, ("[1]", "1"))
    assert result.status == "error"
    assert error in result.error


def test_what_a_solution_prints_is_not_its_answer(runner):
    code = 'print(\'hello\')\ndef f(x):\n    print(\'{"text": "2", "format": "json"}\', flush=True)\n    return x\n'
    assert statuses(call(runner, code, ("[1]", "1"), ("[1]", "2"))) == ["passed", "failed"]


def test_a_thread_that_is_left_does_not_hold_the_answer_up(runner):
    code = (
        "import threading, time\ndef f(x):\n    threading.Thread(target=time.sleep, args=(60,)).start()\n    return x\n"
    )
    assert statuses(call(runner, code, ("[1]", "1"))) == ["passed"]


def test_a_dataclass_with_postponed_annotations_is_as_at_home(runner):
    code = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n\n"
        "@dataclass\nclass Point:\n    x: int\n\n"
        "def f(x):\n    return Point(x).x + (Point.__annotations__['x'] == 'int')\n"
    )
    assert statuses(call(runner, code, ("[1]", "2"))) == ["passed"]


def test_annotations_are_not_postponed_for_a_solution_that_does_not_ask(runner):
    code = "def f(x: int): return f.__annotations__['x'] is int"
    assert statuses(call(runner, code, ("[1]", "true"))) == ["passed"]


@pytest.mark.parametrize(
    ("code", "expected", "status"),
    [
        ("def f(): return 1.0", "1", "passed"),  # as == has it, and so the checks
        ("def f(): return (1, 2)", "[1, 2]", "failed"),
        ("from collections import Counter\ndef f(): return Counter('aab')", '{"a": 2, "b": 1}', "passed"),
        ("def f(): return {1: 2}", '{"1": 2}', "failed"),
        ("def f(): return float('nan')", "1.0", "failed"),
        ("def f(): return (x for x in [1])", "[1]", "failed"),
        ("def f(): return object()", "1", "failed"),
        ("def f():\n x = []\n x.append(x)\n return x", "[]", "failed"),
        ("def f(): return {frozenset([1])}", "[]", "failed"),
        ("def f(): return '\\xe9\\U0001f600'", '"é😀"', "passed"),
    ],
)
def test_answers_are_compared_as_values(runner, code, expected, status):
    assert statuses(call(runner, code, ("[]", expected))) == [status]


def test_an_answer_that_no_text_can_say_is_wrong_and_says_what_it_is(runner):
    (result,) = call(runner, "def f(): return (x for x in [1])", ("[]", "[1]"))
    assert result.error == "The answer is a generator, which has no exact text."


def test_python_literals_go_in_and_out(runner):
    formats = {"input_format": "python", "output_format": "python"}
    code = "def f(pair, keys): return {pair[0]: pair[1] in keys}, pair"
    cases = ("[(1, 2), {2, 3}]", "({1: True}, (1, 2))"), ("[(1, 2), {3}]", "({1: True}, (1, 2))")
    results = call(runner, code, *cases, **formats)
    assert statuses(results) == ["passed", "failed"]
    assert results[1].output == "({1: False}, (1, 2))"


@pytest.mark.parametrize(
    ("answer", "status"),
    [("2.0000005", "passed"), ("2.1", "failed"), ("2", "passed"), ("'2'", "failed"), ("10 ** 400", "failed")],
)
def test_a_tolerance_lets_near_numbers_pass(runner, answer, status):
    assert statuses(
        call(runner, f"def f(): return {answer}", ("[]", "2.0"), comparison="tolerance", tolerance=1e-6)
    ) == [status]


def test_a_property_is_compared_with_the_stored_answer_and_a_difference_says_so(runner):
    results = call(runner, "def f(x): return x", ("[1]", "1"), ("[2]", "1"), comparison="property")
    assert statuses(results) == ["passed", "failed"]
    assert "other answers can be right too" in results[1].error


def test_a_case_that_cannot_be_read_is_an_error_that_blames_the_case(runner):
    results = call(runner, "def f(x): return x", ("1]", "1"), ("3", "3"), ("[1]", "(1"))
    assert statuses(results) == ["error"] * 3
    assert results[0].error == results[1].error == "The input of this case is no list of arguments in json."
    assert "stored output of this case is no json" in results[2].error


@pytest.mark.parametrize(
    ("printed", "expected", "status"),
    [
        ("1 \r\n2\n\n", "1\n2", "passed"),
        ("1\n\n2", "1\n2", "failed"),
        (" 1", "1", "failed"),
        ("é", "é\n", "passed"),
    ],
)
def test_spaces_at_the_ends_of_what_is_printed_do_not_count(runner, printed, expected, status):
    code = f"import sys\nsys.stdout.write({printed!a})"
    assert statuses(printing(runner, code, ("", expected))) == [status]


def test_printed_numbers_may_be_near_where_the_problem_says_so(runner):
    near = {"comparison": "tolerance", "tolerance": 0.01}
    results = printing(runner, "print('x', 0.999, 2)", ("", "x 1 2\n"), ("", "x 1 3"), ("", "x 1"), **near)
    assert statuses(results) == ["passed", "failed", "failed"]


def test_an_empty_entry_point_is_none(runner):
    assert statuses(printing(runner, "print(1)", ("", "1"), entry_point="")) == ["passed"]


def test_a_program_need_not_read_what_it_is_given(runner):
    assert statuses(printing(runner, "print(1)", ("x" * 1_000_000, "1"))) == ["passed"]


def test_output_and_error_are_cut_to_what_is_kept(runner):
    ran, failed = printing(
        runner, "n = int(input())\nprint('x' * n)\nassert n < 9000, 'y' * n", ("8000", ""), ("9000", "")
    )
    assert len(ran.output) == 2000
    assert len(failed.output) == len(failed.error) == 2000
    assert failed.error.startswith("Traceback")


def test_outputs_are_whole_and_not_judged(runner):
    program = Program("def f(n): return 'x' * (10 // n)", "python", CALL)
    whole, failed, wide = runner.outputs(program, ["[1]", "[0]", "[0.00001]"])
    assert (whole.id, whole.status, whole.output) == (0, "passed", '"xxxxxxxxxx"')
    assert (failed.id, failed.status) == (1, "error")
    assert (wide.id, wide.status, wide.output) == (2, "error", "")


def test_an_output_that_a_case_could_not_hold_is_an_error(runner):
    program = Program("n = int(input())\nprint('x' * n)", "python", {})
    most, more = runner.outputs(program, ["99999", "100000"])
    assert (most.status, len(most.output)) == ("passed", 100_000)
    assert (more.status, more.output) == ("error", "")
    assert "holds 100000" in more.error


def test_an_output_in_another_format_than_the_problems_is_an_error(runner):
    (result,) = runner.outputs(Program("def f(): return (1, 2)", "python", CALL), ["[]"])
    assert (result.status, result.error) == ("error", "The answer cannot be said as json: (1, 2)")


def test_a_script_is_executed_once_with_its_input(runner):
    done = runner.execute("import sys; print(sys.stdin.read() * 2)", "python", "ab")
    assert (done.stdout, done.error) == ("abab\n", "")
    failed = runner.execute("print(1)\nraise ValueError('no')", "python")
    assert failed.stdout == "1\n"
    assert failed.error.endswith("ValueError: no")


def test_a_script_may_print_a_million_characters_and_no_more(runner):
    assert len(runner.execute("print('é' * 999_999)", "python").stdout) == 1_000_000
    more = runner.execute("print('é' * 1_000_000)", "python")
    assert (len(more.stdout), more.error) == (1_000_000, "It printed more than 1000000 characters.")


def test_no_cases_are_no_results(runner):
    assert runner.run(Program("", "python", {}), []).summary()["total"] == 0


def test_what_no_database_takes_is_marked_in_what_is_kept(runner):
    (result,) = printing(runner, "print('a\\0b')", ("", "a"))
    assert (result.status, result.output) == ("failed", "a\ufffdb\n")
    (result,) = call(runner, "def f(): raise ValueError('\\ud800\\0')", ("[]", "1"))
    assert result.error.endswith("ValueError: \ufffd\ufffd")
    (result,) = runner.outputs(Program("print('a\\0b')", "python", {}), [""])
    assert (result.status, result.output, result.error) == ("error", "", "The output has a NUL character.")
