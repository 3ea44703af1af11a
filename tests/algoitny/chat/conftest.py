"""The two tables of chat analytics, empty, and messages to record."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache

from algoitny.chat import writing
from algoitny.chat.records import NewMessage
from algoitny.chat.tables import analytics, messages
from dynamo_models import streams

NOON = datetime(2025, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def chat_tables(make_tables):
    cache.clear()
    make_tables(messages, analytics)
    yield
    cache.clear()


def new_message(number=0, **values):
    return NewMessage(
        **{
            "message_id": f"m{number}",
            "conversation_id": "c",
            "module_id": 7,
            "student_id": 1,
            "provider": "cases",
            "role": "user",
            "content": f"message {number}",
            **values,
        }
    )


def record(number=0, *, at=NOON, after=0.0, **values):
    """after: seconds behind `at`."""
    return writing.record(new_message(number, **values), at=at + timedelta(seconds=after))


def cents(number):
    return Decimal(number) / 100


def count_all():
    """Let the stream tell of everything that was recorded."""
    return streams.consume(messages)
