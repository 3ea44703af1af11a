"""What the tests of the transport share: settings of their own, and connections that are forgotten after each test."""

from __future__ import annotations

from typing import Any

import pytest

from dynamo_models import transport


@pytest.fixture(autouse=True)
def _fresh_connections():
    transport.reset_connections()
    yield
    transport.reset_connections()


@pytest.fixture
def dynamo_settings(settings):
    """Sets ``DYNAMO_MODELS`` to what it is given, and nothing else."""

    def change(**values: Any) -> None:
        settings.DYNAMO_MODELS = values

    change(ENDPOINT="http://127.0.0.1:1", REGION="eu-central-1")
    return change
