"""The routes that make drafts and fill them with test cases."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.errors import Conflict
from algoitny.api.parameters import page_size, read_parameters
from algoitny.api.permissions import MayRegister
from algoitny.api.schema import PAGING, answers, page_of
from algoitny.api.strict import read_body
from algoitny.jobs import service
from algoitny.jobs.serializers import RegisterBody, SaveBody, SavedSerializer
from algoitny.problems import access
from algoitny.problems.records import AlreadyCompleted, NewProblem
from algoitny.problems.serializers import ProblemSummarySerializer, StaffProblemDetailSerializer


class RegisterProblem(APIView):
    """Register a problem as a draft, or change a draft."""

    permission_classes: ClassVar = [MayRegister]

    @extend_schema(
        request=RegisterBody,
        responses={
            **answers(StaffProblemDetailSerializer, 400, 401, 403, 409, 413, status=201),
            200: StaffProblemDetailSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """201 for a new draft, 200 for one that was there and is now as the body says."""
        body = read_body(request, RegisterBody)
        try:
            problem = access.register(NewProblem(**body | {"tags": tuple(body["tags"])}))
        except AlreadyCompleted as error:
            raise Conflict(str(error)) from error
        is_new = problem.created_at == problem.updated_at
        return Response(
            StaffProblemDetailSerializer(problem).data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        )


class Drafts(APIView):
    """Drafts, newest first."""

    permission_classes: ClassVar = [MayRegister]

    @extend_schema(
        operation_id="register_drafts_list",
        parameters=PAGING,
        responses=answers(page_of(ProblemSummarySerializer, within_budget=True), 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        parameters = read_parameters(request, ["limit", "cursor"])
        page = access.list_problems(
            completed=False, limit=page_size(parameters.get("limit")), cursor=parameters.get("cursor")
        )
        items = ProblemSummarySerializer(page.items, many=True).data
        return Response({"items": items, "next": page.next_cursor, "complete": page.complete})


class Save(APIView):
    """Give a draft its test cases, in place of those it has."""

    permission_classes: ClassVar = [MayRegister]

    @extend_schema(request=SaveBody, responses=answers(SavedSerializer, 400, 401, 403, 404, 409, 413))
    def post(self, request: Request) -> Response:
        body = read_body(request, SaveBody)
        platform, problem_id = body["platform"], body["problem_id"]
        service.draft_of(platform, problem_id)
        cases = [(case["input"], case["output"]) for case in body["test_cases"]]
        saved = access.save_test_cases(platform, problem_id, cases)
        if saved is None:  # deleted since it was looked at
            raise NotFound(f"Platform {platform!r} has no problem {problem_id!r}.")
        return Response(
            {
                "id": saved.id,
                "platform": saved.platform,
                "problem_id": saved.problem_id,
                "test_cases": len(saved.test_cases),
            }
        )
