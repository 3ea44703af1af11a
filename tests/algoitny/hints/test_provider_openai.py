"""Hints from a model: what is asked, and that nothing but a list of hints is taken for one."""

import json
import logging

import pytest
from django.core.exceptions import ImproperlyConfigured

from algoitny.hints.providers import Chat, HintRequest, HintsUnavailable, OpenAIHints, current
from tests.algoitny.hints.chat_server import chat_server, completion

KEY = "sk-planted-key"
ROWS = [
    {"id": 1, "status": "passed", "input": "[1]", "expected": "1", "output": "1", "error": ""},
    {"id": 2, "status": "failed", "input": "[0]", "expected": "1", "output": "x" * 900, "error": ""},
]


def ask(url, count=3, **options):
    provider = OpenAIHints(Chat(url, KEY, "small", **{"pause_seconds": 0.01, **options}))
    return provider.hints(HintRequest("Sum", "n > 0", "python", "def f(): pass", ROWS, count))


def test_the_code_and_the_failing_cases_are_sent_and_a_list_comes_back():
    with chat_server((200, completion('["one", " two ", ""]'))) as (url, requests):
        assert ask(url) == ["one", "two"]
    ((path, headers, body),) = requests
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert body["model"] == "small"
    told = json.loads(body["messages"][1]["content"])
    assert (told["code"], told["passed"], told["failed"]) == ("def f(): pass", 1, 1)
    (case,) = told["failing_cases"]
    assert (case["input"], len(case["output"])) == ("[0]", 500)
    assert KEY not in json.dumps(body)


def test_a_fence_around_the_list_is_taken_off_and_the_count_is_kept():
    with chat_server((200, completion('```json\n["a", "b", "c", "d"]\n```'))) as (url, _):
        assert ask(url, count=2) == ["a", "b"]


def test_a_long_hint_is_cut():
    with chat_server((200, completion(json.dumps(["y" * 5000, "a\0b"])))) as (url, _):
        assert ask(url) == ["y" * 1000, "ab"]


@pytest.mark.parametrize(
    "said",
    [
        completion("Look at line 3."),
        completion('{"hints": ["a"]}'),
        completion('["a", 3]'),
        completion("[]"),
        completion('[" "]'),
        completion("[" * 20_000),
        completion(None),
        completion('["a"]', reason="length"),
        completion(json.dumps(["a" * 60_000])),
        {"choices": []},
        {"error": "no"},
        [],
        "null",
        "<html>",
        "[" * 100_000,
    ],
)
def test_anything_else_is_no_hint(said):
    with chat_server((200, said)) as (url, requests), pytest.raises(HintsUnavailable):
        ask(url)
    assert len(requests) == 1


def test_a_busy_endpoint_is_asked_again():
    with chat_server((429, "slow"), (503, ""), (200, completion('["a"]'))) as (url, requests):
        assert ask(url) == ["a"]
    assert len(requests) == 3


@pytest.mark.parametrize("status", [401, 400, 503, 302])
def test_a_refusal_is_told_without_the_key(status, caplog):
    caplog.set_level(logging.DEBUG)
    with (
        chat_server((status, f"Incorrect API key provided: {KEY} (Bearer {KEY})")) as (url, requests),
        pytest.raises(HintsUnavailable, match=f"answered {status}: Incorrect") as caught,
    ):
        ask(url)
    assert len(requests) == (3 if status == 503 else 1)
    assert KEY not in str(caught.value) + repr(caught.value.__cause__) + caplog.text


def test_an_endpoint_that_is_not_there_is_told_without_the_key():
    with pytest.raises(HintsUnavailable, match="could not be reached") as caught:
        ask(f"http://user:{KEY}@127.0.0.1:9/v1", tries=1)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", ["schlüssel-planted", "planted\nkey"])
def test_a_key_that_cannot_be_sent_is_told_without_it(key):
    provider = OpenAIHints(Chat("http://127.0.0.1:9", key, "small", tries=1))
    with pytest.raises(HintsUnavailable) as caught:
        provider.hints(HintRequest("", "", "", ""))
    assert "planted" not in str(caught.value)
    assert "planted" not in repr(provider.__dict__)


def test_the_settings_choose_it_and_missing_ones_are_named(settings):
    settings.ALGOITNY_HINTS = "openai"
    settings.ALGOITNY_OPENAI_URL = settings.ALGOITNY_OPENAI_MODEL = ""
    with pytest.raises(ImproperlyConfigured, match="ALGOITNY_OPENAI_URL and ALGOITNY_OPENAI_MODEL"):
        current()
    settings.ALGOITNY_OPENAI_MODEL = "small"
    with chat_server((200, completion('["a"]'))) as (url, requests):
        settings.ALGOITNY_OPENAI_URL = url
        settings.ALGOITNY_OPENAI_KEY = None
        assert current().hints(HintRequest("", "", "", "")) == ["a"]
    assert "Authorization" not in requests[0][1]
    settings.ALGOITNY_HINTS = "oracle"
    with pytest.raises(ImproperlyConfigured, match="ALGOITNY_HINTS is 'oracle'"):
        current()
