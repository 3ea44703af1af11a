"""Jobs and results of tasks on the DynamoDB side."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from algoitny.tables import main
from dynamo_models import Attr, Entity, Expires, Int, Json, Key, List, Text, Timestamp, now

KEPT = timedelta(days=7)


class ScriptGenerationJob(Entity, table=main):
    id: Attr[int] = Int()
    platform: Attr[str] = Text()
    problem_id: Attr[str] = Text()
    title: Attr[str] = Text()
    problem_url: Attr[str] = Text(default="")
    tags: Attr[list[str]] = List(Text(), default=list)
    solution_code: Attr[str] = Text(default="")
    language: Attr[str] = Text()
    constraints: Attr[str] = Text(default="")
    job_type: Attr[str] = Text()
    status: Attr[str] = Text(default="PENDING")
    task_id: Attr[str] = Text()
    generator_code: Attr[str] = Text(default="")
    error_message: Attr[str] = Text(default="")
    created_at: Attr[datetime] = Timestamp(default=now)
    updated_at: Attr[datetime] = Timestamp(default=now)

    class Keys:
        primary = Key("JOB#{id}", "METADATA")
        by_type = Key("JOBTYPE#{job_type}", "{created_at}#{id:019d}", index="GSI1")
        by_status = Key("STATUS#{status}", "{updated_at}#{id:019d}", index="GSI2")
        by_task = Key("TASK#{task_id}", "METADATA", index="GSI3")


class TaskResult(Entity, table=main):
    id: Attr[int | None] = Int(default=None)
    task_id: Attr[str] = Text()
    status: Attr[str] = Text(default="PENDING")
    result: Attr[Any] = Json(default=None, null=True)
    traceback: Attr[str] = Text(default="")
    created_at: Attr[datetime] = Timestamp(default=now)
    updated_at: Attr[datetime] = Timestamp(default=now)
    ttl: Attr[datetime | None] = Expires(default=None, null=True, name="TTL")

    class Keys:
        primary = Key("TASK#{task_id}", "METADATA")
        by_row = Key("TASKRESULT#{id}", "METADATA", index="GSI1")
