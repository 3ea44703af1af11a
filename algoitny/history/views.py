"""The routes of history: lists, one run, and its hints. A private run is not there for anybody but its owner and staff.

Its owner is who the access token says. Staff are looked up, as a token may be older than the loss of that status.
"""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotAuthenticated, NotFound, ParseError, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.parameters import page_size, read_parameters
from algoitny.api.permissions import IsSignedIn, is_staff, signed_in_user
from algoitny.api.schema import PAGING, answers, page_of, query
from algoitny.api.strict import read_body
from algoitny.execution.serializers import StartedSerializer
from algoitny.execution.views import started
from algoitny.hints.service import start_hints
from algoitny.history import access
from algoitny.history.records import Run
from algoitny.history.serializers import HintsBody, HintsSerializer, RunSerializer, RunSummarySerializer, context_of

SCOPES = ("all", "own", "public")
_SCOPE = OpenApiParameter(
    "scope",
    enum=SCOPES,
    description="`public`: everybody's public runs, what anonymous callers get. `own`: the caller's. `all`: the "
    "caller's and others' public ones, what signed-in callers get.",
)


class HistoryList(APIView):
    """Runs, newest first."""

    @extend_schema(
        operation_id="history_list",
        parameters=[
            _SCOPE,
            query("platform", "Exactly this platform."),
            query("language", "Exactly this language."),
            *PAGING,
        ],
        responses=answers(page_of(RunSummarySerializer, within_budget=True), 400, 401),
    )
    def get(self, request: Request) -> Response:
        parameters = read_parameters(request, ["scope", "platform", "language", "limit", "cursor"])
        question: dict[str, Any] = {
            "platform": parameters.get("platform"),
            "language": parameters.get("language"),
            "limit": page_size(parameters.get("limit")),
            "cursor": parameters.get("cursor"),
        }
        scope = _scope(request, parameters.get("scope"))
        if scope == "public":
            page = access.public(**question)
        else:
            ask = access.own if scope == "own" else access.timeline
            page = ask(request.user.id, **question)
        items = RunSummarySerializer(page.items, many=True, context=context_of(request.user)).data
        return Response({"items": items, "next": page.next_cursor, "complete": page.complete})


class HistoryDetail(APIView):
    """One run, with its code and results."""

    @extend_schema(operation_id="history_retrieve", responses=answers(RunSerializer, 400, 401, 404))
    def get(self, request: Request, run_id: int) -> Response:
        read_parameters(request, [])
        return Response(RunSerializer(visible_run(request, run_id), context=context_of(request.user)).data)


class Hints(APIView):
    """The hints that a run has."""

    @extend_schema(responses=answers(HintsSerializer, 400, 401, 404))
    def get(self, request: Request, run_id: int) -> Response:
        """None at all too, before any were asked for."""
        read_parameters(request, [])
        return Response({"hints": visible_run(request, run_id).hints or []})


class GenerateHints(APIView):
    """More hints for a run, for its owner and staff."""

    permission_classes: ClassVar = [IsSignedIn]

    @extend_schema(
        request=HintsBody, responses=answers(StartedSerializer, 400, 401, 403, 404, 409, 429, 503, status=202)
    )
    def post(self, request: Request, run_id: int) -> Response:
        """The task that asks for them. The caller's plan limits the uses of a day: 429 when they are used up."""
        count = read_body(request, HintsBody)["count"]
        run = visible_run(request, run_id)
        if run.user_id != request.user.id and not is_staff(request):
            raise PermissionDenied("Hints for a run are asked for by its owner or by staff.")
        return started(*start_hints(signed_in_user(request), run, count))


def visible_run(request: Request, run_id: int) -> Run:
    """The run. Raises NotFound where there is none, and where it is private and not the caller's to see."""
    run = access.run_by_id(run_id)
    user_id = request.user.id if request.user.is_authenticated else None
    # Staff are looked up last: one's own run and a public one cost no look-up.
    if run is None or not (access.visible_to(run, user_id=user_id, is_staff=False) or is_staff(request)):
        raise NotFound(f"No run has the id {run_id}.")
    return run


def _scope(request: Request, given: str | None) -> str:
    if given is None:
        return "all" if request.user.is_authenticated else "public"
    if given not in SCOPES:
        raise ParseError(f"Parameter 'scope' is {given!r}; it takes {', '.join(SCOPES)}.")
    if given != "public" and not request.user.is_authenticated:
        raise NotAuthenticated(f"{IsSignedIn.message} Without, 'scope' takes public.")
    return given
