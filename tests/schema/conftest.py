import pytest


@pytest.fixture(autouse=True)
def _isolated(isolated_tables):
    """The tables of these tests are nobody else's."""
