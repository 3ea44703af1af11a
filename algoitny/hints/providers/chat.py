"""Asks an OpenAI-compatible endpoint to complete a chat; hints and generators are both made of its answers."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from algoitny.execution.runners.http import Service, ServiceError

__all__ = ["Chat", "ServiceError"]

MAX_ANSWER = 50_000  # characters


class Chat:
    """`url` ends before `/chat/completions`; `key` goes into the Authorization header, where it is not empty.

    `timeout_seconds` is for each wait within a try: a model may think for half a minute before its first byte.
    """

    def __init__(
        self,
        url: str,
        key: str,
        model: str,
        *,
        tries: int = 3,
        pause_seconds: float = 1.0,
        timeout_seconds: float = 60.0,
    ) -> None:
        self._model = model
        self._service = Service(
            name="The model's endpoint",
            url=url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            tries=tries,
            pause_seconds=pause_seconds,
            timeout_seconds=timeout_seconds,
        )

    @classmethod
    def configured(cls) -> "Chat":
        """By the settings. Raises ImproperlyConfigured, which names those that are missing."""
        url, model = getattr(settings, "ALGOITNY_OPENAI_URL", ""), getattr(settings, "ALGOITNY_OPENAI_MODEL", "")
        missing = [name for name, value in (("URL", url), ("MODEL", model)) if not value]
        if missing:
            names = " and ".join(f"ALGOITNY_OPENAI_{name}" for name in missing)
            raise ImproperlyConfigured(f'ALGOITNY_HINTS is "openai", so {names} has to be set.')
        return cls(url, getattr(settings, "ALGOITNY_OPENAI_KEY", "") or "", model)

    def ask(self, system: str, user: str) -> str:
        """The text of the first choice. Raises ServiceError where there is none, or it was cut off or is too long."""
        said: Any = self._service.request(
            "POST",
            "/chat/completions",
            json={
                "model": self._model,
                "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
            },
        )
        try:
            choice = said["choices"][0]
            text, reason = choice["message"]["content"], choice.get("finish_reason")
        except (TypeError, KeyError, IndexError, AttributeError) as error:
            raise ServiceError("The model's endpoint answered without a choice that has a message.") from error
        if not isinstance(text, str):
            raise ServiceError("The model's endpoint answered with a message that has no text.")
        if reason == "length":
            raise ServiceError("The model's answer was cut off at its length.")
        if len(text) > MAX_ANSWER:
            raise ServiceError(f"The model's answer has more than {MAX_ANSWER} characters.")
        return text


def unfenced(text: str) -> str:
    """The text without the Markdown fence that models put around code, where it is one fence from end to end."""
    lines = text.strip().splitlines()
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```":
        return "\n".join(lines[1:-1])
    return text.strip()
