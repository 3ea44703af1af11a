"""What all pages that do something share: each shows first what it would do, and does it when that is confirmed.

Every deed is checked for its permission, stands in the group's history with who did it and why, and in the admin's own
log. What is refused is shown with what each guard says, as a 409.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from dynamo_models.cutover.records import GroupState
from dynamo_models.cutover.status import GroupStatus

if TYPE_CHECKING:
    from dynamo_models.operators.page import GroupAdmin

BAD, CONFLICT, UNAVAILABLE = 400, 409, 503


class Confirming:
    """Views of one admin that ask before they do anything."""

    def __init__(self, pages: GroupAdmin) -> None:
        self.pages = pages

    def require(self, request: HttpRequest, codename: str) -> None:
        """PermissionDenied for who has not that permission."""
        if not self.pages.may(request, codename):
            raise PermissionDenied

    def confirm(
        self,
        request: HttpRequest,
        about: GroupStatus,
        title: str,
        *,
        form: Form | None,
        code: int = 200,
        **context: Any,
    ) -> HttpResponse:
        """The page that asks. form: None where there is nothing to confirm."""
        shown = {"form": form, "group": about.group, "back": self.pages.url("change", about.group), **context}
        return self.pages.page(request, "confirm", title, shown, code=code)

    def done(self, request: HttpRequest, group: str, said: str, reason: str) -> HttpResponse:
        """Back to the group, with what was done."""
        log(request, group, said, reason)
        messages.success(request, said)
        return HttpResponseRedirect(self.pages.url("change", group))


def log(request: HttpRequest, group: str, said: str, reason: str) -> None:
    """The admin's own log; the group's history has it already."""
    LogEntry.objects.create(
        user_id=request.user.pk,
        content_type_id=ContentType.objects.get_for_model(GroupState).pk,
        object_id=group,
        object_repr=group,
        action_flag=CHANGE,
        change_message=f"{said} {reason}".strip(),
    )
