"""The route that runs code."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.anonymous import AnonymousRuns
from algoitny.api.permissions import sees_drafts, signed_in_user
from algoitny.api.schema import answers
from algoitny.api.strict import read_body
from algoitny.execution import service
from algoitny.execution.serializers import ExecuteBody, StartedSerializer
from dynamo_models.limits import Decision
from dynamo_models.limits.fields import fields


class Execute(APIView):
    """Run code against a problem's test cases; anonymous callers may, and their runs are kept without a user."""

    throttle_classes = (AnonymousRuns,)

    @extend_schema(
        request=ExecuteBody,
        responses=answers(StartedSerializer, 400, 401, 404, 409, 413, 429, 503, status=202),
    )
    def post(self, request: Request) -> Response:
        """The task that runs it. A signed-in caller's plan limits the runs of a day, and an
        address those of anonymous callers: 429 when they are used up."""
        body = read_body(request, ExecuteBody)
        user = signed_in_user(request) if request.user.is_authenticated else None
        return started(*service.start_run(user, sees_drafts=sees_drafts(request), **body))


def started(task_id: str, left: Decision | None = None, **more: int) -> Response:
    """202 with the task's id and where its status is; left: of the plan, which the header fields say."""
    url = reverse("jobs:task", args=[task_id])
    headers = {} if left is None else fields(left)
    body = {"task_id": task_id, "status_url": url, **more}
    return Response(body, status=status.HTTP_202_ACCEPTED, headers=headers)
