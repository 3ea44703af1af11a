"""Runs in Django's admin."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from algoitny.history.models import SearchHistory
from algoitny.readonly import ReadOnlyAdmin


@admin.register(SearchHistory)
class SearchHistoryAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        "id",
        "user_identifier",
        "platform",
        "problem_number",
        "problem_title",
        "language",
        "passed_count",
        "total_count",
        "is_code_public",
        "created_at",
    ]
    list_filter: ClassVar = ["is_code_public", "platform", "language"]
    # Exact, so that the indexes of users and of a user's runs serve it.
    search_fields: ClassVar = ["user__email__exact"]
    search_help_text = "The whole address of a user."
    raw_id_fields: ClassVar = ["user", "problem"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SearchHistory]:
        """Without a row's bulk, its code and results above all, where a list is asked for, which does not show it."""
        rows = super().get_queryset(request)
        if request.resolver_match is not None and "object_id" in request.resolver_match.kwargs:
            return rows
        return rows.defer("code", "test_results", "hints", "result_summary", "metadata")
