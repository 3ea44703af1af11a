"""The routes of problems: they read parameters, ask `access`, and say what is wrong."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.parameters import MAX_ID, page_size, read_parameters
from algoitny.api.permissions import IsStaff, MayRegister, MayViewDrafts, is_staff, sees_drafts
from algoitny.api.schema import PAGING, answers, page_of, query
from algoitny.api.strict import read_body
from algoitny.problems import access
from algoitny.problems.records import ProblemDetail
from algoitny.problems.serializers import (
    CompletionBody,
    CompletionSerializer,
    ProblemDetailSerializer,
    ProblemSummarySerializer,
    StaffProblemDetailSerializer,
    TestCaseSerializer,
)

_FILTERS = ("platform", "language", "search")
_LIST = [
    query("platform", "Only problems of this platform."),
    query("language", "Only problems whose reference solution is in this language."),
    query("search", "Only problems with this in their title, in any case."),
    *PAGING,
]
_PAGE = page_of(ProblemSummarySerializer, within_budget=True)
_DETAIL = answers(StaffProblemDetailSerializer, 400, 401, 404)
_CASES = answers(page_of(TestCaseSerializer), 400, 401, 404)


class ProblemList(APIView):
    @extend_schema(operation_id="problems", parameters=_LIST, responses=answers(_PAGE, 400, 401))
    def get(self, request: Request) -> Response:
        """Completed problems, newest first."""
        return _page(request, completed=True)


class DraftList(APIView):
    permission_classes = (MayViewDrafts,)

    @extend_schema(operation_id="problem_drafts", parameters=_LIST, responses=answers(_PAGE, 400, 401, 403))
    def get(self, request: Request) -> Response:
        """Drafts, newest first, for staff and those whose plan has them."""
        return _page(request, completed=False)


class RegisteredList(APIView):
    permission_classes = (MayRegister,)

    @extend_schema(operation_id="problems_registered", parameters=_LIST, responses=answers(_PAGE, 400, 401, 403))
    def get(self, request: Request) -> Response:
        """Drafts and completed problems alike, newest first, for those who may register problems."""
        return _page(request, completed=None)


class ProblemById(APIView):
    @extend_schema(operation_id="problem_by_id", responses=_DETAIL)
    def get(self, request: Request, row_id: int) -> Response:
        """A problem with its test cases; the reference solution is for staff."""
        return _detail(request, _by_id(request, row_id))


class ProblemByName(APIView):
    @extend_schema(operation_id="problem_by_name", responses=_DETAIL)
    def get(self, request: Request, platform: str, problem_id: str) -> Response:
        """A problem with its test cases; the reference solution is for staff."""
        return _detail(request, _by_name(request, platform, problem_id))


class TestCasesById(APIView):
    __test__ = False  # pytest takes it for a test by its name

    @extend_schema(operation_id="test_cases_by_id", responses=_CASES)
    def get(self, request: Request, row_id: int) -> Response:
        """A problem's test cases, all of them."""
        return _cases(_by_id(request, row_id))


class TestCasesByName(APIView):
    __test__ = False

    @extend_schema(operation_id="test_cases_by_name", responses=_CASES)
    def get(self, request: Request, platform: str, problem_id: str) -> Response:
        """A problem's test cases, all of them."""
        return _cases(_by_name(request, platform, problem_id))


class ToggleCompletion(APIView):
    permission_classes = (IsStaff,)

    @extend_schema(
        operation_id="problem_toggle_completion",
        request=CompletionBody,
        responses=answers(CompletionSerializer, 400, 401, 403, 404),
    )
    def post(self, request: Request) -> Response:
        """Complete a problem, or make it a draft again; without `is_completed`, whichever it is not."""
        body = read_body(request, CompletionBody)
        name = body["platform"], body["problem_id"]
        missing = _no_such_name(*name)
        if "is_completed" not in body:
            problem = access.get_problem(*name)
            if problem is None:
                raise missing
            body["is_completed"] = not problem.is_completed
        if not access.set_completed(*name, body["is_completed"]):
            raise missing
        return Response(CompletionSerializer(body).data)


def _page(request: Request, **question: Any) -> Response:
    parameters = read_parameters(request, [*_FILTERS, "limit", "cursor"])
    page = access.list_problems(
        **{name: parameters.get(name) for name in _FILTERS},
        **question,
        limit=page_size(parameters.get("limit")),
        cursor=parameters.get("cursor"),
    )
    items = ProblemSummarySerializer(page.items, many=True).data
    return Response({"items": items, "next": page.next_cursor, "complete": page.complete})


def _by_id(request: Request, row_id: int) -> ProblemDetail:
    read_parameters(request, [])
    problem = access.problem_by_id(row_id) if row_id <= MAX_ID else None
    return _visible(request, problem, NotFound(f"No problem has the id {row_id}."))


def _by_name(request: Request, platform: str, problem_id: str) -> ProblemDetail:
    read_parameters(request, [])
    return _visible(request, access.get_problem(platform, problem_id), _no_such_name(platform, problem_id))


def _no_such_name(platform: str, problem_id: str) -> NotFound:
    return NotFound(f"Platform {platform!r} has no problem {problem_id!r}.")


def _visible(request: Request, problem: ProblemDetail | None, missing: NotFound) -> ProblemDetail:
    """A draft is missing for those who may not see it: a 403 would tell that it exists."""
    if problem is None or not (problem.is_completed or sees_drafts(request)):
        raise missing
    return problem


def _detail(request: Request, problem: ProblemDetail) -> Response:
    serializer = StaffProblemDetailSerializer if is_staff(request) else ProblemDetailSerializer
    return Response(serializer(problem).data)


def _cases(problem: ProblemDetail) -> Response:
    return Response({"items": TestCaseSerializer(problem.test_cases, many=True).data, "next": None})
