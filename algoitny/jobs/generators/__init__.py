"""Makes scripts that print test inputs: from the example inputs, or by a language model.

`current()` is the generator by ALGOITNY_HINTS: "openai" has the model's endpoint write it, everything else the embedded
generator.
"""

from django.conf import settings

from algoitny.hints.providers import Chat
from algoitny.jobs.generators.contract import MAX_INPUTS, Generator, GeneratorUnavailable
from algoitny.jobs.generators.embedded import EmbeddedGenerator
from algoitny.jobs.generators.openai import OpenAIGenerator

__all__ = ["MAX_INPUTS", "EmbeddedGenerator", "Generator", "GeneratorUnavailable", "OpenAIGenerator", "current"]


def current() -> Generator:
    """The generator by the settings. Raises ImproperlyConfigured where the endpoint's are missing."""
    if getattr(settings, "ALGOITNY_HINTS", "cases") == "openai":
        return OpenAIGenerator(Chat.configured())
    return EmbeddedGenerator()
