"""Problem documents."""

from algoitny.api.errors import problem_json


def test_a_detail_can_always_be_sent():
    assert problem_json(400, "half a pair: \ud83d, and ü")["detail"] == "half a pair: \\ud83d, and ü"
