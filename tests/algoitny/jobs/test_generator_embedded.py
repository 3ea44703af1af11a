"""The embedded generator's script prints inputs near the examples, which the reference solution answers."""

import ast
import json

import pytest

from algoitny.execution.runners import Limits, Program, SubprocessRunner
from algoitny.jobs.generators import EmbeddedGenerator, GeneratorUnavailable, current
from algoitny.problems.importing import humaneval
from algoitny.problems.importing import subprocesses as importing

CALL = {"entry_point": "f", "input_format": "json"}
LITERALS = {"entry_point": "f", "input_format": "python"}


@pytest.fixture
def runner(settings):
    settings.DEBUG = True
    return SubprocessRunner(Limits())


@pytest.fixture
def printed(runner):
    def run(examples, metadata):
        script = EmbeddedGenerator().script("Title", "", "python", "", metadata, examples)
        done = runner.execute(script, "python")
        assert done.error == ""
        assert runner.execute(script, "python").stdout == done.stdout
        inputs = json.loads(done.stdout)
        assert len(inputs) == len(set(inputs)) <= 20
        assert not set(inputs) & set(examples)
        return inputs

    return run


def test_the_settings_choose_the_generator(settings):
    settings.ALGOITNY_HINTS = "cases"
    assert isinstance(current(), EmbeddedGenerator)


@pytest.mark.parametrize("task", ["HumanEval/0", "HumanEval/8", "HumanEval/105", "HumanEval/115", "HumanEval/33"])
def test_a_reference_solution_answers_what_is_generated_for_its_problem(runner, printed, task):
    tasks = {one["task_id"]: one for one in humaneval.read_tasks()}
    draft = humaneval.derive(tasks[task], importing.Limits()).draft
    inputs = printed([one.input for one in draft.test_cases], draft.metadata)
    assert len(inputs) == 20
    answers = runner.outputs(Program(draft.solution_code, "python", draft.metadata), inputs)
    answered = [one for one in answers if one.status == "passed"]
    assert len(answered) >= len(inputs) * 0.6, answers
    assert len({one.output for one in answered}) > 1


def test_numbers_are_nudged_and_lists_are_changed_in_every_way(printed):
    assert {json.loads(one)[0] for one in printed(["[7]"], CALL)} == {0, 1, -7, 8, 6, 14, 70}
    lists = [json.loads(one)[0] for one in printed(["[[3, 1, 2]]"], CALL)]
    for wanted in ([], [3], [2, 1, 3], [1, 2, 3], [3, 1, 2, 3, 1, 2]):
        assert wanted in lists
    assert {json.loads(one)[0] for one in printed(['["abc"]'], CALL)} == {"", "a", "bc", "cba", "abcabc"}


def test_python_literals_stay_literals(printed):
    inputs = printed(["[(1, 2), {1, 2}, {3: b'x'}, 1.5, None, True]", "[(), set(), {}, 0.0, None, False]"], LITERALS)
    values = [ast.literal_eval(one) for one in inputs]
    assert any(value[1] == set() for value in values)
    assert any(value[0] == (2, 1) for value in values)


def test_numbers_in_standard_input_are_nudged_but_not_the_count_of_what_follows(printed):
    inputs = printed(["3\n10 -20 3.5\n"], {})
    assert all(one.startswith("3\n") and one.endswith("\n") for one in inputs)
    assert "3\n11 -20 3.5\n" in inputs
    assert "3\n10 20 3.5\n" in inputs
    assert {one.split("\n")[0] for one in printed(["5\n"], {})} == {"0", "1", "-5", "6", "4", "10", "50"}


def test_standard_input_without_a_number_has_its_lines_changed(printed):
    assert set(printed(["abcd\nxy"], {})) == {"ab\nxy", "dcba\nxy", "abcdabcd\nxy", "abcd\nx", "abcd\nyx", "abcd\nxyxy"}


def test_each_example_has_its_turn(printed):
    inputs = printed([f"[{number}]" for number in range(100, 2000, 100)], CALL)
    assert len(inputs) == 20
    assert len({abs(json.loads(one)[0]) // 50 for one in inputs}) > 10


@pytest.mark.parametrize(
    ("examples", "metadata", "message"),
    [
        ([], CALL, "no example input"),
        (["1", "{}", "[(1,)]"], CALL, "None of the 3 example inputs is a list of arguments in json"),
        (["[f(x)]", "["], LITERALS, "arguments in python"),
        (["[]", "[null]"], CALL, "no number, text or list"),
        ([""], {}, "no number, text or list"),
        (["[" * 100_000], CALL, "None of the 1"),
    ],
)
def test_what_is_missing_is_said(examples, metadata, message):
    with pytest.raises(GeneratorUnavailable, match=message):
        EmbeddedGenerator().script("Title", "", "python", "", metadata, examples)


def test_a_title_or_an_example_cannot_become_code(runner):
    title = "x'''\n\"\nimport os; print('owned')\r\x0c\u2028"
    example = "\"]\nprint('owned')\n[\""
    script = EmbeddedGenerator().script(title, "", "python", "", {}, [example, "5"])
    done = runner.execute(script, "python")
    assert done.error == ""
    assert isinstance(json.loads(done.stdout), list)
    assert script.isascii()
