"""What a program said, before anybody judged it."""

from dataclasses import dataclass, replace
from typing import Literal

from algoitny.execution.runners.contract import MAX_SHOWN, CaseResult


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`ran` has the answer in `text`, whole; `error` and `timeout` have what was printed before, if anything.

    `text_format` is the format of an entry point's answer. It is not always that of the problem: a tuple is written as
    a Python literal where the problem's outputs are JSON, and an object that no text can say has None.
    """

    status: Literal["ran", "error", "timeout"]
    text: str = ""
    text_format: str | None = None
    error: str = ""
    seconds: float = 0.0


def short(text: str, bound: int = MAX_SHOWN) -> str:
    """The text within the bound, cut in its middle: an error says what it is at its end, a compiler at the start."""
    if len(text) <= bound:
        return text
    left = bound // 2
    mark = "\n…\n"
    return text[:left] + mark + text[len(text) - (bound - left - len(mark)) :]


def storable(text: str) -> str:
    """The text with a mark in place of what the databases refuse: NUL, and halves of surrogate pairs."""
    return "".join("\ufffd" if one == "\0" or "\ud800" <= one <= "\udfff" else one for one in text)


def shown(result: CaseResult) -> CaseResult:
    """The result as it is kept: output cut at its end, the error in its middle, both storable."""
    output = result.output if len(result.output) <= MAX_SHOWN else result.output[: MAX_SHOWN - 1] + "…"
    return replace(result, output=storable(output), error=storable(short(result.error)))
