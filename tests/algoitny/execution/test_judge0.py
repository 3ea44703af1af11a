"""The Judge0 client against a server on loopback that speaks as Judge0 does and computes the answers."""

import ast
import time

import pytest

from algoitny.execution.runners import (
    Case,
    Judge0Runner,
    Limits,
    Program,
    RunnerUnavailable,
    UnknownLanguage,
)
from algoitny.execution.runners.wrapping import wrapped
from tests.algoitny.execution.judge0_server import Judge0

CALL = {"entry_point": "f", "input_format": "json", "output_format": "json"}
QUICK = Limits(run_seconds=20, case_seconds=3, cpu_seconds=2)


def client(server, *, token="", limits=QUICK, **options):
    return Judge0Runner(server.url, token, limits, **{"pause_seconds": 0.01, "poll_seconds": 0.01, **options})


def statuses(result):
    return [one.status for one in result.results]


def test_a_derived_problem_passes_in_batches_and_a_wrong_solution_does_not(runner, derived, cases_of):
    draft = derived("HumanEval/8")
    cases = [*cases_of(draft)] * 5
    with Judge0(runner) as server:
        right = client(server).run(Program(draft.solution_code, "python", draft.metadata), cases)
        wrong = client(server).run(Program("def sum_product(x): return [0, 1]", "python", draft.metadata), cases[:2])
    assert right.summary()["passed"] == len(cases) == 25
    assert right.summary()["runner"] == "judge0"
    assert right.summary()["seconds"] == pytest.approx(0.5)
    assert statuses(wrong) == ["failed", "failed"]
    batches = [len(body["submissions"]) for method, _, body in server.requests if method == "POST"]
    assert batches == [20, 5, 2]
    submission = next(iter(server.submissions.values()))
    assert (submission["language_id"], submission["cpu_time_limit"], submission["wall_time_limit"]) == (92, 2, 3)
    assert "expected_output" not in submission


def test_a_problem_with_standard_input_is_judged_by_what_is_printed(runner):
    with Judge0(runner) as server:
        program = Program("a, b = map(int, input().split())\nprint(a // b)", "python", {})
        result = client(server).run(program, [Case(1, "4 2", "2\n"), Case(2, "4 2", "3"), Case(3, "4 0", "")])
        assert statuses(result) == ["passed", "failed", "error"]
        assert "ZeroDivisionError" in result.results[2].error
        whole = client(server).outputs(program, ["9 3", "1 0"])
        assert [(one.id, one.status, one.output) for one in whole] == [(0, "passed", "3\n"), (1, "error", "")]
        assert client(server).execute("print(input())", "python", "é").stdout == "é\n"


def test_what_the_server_says_of_a_submission_is_its_status(runner):
    with Judge0(runner, statuses={0: 5, 1: 6, 2: 7, 3: 4, 4: 14}) as server:
        result = client(server).run(Program("print(1)", "python", {}), [Case(one, "", "1") for one in range(6)])
    assert statuses(result) == ["timeout", "error", "error", "passed", "error", "passed"]
    assert result.results[1].error == "solution.c:1: no"


def test_languages_are_the_newest_of_those_that_we_know(runner):
    with Judge0(runner) as server:
        assert client(server).languages() == {"python", "c", "cpp", "csharp"}
        with pytest.raises(UnknownLanguage, match=r"'java' cannot be run here\. Known: c, cpp, csharp, python"):
            client(server).run(Program("", "java", {}), [Case(1, "", "")])
        result = client(server).run(
            Program("#include <iostream>\nint main() { std::cout << 1; }", "C++", {}), [Case(1, "", "1")]
        )
        client(server).execute("int main() {}", "c")
        client(server).execute("", "py")
    assert statuses(result) == ["passed"]
    assert [one["language_id"] for one in server.submissions.values()] == [54, 50, 92]


def test_a_busy_server_is_asked_again(runner):
    with Judge0(runner, refusals=[503, 429, -1]) as server:
        result = client(server).run(Program("print(1)", "python", {}), [Case(1, "", "1")])
    assert statuses(result) == ["passed"]
    assert [path for _, path, _ in server.requests[:4]] == ["/languages"] * 4


def test_a_server_that_stays_busy_is_unavailable_after_some_tries(runner):
    with Judge0(runner, refusals=[503] * 9) as server, pytest.raises(RunnerUnavailable, match="answered 503"):
        client(server).languages()
    assert len(server.requests) == 4


def test_a_refusal_is_not_asked_again_and_does_not_repeat_the_token(runner):
    with Judge0(runner, token="right") as server:
        assert "python" in client(server, token="right").languages()
        with pytest.raises(RunnerUnavailable, match=r"answered 401: .*bad token \*\*\*") as caught:
            client(server, token="planted-secret").languages()
    assert "planted-secret" not in str(caught.value)
    assert len(server.requests) == 2


def test_a_server_that_is_not_there_is_unavailable():
    with pytest.raises(RunnerUnavailable, match=r"could not be reached \(ConnectError, tried 2 times\)"):
        Judge0Runner("http://127.0.0.1:9", "", QUICK, tries=2, pause_seconds=0).languages()
    for url in ("ftp://127.0.0.1:9", "http://[", "nowhere"):
        with pytest.raises(RunnerUnavailable):
            Judge0Runner(url, "", QUICK, pause_seconds=0).languages()


def test_a_server_that_never_finishes_is_unavailable_in_bounded_time(runner):
    limits = Limits(run_seconds=0.5)
    started = time.monotonic()
    with Judge0(runner, pending=10**9) as server, pytest.raises(RunnerUnavailable, match="finished none of 2"):
        client(server, limits=limits).run(Program("", "python", {}), [Case(1, "", ""), Case(2, "", "")])
    assert time.monotonic() - started < 30


def test_what_is_not_finished_in_time_beside_what_is_times_out(runner):
    with Judge0(runner, pending=0, statuses={1: 2}) as server:
        program = Program("print(1)", "python", {})
        result = client(server, limits=Limits(run_seconds=0.6)).run(program, [Case(1, "", "1"), Case(2, "", "1")])
    assert statuses(result) == ["passed", "timeout"]
    assert result.results[1].error == "Not finished in the run's 0.6 s."


def test_an_error_of_the_server_is_not_the_programs(runner):
    with Judge0(runner, statuses={0: 13}) as server, pytest.raises(RunnerUnavailable, match="isolate failed"):
        client(server).run(Program("", "python", {}), [Case(1, "", "")])


def test_a_refused_submission_is_unavailable_with_what_the_server_says(runner):
    with Judge0(runner) as server, pytest.raises(RunnerUnavailable, match="language with id 51 doesn't exist"):
        client(server).run(Program("", "csharp", {}), [Case(1, "", "")])


@pytest.mark.parametrize("said", ["{}", "[1]", '[{"name": "Python (3.8.1)", "id": "x"}]'])
def test_an_answer_that_cannot_be_read_is_unavailable(runner, said, monkeypatch):
    monkeypatch.setattr("tests.algoitny.execution.judge0_server.LANGUAGES", ast.literal_eval(said) or 3)
    with Judge0(runner) as server, pytest.raises(RunnerUnavailable, match="cannot be read"):
        client(server).languages()


def test_the_wrapped_solution_is_ascii_that_python_3_8_reads():
    source = wrapped(Program("def f(x):\n    return 'é'", "python", CALL))
    assert source.isascii()
    assert "from __future__ import annotations" in source  # without which 3.8 stops at Iterable[Any]
    ast.parse(source, feature_version=(3, 8))
    for inner in ast.walk(ast.parse(source)):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and "import" in inner.value:
            ast.parse(inner.value, feature_version=(3, 8))
