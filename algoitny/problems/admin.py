"""Problems in Django's admin, each with its test cases below it."""

from typing import ClassVar

from django.contrib import admin
from django.db import models

from algoitny.problems.models import Problem, TestCase
from dynamo_models.backend.admin import MirroredAdmin


class TestCaseInline(admin.TabularInline):
    model = TestCase
    extra = 0
    fields: ClassVar = ["input", "output", "created_at"]
    readonly_fields: ClassVar = ["created_at"]


@admin.register(Problem)
class ProblemAdmin(MirroredAdmin):
    list_display: ClassVar = ["platform", "problem_id", "title", "language", "is_completed", "is_deleted", "created_at"]
    list_display_links: ClassVar = ["problem_id", "title"]
    list_filter: ClassVar = ["platform", "language", "is_completed", "is_deleted"]
    search_fields: ClassVar = ["title", "problem_id"]
    readonly_fields: ClassVar = ["created_at", "updated_at"]
    inlines: ClassVar = [TestCaseInline]
    formfield_overrides: ClassVar = {models.URLField: {"assume_scheme": "https"}}
    show_full_result_count = False
