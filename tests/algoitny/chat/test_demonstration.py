"""What the demo shows is done again with the same end."""

import pytest

from algoitny.chat.demonstration import demonstrate

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("chat_tables"),
    pytest.mark.endpoint_cannot("moto", reason="its transactions are not isolated from each other"),
    pytest.mark.endpoint_cannot("ministack", reason="it answers DescribeStream with 400"),
]


def test_it_is_repeatable():
    first = demonstrate()
    second = demonstrate()
    assert "60 are kept" in first[0]
    assert first[1] == "the stream told of 60; the totals differ from a recount of the whole log in 0 places"
    assert second[1] == "the stream told of 0; the totals differ from a recount of the whole log in 0 places"
    assert second[2:] == first[2:]
    assert first[2].count(" 20 of 3") == 3
    assert "openai on 2025-01-17, $0.05 exactly" in first[3]
    assert "none of the log" in first[5]
