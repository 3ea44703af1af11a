"""A problem on its way in, before it is a row, and the bounds that every source has to keep."""

import json
from dataclasses import dataclass, field, fields
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from algoitny.facets import facet_refusal, path_facet_refusal
from algoitny.problems.models import Problem

# An item of DynamoDB holds 400 KB with its names and keys, and the same problem has to fit there.
MAX_CASE_BYTES = 100_000
MAX_PROBLEM_BYTES = 300_000
MAX_TAGS = 50


@dataclass(frozen=True, kw_only=True)
class TestCaseDraft:
    input: str
    output: str


@dataclass(frozen=True, kw_only=True)
class ProblemDraft:
    platform: str
    problem_id: str
    title: str
    language: str
    problem_url: str = ""
    tags: list[str] = field(default_factory=list)
    solution_code: str = ""
    constraints: str = ""
    is_completed: bool = True
    metadata: dict[str, Any] = field(default_factory=dict)
    test_cases: tuple[TestCaseDraft, ...] = ()

    def columns(self) -> dict[str, Any]:
        """The values of the problem's own row."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "test_cases"}


def refusal(draft: ProblemDraft) -> str | None:
    """Why the draft cannot be stored, in one sentence, or None. The types are taken to be right."""
    return _text_refusal(draft.columns()) or _column_refusal(draft) or _size_refusal(draft)


def _column_refusal(draft: ProblemDraft) -> str | None:
    rules = {"platform": path_facet_refusal, "problem_id": path_facet_refusal, "language": facet_refusal}
    for name, rule in rules.items():
        if reason := rule(getattr(draft, name)):
            return f"{name} {reason}."
    if not draft.title.strip():
        return "title is empty."
    for name in ("platform", "problem_id", "language", "title", "problem_url"):
        length, longest = len(getattr(draft, name)), Problem._meta.get_field(name).max_length
        if length > longest:
            return f"{name} has {length} characters; at most {longest} fit."
    if draft.problem_url:
        try:
            URLValidator(schemes=["http", "https"])(draft.problem_url)
        except ValidationError:
            return f"problem_url {draft.problem_url!r} is no http or https address."
    if len(draft.tags) > MAX_TAGS or not all(tag.strip() for tag in draft.tags):
        return f"tags takes at most {MAX_TAGS} words, none of them empty."
    return None


def _size_refusal(draft: ProblemDraft) -> str | None:
    size = len(json.dumps(draft.columns(), ensure_ascii=False).encode())
    if size > MAX_PROBLEM_BYTES:
        return f"The problem without its test cases has {size} bytes; at most {MAX_PROBLEM_BYTES} fit."
    for number, case in enumerate(draft.test_cases, 1):
        if reason := _text_refusal({"input": case.input, "output": case.output}):
            return f"Test case {number}: {reason}"
        size = len(case.input.encode()) + len(case.output.encode())
        if size > MAX_CASE_BYTES:
            return f"Test case {number} has {size} bytes in input and output; at most {MAX_CASE_BYTES} fit."
    return None


def _text_refusal(value: Any, path: str = "") -> str | None:
    """Text that one of the databases would refuse: NUL (PostgreSQL) and halves of surrogate pairs (all of them)."""
    if isinstance(value, str):
        if "\x00" in value:
            return f"{path} contains a NUL character."
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            return f"{path} contains half of a surrogate pair, which is no character."
        return None
    if isinstance(value, dict):
        pairs = [(f"{path}.{name}".lstrip("."), item) for name, item in value.items()]
        return next(filter(None, (_text_refusal(str(name)) for name in value)), None) or next(
            filter(None, (_text_refusal(item, where) for where, item in pairs)), None
        )
    if isinstance(value, list):
        return next(filter(None, (_text_refusal(item, f"{path}[{at}]") for at, item in enumerate(value))), None)
    return None
