"""Hints for somebody whose code fails: from the failing cases, or from a language model.

`current()` is the provider by the settings ALGOITNY_HINTS, ALGOITNY_OPENAI_URL, ALGOITNY_OPENAI_KEY and
ALGOITNY_OPENAI_MODEL.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from algoitny.hints.providers.cases import CaseHints
from algoitny.hints.providers.chat import Chat
from algoitny.hints.providers.contract import HintProvider, HintRequest, HintsUnavailable
from algoitny.hints.providers.openai import OpenAIHints

__all__ = ["CaseHints", "Chat", "HintProvider", "HintRequest", "HintsUnavailable", "OpenAIHints", "current"]


def current() -> HintProvider:
    """The provider that ALGOITNY_HINTS names. Raises ImproperlyConfigured where it cannot be had."""
    name = getattr(settings, "ALGOITNY_HINTS", "cases")
    if name == "cases":
        return CaseHints()
    if name == "openai":
        return OpenAIHints(Chat.configured())
    raise ImproperlyConfigured(f'ALGOITNY_HINTS is {name!r}; it takes "cases" or "openai".')
