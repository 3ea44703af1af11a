"""The questions asked about jobs and tasks, and what moves them on; either store does both."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from algoitny.jobs.records import Job, NewJob, Result
from algoitny.jobs.stores import dynamodb, sql
from algoitny.keyset import Page
from algoitny.store import Either

_store = Either(sql=sql, dynamodb=dynamodb, group="jobs", tasks={"advance", "put_result"})


def create_job(job: NewJob, *, job_id: int | None = None, at: datetime | None = None) -> Job:
    """Pattern 19."""
    return _store.create_job(job, job_id=job_id, at=at or timezone.now())


def job_by_id(job_id: int) -> Job | None:
    """Pattern 20."""
    return _store.job_by_id(job_id)


def job_by_task(task_id: str) -> Job | None:
    """Pattern 20."""
    return _store.job_by_task(task_id)


def jobs_by_type(job_type: str, *, limit: int = 20, cursor: str | None = None) -> Page[Job]:
    """Pattern 21: newest first. Raises CursorError."""
    return _store.jobs_by_type(job_type, limit=limit, cursor=cursor)


def jobs_by_status(status: str, *, limit: int = 20, cursor: str | None = None) -> Page[Job]:
    """Pattern 21: those that changed last first. Raises CursorError."""
    return _store.jobs_by_status(status, limit=limit, cursor=cursor)


def advance(
    job_id: int,
    *,
    seen: str,
    status: str,
    generator_code: str | None = None,
    error_message: str | None = None,
    at: datetime | None = None,
) -> Job:
    """Pattern 22: move a job on, only from the status it was seen in. Raises StatusChanged, also where it is gone."""
    given = {"generator_code": generator_code, "error_message": error_message}
    changes = {name: value for name, value in given.items() if value is not None}
    return _store.advance(job_id, seen=seen, status=status, changes=changes, at=at or timezone.now())


def put_result(
    task_id: str, status: str, *, result: Any = None, traceback: str = "", at: datetime | None = None
) -> Result:
    """What a task came to, made or changed; it is kept for 7 days from `at`."""
    return _store.put_result(task_id, status, result=result, traceback=traceback, at=at or timezone.now())


def result(task_id: str) -> Result | None:
    return _store.result(task_id)
