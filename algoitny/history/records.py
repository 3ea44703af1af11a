"""Runs and what they add up to, as either store answers them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSummary:
    """A run as a list shows it. `user_id` is None for an anonymous one."""

    id: int
    user_id: int | None
    user_identifier: str
    problem_row: int
    platform: str
    problem_number: str
    problem_title: str
    language: str
    result_summary: dict[str, Any]
    passed_count: int
    failed_count: int
    total_count: int
    is_code_public: bool
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Run(RunSummary):
    """A run as its page shows it. `hints` is None until some were asked for."""

    code: str
    test_results: list[Any]
    hints: list[Any] | None
    metadata: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRun:
    """What a run is made of, before it has an id and a time."""

    user_id: int | None
    user_identifier: str
    problem_row: int
    platform: str
    problem_number: str
    problem_title: str
    language: str
    code: str
    result_summary: dict[str, Any]
    passed_count: int
    failed_count: int
    total_count: int
    is_code_public: bool
    test_results: list[Any]
    metadata: dict[str, Any]

    @property
    def passed(self) -> bool:
        return has_passed(self.failed_count, self.total_count)


def has_passed(failed: int, total: int) -> bool:
    """A run has passed where it has test cases and none of them failed."""
    return total > 0 and failed == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    runs: int = 0
    passed: int = 0
    failed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Stats:
    """A user's totals. `problems` counts distinct ones; the dicts are sorted by name."""

    all: Count
    problems: int
    platforms: dict[str, Count]
    languages: dict[str, Count]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """A user's place among the most active."""

    rank: int
    user_id: int
    runs: int
    passed: int
    failed: int
    problems: int
