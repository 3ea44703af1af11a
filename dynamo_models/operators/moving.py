"""The pages that move a group: to another place, and out of a switch that a crash has left."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse

from dynamo_models.cutover.aliases import sql_alias
from dynamo_models.cutover.moves import GuardRefused, MoveRefused
from dynamo_models.cutover.status import GroupStatus, status
from dynamo_models.errors import DynamoModelsError
from dynamo_models.operators import acting
from dynamo_models.operators.acting import Ending
from dynamo_models.operators.confirming import BAD, CONFLICT, UNAVAILABLE, Confirming
from dynamo_models.operators.forms import MoveForm, TypedForm
from dynamo_models.operators.offers import Offer
from dynamo_models.switch.steps import NotSwitched


class Moving(Confirming):
    """Their views."""

    def move(self, request: HttpRequest, object_id: str, stage: str, share: int = 0) -> HttpResponse:
        """A move to another place."""
        about = self.pages.found(request, object_id)
        offer = acting.offered(about, stage, share)
        if offer is None:
            said = f"{about.group} is at {about.place}: from there, there is no move to {stage}. Nothing was done."
            return self.confirm(request, about, f"Move {about.group}", form=None, code=CONFLICT, said=said)
        self.require(request, offer.permission)
        asked = MoveForm(request.POST if request.method == "POST" else None, **_fresh(about, offer))
        if request.method != "POST":
            return self._confirm_move(request, about, offer, form=asked)
        if not asked.is_valid():
            return self._confirm_move(request, about, offer, form=asked, code=BAD)
        given = asked.cleaned_data
        try:
            state = acting.move(
                about,
                offer,
                confirmed=given["kind"],
                epoch=given["epoch"],
                who=request.user.get_username(),
                reason=given["reason"],
            )
        except DynamoModelsError as error:
            return self._move_refused(request, about.group, offer, error, reason=given["reason"])
        said = f"Moved {about.group} from {offer.before} to {state.place}."
        return self.done(request, about.group, said, given["reason"])

    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go on with a switch whose process is gone."""
        return self._end(request, object_id, "resume")

    def abort(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give up a switch whose process is gone."""
        return self._end(request, object_id, "abort")

    def _end(self, request: HttpRequest, object_id: str, how: Ending) -> HttpResponse:
        about = self.pages.found(request, object_id)
        self.require(request, "switch_groupstate")
        form = TypedForm(request.POST if request.method == "POST" else None, group=about.group)
        shown: dict[str, Any] = {
            "title": f"{'Resume' if how == 'resume' else 'Abort'} the switch of {about.group}",
            "intro": _RESUMES if how == "resume" else _ABORTS,
            "command": f"manage.py dynamo_cutover {about.group} --{how}",
            "submit": f"{'Resume' if how == 'resume' else 'Abort'} the switch",
            "danger": True,
        }
        if request.method != "POST":
            return self.confirm(request, about, form=form, **shown)
        if not form.is_valid():
            return self.confirm(request, about, form=form, code=BAD, **shown)
        reason = form.cleaned_data["reason"]
        try:
            state = acting.end_switch(about, how, who=request.user.get_username(), reason=reason)
        except DynamoModelsError as error:
            return self.confirm(request, about, form=None, code=_code(error), said=str(error), **shown)
        did = "Resumed" if how == "resume" else "Aborted"
        return self.done(request, about.group, f"{did} the switch of {about.group}: {state.place}.", reason)

    def _move_refused(
        self, request: HttpRequest, group: str, before: Offer, error: DynamoModelsError, *, reason: str
    ) -> HttpResponse:
        """What is so by now, to be confirmed anew."""
        (about,) = status(sql_alias(), group)
        offer = acting.offered(about, str(before.place.stage), before.place.share)
        code = _code(error)
        if offer is None or not self.pages.may(request, offer.permission):
            return self.confirm(request, about, before.title, form=None, code=code, said=str(error))
        form = MoveForm(**_fresh(about, offer, reason=reason))
        findings = error.findings if isinstance(error, GuardRefused) else offer.findings
        return self._confirm_move(request, about, offer, form=form, code=code, said=str(error), findings=findings)

    def _confirm_move(
        self, request: HttpRequest, about: GroupStatus, offer: Offer, *, form: Form, **context: Any
    ) -> HttpResponse:
        shown: dict[str, Any] = {"title": offer.title, "offer": offer, "command": offer.command, "submit": offer.title}
        shown |= {"danger": offer.kind == "down" or offer.switches, "findings": offer.findings, **context}
        shown["refused"] = any(not each.ok for each in shown["findings"])
        shown |= {"unasked": offer.asks_more, "here": self.pages.move_url(about.group, offer)}
        return self.confirm(request, about, form=form, **shown)


_RESUMES = (
    "It goes on where its journal ends, to its end, and this page answers then. Where its pause has lasted too long "
    "already, it is aborted."
)
_ABORTS = (
    "Everything is put back as it was before the switch: the store that has authority keeps it, and writers go on."
)


def _code(error: DynamoModelsError) -> int:
    return CONFLICT if isinstance(error, (MoveRefused, NotSwitched)) else UNAVAILABLE


def _fresh(about: GroupStatus, offer: Offer, *, reason: str = "") -> dict[str, Any]:
    initial = {"epoch": about.known.row.epoch, "kind": offer.kind, "reason": reason}
    return {"group": about.group, "typed": offer.switches, "initial": initial}
