"""The operator's pages in Django's admin: every group, one group, its history, and what is done to it.

They are drawn from ``cutover.status`` alone, work without JavaScript, load nothing but the admin's own files and one
style sheet of ours, and look at no table of the application's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from dynamo_models.cutover.aliases import sql_alias
from dynamo_models.cutover.records import GroupState, GroupStep
from dynamo_models.cutover.status import GroupStatus, shown, status
from dynamo_models.operators.controlling import Controlling
from dynamo_models.operators.moving import Moving
from dynamo_models.operators.offers import Offer, offers
from dynamo_models.operators.words import meaning

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[GroupState]
else:
    _Admin = admin.ModelAdmin

PER_PAGE = 50  # steps of history on a page
_PREFIX = "dynamo_models_groupstate"
_CODENAMES = ("view", "step_up", "step_down", "kill", "subjects", "switch")


class GroupAdmin(_Admin):
    """Groups on their way to DynamoDB. Who has any of the permissions may look; each deed takes its own."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are never edited: what is done to a group goes through its guards."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return any(self.may(request, f"{each}_groupstate") for each in _CODENAMES)

    def may(self, request: HttpRequest, codename: str) -> bool:
        """Whether who asks has a permission on groups."""
        return bool(request.user.has_perm(f"dynamo_models.{codename}"))  # type: ignore[union-attr]

    def get_urls(self) -> list[URLPattern]:
        moving, controlling = Moving(self), Controlling(self)
        return [
            self._path("", require_safe(self.changelist_view), "changelist"),
            self._path("add/", self.add_view, "add"),  # which tells everybody that it is not theirs to do
            self._path("kill/", controlling.kill_all, "kill_all"),
            self._path("<path:object_id>/change/", require_safe(self.change_view), "change"),
            self._path("<path:object_id>/history/", require_safe(self.history_view), "history"),
            self._path("<path:object_id>/move/<slug:stage>/", moving.move, "move"),
            self._path("<path:object_id>/move/<slug:stage>/<int:share>/", moving.move, "move"),
            self._path("<path:object_id>/resume/", moving.resume, "resume"),
            self._path("<path:object_id>/abort/", moving.abort, "abort"),
            self._path("<path:object_id>/kill/", controlling.kill, "kill"),
            self._path("<path:object_id>/unkill/", controlling.unkill, "unkill"),
            self._path("<path:object_id>/subjects/", controlling.subjects, "subjects"),
        ]

    def _path(self, route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
        # A transaction around the request would be around a move as well, which has its own.
        wrapped = transaction.non_atomic_requests(self.admin_site.admin_view(view))
        return path(route, wrapped, name=f"{_PREFIX}_{name}")

    def url(self, name: str, group: str | None = None, *args: Any) -> str:
        """The address of a page of this admin site."""
        about = [quote(group)] if group is not None else []
        return reverse(f"admin:{_PREFIX}_{name}", args=[*about, *args], current_app=self.admin_site.name)

    def move_url(self, group: str, offer: Offer) -> str:
        share = [offer.place.share] if offer.place.share else []
        return self.url("move", group, str(offer.place.stage), *share)

    def found(self, request: HttpRequest, object_id: str) -> GroupStatus:
        """The group of an address. PermissionDenied for who may not look, Http404 where there is none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            (found,) = status(sql_alias(), unquote(object_id))
        except KeyError:
            raise Http404(f"There is no group {unquote(object_id)!r}.") from None
        return found

    def page(
        self, request: HttpRequest, template: str, title: str, context: dict[str, Any], *, code: int = 200
    ) -> TemplateResponse:
        """A page within the admin site."""
        request.current_app = self.admin_site.name
        all_of_it = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context}
        return TemplateResponse(request, f"dynamo_models/operators/{template}.html", all_of_it, status=code)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Every group."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        groups = [
            {"held": each.as_dict(), "url": self.url("change", each.group), "ladder": _ladder(each)}
            for each in status(sql_alias())
        ]
        controls = {"kill_all": self.url("kill_all") if self.may(request, "kill_groupstate") else None}
        return self.page(request, "overview", "Cutovers", {"groups": groups, **controls, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One group: all that is known of it, and what may be done."""
        del form_url
        about = self.found(request, object_id)
        group = about.group
        moves = [
            {"offer": each, "url": self.move_url(group, each) if self.may(request, each.permission) else None}
            for each in offers(about)
        ]
        killing = "unkill" if about.known.state.killed else "kill"
        # Where DynamoDB has authority, SQL cannot answer in its place.
        may_kill = self.may(request, "kill_groupstate") and (killing == "unkill" or about.place.authority == "sql")
        may_list = self.may(request, "subjects_groupstate") and not about.place.is_final
        context = {
            "held": about.as_dict(),
            "ladder": _ladder(about),
            "meaning": meaning(about.place),
            "up": [each for each in moves if each["offer"].kind != "down"],  # type: ignore[union-attr]
            "down": [each for each in moves if each["offer"].kind == "down"],  # type: ignore[union-attr]
            "kill_url": self.url(killing, group) if may_kill else None,
            "subjects_url": self.url("subjects", group) if may_list else None,
            "history_url": self.url("history", group),
        }
        if self.may(request, "switch_groupstate"):
            context |= {"resume_url": self.url("resume", group), "abort_url": self.url("abort", group)}
        return self.page(request, "group", group, {**context, **(extra_context or {})})

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """All that was done to a group, the latest first; ``?before=`` a step for what was before it."""
        about = self.found(request, object_id)
        steps = GroupStep.objects.using(about.known.using).filter(group=about.group).order_by("-pk")
        before = request.GET.get("before", "")
        if before:
            if not before.isdecimal() or len(before) > 18:  # noqa: PLR2004 - what a BigAutoField holds
                raise Http404(f"before={before!r}: it is the number of a step.")
            steps = steps.filter(pk__lt=int(before))
        rows = [shown(each) for each in steps[: PER_PAGE + 1]]
        context = {
            "group": about.group,
            "url": self.url("change", about.group),
            "history": rows[:PER_PAGE],
            "older": rows[PER_PAGE - 1]["step"] if len(rows) > PER_PAGE else None,
            "later": bool(before),
        }
        return self.page(request, "history", f"History of {about.group}", {**context, **(extra_context or {})})


def _ladder(about: GroupStatus) -> list[dict[str, Any]]:
    """Every place there is, and how this group stands to it; its own too where that is between two rungs."""
    here = about.place
    places = sorted({*about.ladder, here}, key=lambda each: each.rank)
    return [
        {"text": str(each), "is": "here" if each == here else "done" if each.rank < here.rank else "ahead"}
        for each in places
    ]
