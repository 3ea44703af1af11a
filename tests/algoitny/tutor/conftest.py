"""The tutor's table and those that it records in, empty; runs with hints."""

import pytest
from django.core.cache import cache

from algoitny import store
from algoitny.history import access as history
from algoitny.history.records import NewRun
from algoitny.tutor import starting
from tests.algoitny.conftest import START
from tests.algoitny.helpers import a_problem, a_user

HINTS = ["look at zero", "then at one"]


@pytest.fixture
def tutor_tables(make_tables, db):
    from algoitny.chat import tables as chat
    from algoitny.tutor.tables import navigator

    cache.clear()
    make_tables(navigator, chat.messages, chat.analytics)
    with store.serving("sql"):
        yield


def a_run(user=None, *, hints=HINTS, public=False, problem=None):
    problem = problem or a_problem(cases=[("1 2", "4"), ("0 0", "1")])
    user = user or a_user()
    results = [
        {"id": problem.test_cases[0].id, "status": "failed", "output": "3", "error": "", "seconds": 0.1},
        {"id": problem.test_cases[1].id, "status": "passed", "output": "1", "error": "", "seconds": 0.1},
    ]
    run = history.create_run(
        NewRun(
            user_id=user.id,
            user_identifier=user.email,
            problem_row=problem.id,
            platform=problem.platform,
            problem_number=problem.problem_id,
            problem_title=problem.title,
            language="python",
            code="print()",
            result_summary={},
            passed_count=1,
            failed_count=1,
            total_count=2,
            is_code_public=public,
            test_results=results,
            metadata={},
        ),
        at=START,
    )
    return history.add_hints(run.id, list(hints)) if hints else run


def a_conversation(user_id=17, number=0, *, at=START, hints=HINTS):
    """One that is about no run of either store's."""
    return starting.start(user_id, title=f"Problem {number}", module_id=7, run_id=number or None, hints=hints, at=at)
