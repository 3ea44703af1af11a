"""The admin of rows that are written by the application alone."""

from typing import Any

from django.http import HttpRequest

from dynamo_models.backend.admin import MirroredAdmin


class ReadOnlyAdmin(MirroredAdmin):
    """Rows are shown, newest first, and may be removed: a user whose rows could not be removed would have to stay."""

    # By id, which every table has an index of; the rows' own order by time would sort the whole table for a page.
    ordering = ("-id",)
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
