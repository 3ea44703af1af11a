"""The routes of problems: they read parameters, ask `reading`, and say what is wrong."""

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.parameters import page_size, read_parameters
from algoitny.problems import access
from algoitny.problems.records import ProblemDetail
from algoitny.problems.serializers import (
    ProblemDetailSerializer,
    ProblemSummarySerializer,
    StaffProblemDetailSerializer,
)

_FILTERS = ("platform", "language", "search")


class ProblemList(APIView):
    """Completed problems, newest first: {"items": [...], "next": cursor or null}."""

    def get(self, request: Request) -> Response:
        parameters = read_parameters(request, [*_FILTERS, "limit", "cursor"])
        page = access.list_problems(
            **{name: parameters.get(name) for name in _FILTERS},
            completed=True,
            limit=page_size(parameters.get("limit")),
            cursor=parameters.get("cursor"),
        )
        return Response({"items": ProblemSummarySerializer(page.items, many=True).data, "next": page.next_cursor})


class ProblemById(APIView):
    def get(self, request: Request, row_id: int) -> Response:
        read_parameters(request, [])
        return _answer(request, access.problem_by_id(row_id), f"No problem has the id {row_id}.")


class ProblemByName(APIView):
    def get(self, request: Request, platform: str, problem_id: str) -> Response:
        read_parameters(request, [])
        problem = access.get_problem(platform, problem_id)
        return _answer(request, problem, f"Platform {platform!r} has no problem {problem_id!r}.")


def _answer(request: Request, problem: ProblemDetail | None, missing: str) -> Response:
    """A draft is there for staff only; to others it is missing, as a 403 would tell that it exists."""
    if problem is None or not (problem.is_completed or request.user.is_staff):
        raise NotFound(missing)
    serializer = StaffProblemDetailSerializer if request.user.is_staff else ProblemDetailSerializer
    return Response(serializer(problem).data)
