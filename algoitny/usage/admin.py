"""The log of uses in Django's admin."""

from typing import ClassVar

from django.contrib import admin

from algoitny.readonly import ReadOnlyAdmin
from algoitny.usage.models import UsageLog


@admin.register(UsageLog)
class UsageLogAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["id", "user", "action", "problem_id", "created_at"]
    list_filter: ClassVar = ["action", "created_at"]
    list_select_related: ClassVar = ["user"]
    # Exact, so that the indexes of users and of a user's uses serve it.
    search_fields: ClassVar = ["user__email__exact"]
    search_help_text = "The whole address of a user."
    raw_id_fields: ClassVar = ["user", "problem"]
