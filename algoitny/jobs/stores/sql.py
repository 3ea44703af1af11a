"""Jobs and results of tasks as SQL answers."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from algoitny.facets import askable
from algoitny.jobs.models import KEPT, ScriptGenerationJob, Status, TaskResult
from algoitny.jobs.records import Job, NewJob, Result, StatusChanged
from algoitny.keyset import Listing, Page
from algoitny.records import names_of, record_of


def create_job(job: NewJob, *, job_id: int | None, at: datetime) -> Job:
    values = {name: getattr(job, name) for name in names_of(NewJob)} | {"tags": list(job.tags)}
    # As text: a default is a member of its enumeration until the row is read again.
    row = ScriptGenerationJob(pk=job_id, status=Status.PENDING.value, created_at=at, updated_at=at, **values)
    row.save(force_insert=True)
    return record_of(Job, row)


def job_by_id(job_id: int) -> Job | None:
    return _job(pk=job_id)


def job_by_task(task_id: str) -> Job | None:
    return _job(task_id=task_id)


def jobs_by_type(job_type: str, *, limit: int, cursor: str | None) -> Page[Job]:
    return _page(Listing(name="jobs", filters={"type": job_type}), {"job_type": job_type}, limit, cursor)


def jobs_by_status(status: str, *, limit: int, cursor: str | None) -> Page[Job]:
    listing = Listing(name="jobs", filters={"status": status}, time="updated_at")
    return _page(listing, {"status": status}, limit, cursor)


def advance(job_id: int, *, seen: str, status: str, changes: dict[str, Any], at: datetime) -> Job:
    rows = ScriptGenerationJob.objects.filter(pk=job_id, status=seen)
    if not rows.update(status=status, updated_at=at, **changes):
        raise StatusChanged(f"Job {job_id} is not {seen} any more.")
    return record_of(Job, ScriptGenerationJob.objects.get(pk=job_id))


def put_result(task_id: str, status: str, *, result: Any, traceback: str, at: datetime) -> Result:
    values: dict[str, Any] = {"status": status, "result": result, "traceback": traceback}
    row, created = TaskResult.objects.get_or_create(
        task_id=task_id, defaults={**values, "created_at": at, "updated_at": at}
    )
    if not created:
        if row.updated_at <= timezone.now() - KEPT:  # it is gone, though not yet removed: this is the first
            values["created_at"] = at
        TaskResult.objects.filter(task_id=task_id).update(**values, updated_at=at)
        row = TaskResult.objects.get(task_id=task_id)
    return record_of(Result, row)


def result(task_id: str) -> Result | None:
    if not askable(task_id):
        return None
    row = TaskResult.objects.kept().filter(task_id=task_id).first()
    return None if row is None else record_of(Result, row)


def _job(**which: Any) -> Job | None:
    if not askable(*which.values()):
        return None
    row = ScriptGenerationJob.objects.filter(**which).first()
    return None if row is None else record_of(Job, row)


def _page(listing: Listing, which: dict[str, str], limit: int, cursor: str | None) -> Page[Job]:
    if not askable(*which.values()):
        return listing.page([], limit)
    rows = listing.rows(ScriptGenerationJob.objects.filter(**which), listing.position(cursor), limit + 1)
    return listing.page([record_of(Job, row) for row in rows], limit)
