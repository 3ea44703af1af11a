"""Jobs and results of tasks as DynamoDB answers."""

from datetime import datetime
from typing import Any

from algoitny import ids
from algoitny.facets import facet_refusal
from algoitny.jobs.items import ScriptGenerationJob, TaskResult
from algoitny.jobs.models import KEPT
from algoitny.jobs.records import Job, NewJob, Result, StatusChanged
from algoitny.keyset import Listing, Page
from algoitny.records import names_of, record_of
from dynamo_models import AlreadyExists, ConditionFailed


def create_job(job: NewJob, *, job_id: int | None, at: datetime) -> Job:
    values = {name: getattr(job, name) for name in names_of(NewJob)} | {"tags": list(job.tags)}
    item = ScriptGenerationJob.objects.create(
        id=job_id if job_id is not None else ids.next_id("job"), created_at=at, updated_at=at, **values
    )
    return record_of(Job, item)


def job_by_id(job_id: int) -> Job | None:
    item = ScriptGenerationJob.objects.filter(id=job_id).first()
    return None if item is None else record_of(Job, item)


def job_by_task(task_id: str) -> Job | None:
    if facet_refusal(task_id):
        return None  # no stored key can hold it
    item = ScriptGenerationJob.objects.by_task(task_id=task_id).first()
    return None if item is None else record_of(Job, item)


def jobs_by_type(job_type: str, *, limit: int, cursor: str | None) -> Page[Job]:
    listing = Listing(name="jobs", filters={"type": job_type})
    return listing.answer(ScriptGenerationJob.objects.by_type(job_type=job_type), cursor, limit, _job)


def jobs_by_status(status: str, *, limit: int, cursor: str | None) -> Page[Job]:
    listing = Listing(name="jobs", filters={"status": status}, time="updated_at")
    return listing.answer(ScriptGenerationJob.objects.by_status(status=status), cursor, limit, _job)


def advance(job_id: int, *, seen: str, status: str, changes: dict[str, Any], at: datetime) -> Job:
    """One request: the job's key is known, and what its index key depends on is given whole."""
    item = ScriptGenerationJob.objects.ref(id=job_id)
    try:
        item.patch(if_=ScriptGenerationJob.status == seen, status=status, updated_at=at, **changes)
    except (ConditionFailed, ScriptGenerationJob.DoesNotExist) as error:
        raise StatusChanged(f"Job {job_id} is not {seen} any more.") from error
    return _job(item)


def put_result(task_id: str, status: str, *, result: Any, traceback: str, at: datetime) -> Result:
    """One request, or two where the task has a result already: the time of its first is kept."""
    values = {"status": status, "result": result, "traceback": traceback, "updated_at": at, "ttl": at + KEPT}
    try:
        item = TaskResult.objects.ref(task_id=task_id).patch(**values)
    except TaskResult.DoesNotExist:
        try:
            item = TaskResult.objects.create(id=ids.next_id("task result"), task_id=task_id, created_at=at, **values)
        except AlreadyExists:  # another was first, between the two
            item = TaskResult.objects.ref(task_id=task_id).patch(**values)
    return record_of(Result, item)


def result(task_id: str) -> Result | None:
    if facet_refusal(task_id):
        return None
    item = TaskResult.objects.filter(task_id=task_id).first()
    return None if item is None else record_of(Result, item)


def _job(item: ScriptGenerationJob) -> Job:
    return record_of(Job, item)
