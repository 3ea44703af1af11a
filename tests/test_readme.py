"""What the README shows is run, so that it stays true."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dynamo_models import NeedsScan
from dynamo_models.checks import check_table

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()


@pytest.fixture
def screenful() -> tuple[str, str]:
    """(definitions, use) of the README's example."""
    found = re.search(r"```python\n(from datetime.*?)```", README, re.DOTALL)
    assert found is not None
    definitions, use = found[1].split("problem = Problem.objects.create", 1)
    return definitions, "problem = Problem.objects.create" + use


def test_the_screenful_does_what_its_comments_say(screenful: tuple[str, str], make_tables: Callable[..., None]) -> None:
    definitions, use = screenful
    names: dict[str, Any] = {"__name__": "readme"}
    exec(definitions, names)
    assert check_table(names["main"]) == []
    make_tables(names["main"])
    # The one line that is shown for its refusal; a queryset is carried out when it is looked at.
    refused = 'Problem.objects.filter(title="A+B")'
    assert refused in use
    exec(use, names)
    with pytest.raises(NeedsScan, match="by_platform"):
        list(eval(refused, names))
    problem = names["Problem"].objects.get(id=17)
    assert (problem.problem_id, problem.title, problem.hits, problem.is_deleted) == ("1001", "A + B", 1, True)
    assert problem.raw.keys().isdisjoint({"GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK"})
    assert [case.n for case in names["TestCase"].objects.filter(platform="baekjoon", problem_id="1001")] == [1]


def test_both_commands_are_there_for_ci_to_run() -> None:
    for name in ("demo", "tests"):
        assert re.search(rf"<!-- command: {name} -->\n    python3 -m venv ", README)


def test_the_parts_that_the_readme_names_exist() -> None:
    root = Path(__file__).resolve().parents[1]
    listed = re.findall(r"^    ((?:dynamo_models|algoitny)/\w+) ", README, re.MULTILINE)
    assert len(listed) > 8
    assert [path for path in listed if not (root / path).is_dir()] == []
