"""The route that says how a task is going."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.parameters import read_parameters
from algoitny.api.permissions import is_staff
from algoitny.api.schema import answers
from algoitny.jobs import access
from algoitny.jobs.records import Result
from algoitny.jobs.serializers import TaskSerializer

_TASK_ID = re.compile(r"[0-9a-f]{32}")


class TaskStatus(APIView):
    """How a task is going, and what it came to.

    A task is whoever's who has its id: 122 random bits, which only its starter was told. So the id is a secret, and
    anonymous callers can follow their runs too. Only the traceback of a failure is staff's.
    """

    @extend_schema(operation_id="task_retrieve", responses=answers(TaskSerializer, 400, 401, 404))
    def get(self, request: Request, task_id: str) -> Response:
        """Kept for 7 days. The result is null until the status is COMPLETED or FAILED."""
        read_parameters(request, [])
        found = access.result(task_id) if _TASK_ID.fullmatch(task_id) else None
        if found is None:
            raise NotFound("No task has this id, or it is older than 7 days.")
        return Response(self._said(request, found))

    def _said(self, request: Request, found: Result) -> dict[str, Any]:
        said = dict(TaskSerializer(found).data)
        if not (found.traceback and is_staff(request)):
            del said["traceback"]
        return said
