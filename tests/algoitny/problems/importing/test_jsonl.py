"""Anyone's problems come in from a file; a bad line is named with its reason, and the others go in."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from algoitny.problems import models
from algoitny.problems.importing.jsonl import LineError, parse_line
from algoitny.problems.models import Problem

GOOD = {
    "platform": "baekjoon",
    "problem_id": "1000",
    "title": "A+B",
    "language": "python",
    "test_cases": [{"input": "1 2", "output": "3"}, {"input": "2 2", "output": "4"}],
}


def line(**changes):
    return json.dumps({**GOOD, **changes}).encode()


@pytest.fixture
def run(tmp_path, db):
    def command(*lines, format="json"):  # noqa: A002
        path = tmp_path / "problems.jsonl"
        path.write_bytes(b"\n".join(lines))
        out, err = StringIO(), StringIO()
        try:
            call_command("import_problems", str(path), format=format, stdout=out, stderr=err)
        except CommandError as error:
            return out.getvalue(), err.getvalue(), error
        return out.getvalue(), err.getvalue(), None

    return command


def test_a_line_becomes_a_problem_with_its_test_cases_in_order(run):
    out, err, error = run(
        line(tags=["math"], problem_url="https://example.com/1000", constraints="n", metadata={"level": 1.5}),
        b"",
        b"  ",
    )
    assert (err, error) == ("", None)
    assert json.loads(out) | {"seconds": 0} == {
        "source": json.loads(out)["source"],
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "problems": 1,
        "failed": 0,
        "test_cases": 2,
        "confirmed": 0,
        "unconfirmed": 0,
        "over_bound": 0,
        "too_large": 0,
        "unwritable": 0,
        "over_bound_in": [],
        "failures": [],
        "seconds": 0,
    }
    problem = Problem.objects.get()
    assert (problem.title, problem.tags, problem.metadata, problem.is_completed) == (
        "A+B",
        ["math"],
        {"level": 1.5},
        True,
    )
    assert [case.output for case in problem.test_cases.all()] == ["3", "4"]


def test_bad_lines_are_reported_with_number_and_reason_and_the_rest_goes_in(run):
    out, err, error = run(line(), b"{", line(problem_id="a#b"), line(problem_id="1001"), line(), format="text")
    assert "2 problems created; 4 test cases" in out
    assert [text.split(":")[0] for text in err.splitlines()] == ["line 2", "line 3", "line 5"]
    assert "problem_id contains '#'" in err
    assert "on line 1 already" in err
    assert (error.returncode, str(error)) == (1, "3 problems were not imported; the rest is in.")
    assert Problem.objects.count() == 2


def test_as_json_stdout_is_one_object_with_the_failures(run):
    out, _, error = run(b"[]", line())
    body = json.loads(out)
    assert (body["created"], body["failed"]) == (1, 1)
    assert body["failures"] == [
        {"where": "line 1", "reason": "is a list; a line is an object with the fields of a problem."}
    ]
    assert error.returncode == 1


def test_the_second_time_nothing_changes_and_a_change_is_an_update(run):
    run(line())
    before = list(models.TestCase.objects.values()), list(Problem.objects.values())
    assert json.loads(run(line())[0])["unchanged"] == 1
    assert (list(models.TestCase.objects.values()), list(Problem.objects.values())) == before

    changed = line(title="A + B", test_cases=[GOOD["test_cases"][0], {"input": "0 0", "output": "0"}])
    assert json.loads(run(changed)[0])["updated"] == 1
    problem = Problem.objects.get()
    assert problem.title == "A + B"
    assert problem.created_at == before[1][0]["created_at"]
    assert problem.updated_at > before[1][0]["updated_at"]
    cases = list(problem.test_cases.values())
    assert cases[0] == before[0][0]
    assert [case["input"] for case in cases] == ["1 2", "0 0"]

    assert json.loads(run(line(title="A + B", test_cases=[]))[0])["updated"] == 1
    assert not models.TestCase.objects.exists()
    assert not Problem.objects.get().is_completed


def test_a_deleted_problem_stays_deleted(run):
    run(line())
    Problem.objects.update(is_deleted=True, deleted_reason="twice")
    assert json.loads(run(line())[0])["unchanged"] == 1
    assert Problem.objects.get().is_deleted


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"\xff", "not UTF-8: byte 1"),
        (b"{", "not JSON"),
        (b"null", "is null"),
        (b"3", "is a number"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": 1, "a": 2}', "gives 'a' more than once"),
        (b"{}", "lacks platform, problem_id, title, language, test_cases."),
        (line(titel="x"), "unknown fields: titel. Known are: platform"),
        (line(problem_id=1000), "problem_id is a number; it takes text"),
        (line(language=None), "language is null; it takes text"),
        (line(is_completed=1), "is_completed is a number; it takes true or false"),
        (line(platform=""), "platform is empty"),
        (line(platform="a/b"), "platform contains '/'"),
        (line(language="c#"), "language contains '#'"),
        (line(title="  "), "title is empty"),
        (line(title="x" * 301), "title has 301 characters; at most 300 fit"),
        (line(problem_url="example"), "no http or https address"),
        (line(problem_url="javascript:alert(1)"), "no http or https address"),
        (line(tags="math"), "tags is text; it takes a list"),
        (line(tags=[1]), "tags takes a list of text"),
        (line(tags=[" "]), "none of them empty"),
        (line(solution_code="a\x00"), "solution_code contains a NUL"),
        (line(metadata={"a": {"b": ["\ud800"]}}), "metadata.a.b[0] contains half of a surrogate pair"),
        (line(metadata={"\x00": 1}), "NUL"),
        (line()[:-1] + b', "metadata": {"a": NaN}}', "holds NaN"),
        (line()[:-1] + b', "metadata": {"a": 1e999}}', "holds 1e999"),
        (line(metadata={"a": "x" * 300_000}), "at most 300000 fit"),
        (line(test_cases={}), "test_cases is an object; it takes a list"),
        (line(test_cases=["1 2"]), "test case 1 is not an object"),
        (line(test_cases=[{"input": "1"}]), "test case 1 is not an object with exactly input and output"),
        (line(test_cases=[{"input": "1", "output": 1}]), "test case 1: input and output take text"),
        (line(test_cases=[{"input": "\x00", "output": ""}]), "Test case 1: input contains a NUL"),
        (line(test_cases=[{"input": "é" * 50_000, "output": "1"}]), "Test case 1 has 100001 bytes"),
    ],
)
def test_a_bad_line_says_what_is_wrong_with_it(raw, says):
    with pytest.raises(LineError) as caught:
        parse_line(raw)
    assert says in str(caught.value)


def test_a_byte_order_mark_and_case_of_names_are_kept_apart():
    assert parse_line(b"\xef\xbb\xbf" + line(platform="Baekjoon")).platform == "Baekjoon"


def test_a_file_that_is_not_there_is_refused(db, tmp_path):
    with pytest.raises(CommandError, match=r"none\.jsonl cannot be read: No such file"):
        call_command("import_problems", str(tmp_path / "none.jsonl"))


def test_the_help_describes_the_format(capsys):
    with pytest.raises(SystemExit):
        call_command("import_problems", "--help")
    assert '{"input": text, "output": text}' in capsys.readouterr().out
