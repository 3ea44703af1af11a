"""A small installation with a history, the same in both stores."""

import json
from datetime import UTC, datetime

import pytest

from algoitny import store
from algoitny.activity.seed import seed
from algoitny.patterns.sample import pick
from algoitny.problems.importing.run import import_jsonl
from tests.algoitny.helpers import mirrored

PROBLEMS = [
    {
        "platform": platform,
        "problem_id": str(1000 + number),
        "title": f"Sum of {number} numbers",
        "language": language,
        "tags": ["math"],
        "solution_code": "a, b = map(int, input().split())\nprint(a + b)\n",
        "test_cases": [{"input": f"{case} 1", "output": str(case + 1)} for case in range(number + 1)],
        "is_completed": number != 3,
    }
    for number, (platform, language) in enumerate(
        [("baekjoon", "python"), ("baekjoon", "cpp"), ("codeforces", "python"), ("codeforces", "python")]
    )
]


def write_problems(path):
    path.write_text("\n".join(map(json.dumps, PROBLEMS)))
    return path


@pytest.fixture
def seeded(db, tmp_path):
    """Rows in SQL alone."""
    import_jsonl(write_problems(tmp_path / "problems.jsonl"))
    seed(users=8, runs=70, days=40, seed=5, now=datetime.now(UTC))


@pytest.fixture
def copied(seeded, tables):
    """The same in DynamoDB."""
    mirrored()


@pytest.fixture
def sample(copied):
    with store.serving("sql"):
        return pick()
