"""Times, raw items, and tables to read."""

from datetime import UTC, datetime, timedelta

import pytest

from dynamo_models import transport

START = datetime(2025, 3, 9, 22, 30, tzinfo=UTC)


@pytest.fixture
def at():
    """``at(3)``: three minutes after the start."""
    return lambda minutes: START + timedelta(minutes=minutes)


@pytest.fixture
def put_raw():
    """Write an item as another application would."""

    def put(table, item):
        transport.client(table.name).put_item(TableName=table.endpoint_name, Item=item)

    return put
