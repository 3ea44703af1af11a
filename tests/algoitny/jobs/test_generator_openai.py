"""The generator that asks a model takes a Python script and nothing else."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from algoitny.hints.providers import Chat
from algoitny.jobs.generators import GeneratorUnavailable, OpenAIGenerator, current
from tests.algoitny.hints.chat_server import chat_server, completion


def ask(url, metadata):
    generator = OpenAIGenerator(Chat(url, "sk-planted-key", "small", pause_seconds=0.01))
    return generator.script("Sum", "n > 0", "python", "def f(n): return n", metadata, ["[1]"])


def test_a_script_comes_back_without_its_fence_and_the_problem_was_sent():
    with chat_server((200, completion("```python\nprint('[]')\n```"))) as (url, requests):
        assert ask(url, {"entry_point": "f", "input_format": "python"}) == "print('[]')\n"
    system, user = requests[0][2]["messages"]
    assert "arguments of f, as a Python literal" in system["content"]
    assert json.loads(user["content"])["example_inputs"] == ["[1]"]


def test_without_an_entry_point_standard_input_is_asked_for():
    with chat_server((200, completion("print('[]')"))) as (url, requests):
        assert ask(url, {}) == "print('[]')\n"
    assert "whole standard input" in requests[0][2]["messages"][0]["content"]


@pytest.mark.parametrize("said", ["Here it is: print(", "", "x = 1", "\0", "(" * 10_000])
def test_what_is_no_script_is_refused(said):
    with chat_server((200, completion(said))) as (url, _), pytest.raises(GeneratorUnavailable, match="The model"):
        ask(url, {})


def test_a_refusal_is_told_without_the_key():
    with (
        chat_server((401, "bad sk-planted-key")) as (url, _),
        pytest.raises(GeneratorUnavailable, match=r"answered 401: bad \*\*\*"),
    ):
        ask(url, {})


def test_the_settings_choose_it(settings):
    settings.ALGOITNY_HINTS = "openai"
    settings.ALGOITNY_OPENAI_URL = ""
    with pytest.raises(ImproperlyConfigured, match="ALGOITNY_OPENAI_URL"):
        current()
    settings.ALGOITNY_OPENAI_URL, settings.ALGOITNY_OPENAI_MODEL = "http://127.0.0.1:9", "small"
    assert isinstance(current(), OpenAIGenerator)
