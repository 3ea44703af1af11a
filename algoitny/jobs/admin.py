"""Jobs and results of tasks in Django's admin. A job moves on by its task alone: a status set by hand would race it."""

from typing import ClassVar

from django.contrib import admin
from django.db import models

from algoitny.jobs.models import ScriptGenerationJob, TaskResult
from algoitny.readonly import ReadOnlyAdmin


@admin.register(ScriptGenerationJob)
class ScriptGenerationJobAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["id", "job_type", "status", "platform", "problem_id", "title", "created_at", "updated_at"]
    list_filter: ClassVar = ["job_type", "status"]
    search_fields: ClassVar = ["task_id__exact"]
    search_help_text = "The whole id of a task."
    formfield_overrides: ClassVar = {models.URLField: {"assume_scheme": "https"}}


@admin.register(TaskResult)
class TaskResultAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["id", "task_id", "status", "created_at", "updated_at"]
    list_filter: ClassVar = ["status", "updated_at"]
    search_fields: ClassVar = ["task_id__exact"]
    search_help_text = "The whole id of a task."
