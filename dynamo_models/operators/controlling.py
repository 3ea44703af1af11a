"""The pages of what an operator may do at any stage: the kill switch, and whose reads go where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from dynamo_models.cutover import controls
from dynamo_models.cutover.aliases import sql_alias
from dynamo_models.cutover.moves import MoveRefused
from dynamo_models.cutover.state import State
from dynamo_models.cutover.status import GroupStatus, status
from dynamo_models.operators.confirming import BAD, CONFLICT, Confirming, log
from dynamo_models.operators.forms import KillForm, SubjectsForm


class Controlling(Confirming):
    """Their views."""

    def kill(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """SQL answers every read of a group."""
        return self._kill(request, self.pages.found(request, object_id), controls.kill)

    def unkill(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Reads of a group go by its stage again."""
        return self._kill(request, self.pages.found(request, object_id), controls.unkill)

    def kill_all(self, request: HttpRequest) -> HttpResponse:
        """SQL answers every read of every group."""
        self.require(request, "kill_groupstate")
        found = status(sql_alias())
        form = KillForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            for each in found:
                try:
                    said = self._control(request, each, controls.kill, form.cleaned_data["reason"])
                except MoveRefused as error:
                    messages.error(request, str(error))
                else:
                    messages.success(request, said)
            return HttpResponseRedirect(self.pages.url("changelist"))
        context = {
            "form": form,
            "intro": f"{_KILLS} It is about {', '.join(each.group for each in found)}.",
            "command": "manage.py dynamo_cutover --kill",
            "submit": "Send every read to SQL",
            "danger": True,
            "back": self.pages.url("changelist"),
        }
        code = BAD if request.method == "POST" else 200
        return self.pages.page(request, "confirm", "Kill switch of all groups", context, code=code)

    def subjects(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Whose reads go to which store, whatever the share."""
        about = self.pages.found(request, object_id)
        self.require(request, "subjects_groupstate")
        form = SubjectsForm(request.POST if request.method == "POST" else None)
        shown: dict[str, Any] = {"title": f"Subjects of {about.group}", "submit": "Change the lists"}
        shown["lists"] = {name: sorted(getattr(about.known.state, name)) for name in ("allow", "deny")}
        shown["command"] = f"manage.py dynamo_cutover {about.group} --allow SUBJECT … (or --deny, --forget)"
        if request.method != "POST":
            return self.confirm(request, about, form=form, **shown)
        if not form.is_valid():
            return self.confirm(request, about, form=form, code=BAD, **shown)
        given = form.cleaned_data
        change, did = _CHANGES[given["action"]]
        who = request.user.get_username()
        try:
            change(about.group, given["subjects"], using=about.known.using, who=who, reason=given["reason"])
        except MoveRefused as error:
            return self.confirm(request, about, form=form, code=CONFLICT, said=str(error), **shown)
        said = f"{did} {', '.join(given['subjects'])} in {about.group}."
        return self.done(request, about.group, said, given["reason"])

    def _kill(self, request: HttpRequest, about: GroupStatus, change: Callable[..., State]) -> HttpResponse:
        self.require(request, "kill_groupstate")
        killing = change is controls.kill
        form = KillForm(request.POST if request.method == "POST" else None)
        shown: dict[str, Any] = {
            "title": f"{'Kill switch' if killing else 'End the kill switch'} of {about.group}",
            "intro": _KILLS if killing else f"Reads go by the stage again, {about.place}, within a second.",
            "command": f"manage.py dynamo_cutover {about.group} --{'kill' if killing else 'unkill'}",
            "submit": "Send every read to SQL" if killing else "Let reads go by the stage",
            "danger": killing,
        }
        if request.method != "POST":
            return self.confirm(request, about, form=form, **shown)
        if not form.is_valid():
            return self.confirm(request, about, form=form, code=BAD, **shown)
        try:
            said = self._control(request, about, change, form.cleaned_data["reason"])
        except MoveRefused as error:
            return self.confirm(request, about, form=None, code=CONFLICT, said=str(error), **shown)
        messages.success(request, said)
        return HttpResponseRedirect(self.pages.url("change", about.group))

    def _control(self, request: HttpRequest, about: GroupStatus, change: Callable[..., State], reason: str) -> str:
        change(about.group, using=about.known.using, who=request.user.get_username(), reason=reason)
        does = "SQL answers every read" if change is controls.kill else "Reads go by the stage"
        said = f"{does} of {about.group}."
        log(request, about.group, said, reason)
        return said


_CHANGES: dict[str, tuple[Callable[..., State], str]] = {
    "allow": (controls.allow, "Allowed"),
    "deny": (controls.deny, "Denied"),
    "forget": (controls.forget, "Forgot"),
}
_KILLS = (
    "SQL answers every read at once, whatever the stage, within a second in every process. The stage and the mirror "
    "stay as they are."
)
