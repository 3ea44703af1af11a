"""Jobs and results of tasks as either store answers them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


class StatusChanged(Exception):  # noqa: N818 - an outcome
    """The job is no longer in the status that it was read in; nothing was written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewJob:
    platform: str
    problem_id: str
    title: str
    language: str
    job_type: str
    task_id: str
    problem_url: str = ""
    tags: tuple[str, ...] = ()
    solution_code: str = ""
    constraints: str = ""
    generator_code: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    id: int
    platform: str
    problem_id: str
    title: str
    problem_url: str
    tags: list[str]
    solution_code: str
    language: str
    constraints: str
    job_type: str
    status: str
    task_id: str
    generator_code: str
    error_message: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What a task came to so far."""

    task_id: str
    status: str
    result: Any
    traceback: str
    created_at: datetime
    updated_at: datetime
