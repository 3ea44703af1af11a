"""Tags of an experiment or a flag: how many there may be, and what they are."""

from collections.abc import Iterable

from algoitny.experiments.errors import ExperimentsError

MAX_TAGS = 20
MAX_LENGTH = 50


def checked(tags: Iterable[str]) -> list[str]:
    """The tags, each once, in order. Raises ExperimentsError."""
    found = list(dict.fromkeys(tags))
    if len(found) > MAX_TAGS:
        raise ExperimentsError(f"There are {len(found)} tags; at most {MAX_TAGS} are taken.")
    for tag in found:
        if not 1 <= len(tag) <= MAX_LENGTH:
            raise ExperimentsError(f"The tag {tag!r} has {len(tag)} characters; it takes 1 to {MAX_LENGTH}.")
    return found
