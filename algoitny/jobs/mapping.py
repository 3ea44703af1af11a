"""What becomes of a job's and a task result's row on the DynamoDB side."""

from algoitny.jobs import items, models

_JOB = list(items.ScriptGenerationJob.schema.attributes)
_RESULT = [name for name in items.TaskResult.schema.attributes if name != "ttl"]


def job_item(row: models.ScriptGenerationJob) -> items.ScriptGenerationJob:
    return items.ScriptGenerationJob(**{name: getattr(row, name) for name in _JOB})


def result_item(row: models.TaskResult) -> items.TaskResult:
    return items.TaskResult(**{name: getattr(row, name) for name in _RESULT}, ttl=row.updated_at + models.KEPT)
