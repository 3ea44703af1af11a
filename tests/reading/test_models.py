"""The entities of these tests have no faults that the checks know."""

import pytest

from dynamo_models.checks import check_table
from tests.reading import models


@pytest.mark.parametrize(
    "table", [models.things, models.events, models.assignments, models.chat, models.tutor, models.versioned]
)
def test_definitions_have_no_errors(table):
    assert [message for message in check_table(table) if message.level >= 40] == []
