"""The routes that show jobs."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.parameters import page_size, read_parameters
from algoitny.api.permissions import MayRegister
from algoitny.api.schema import PAGING, answers, page_of
from algoitny.jobs import access
from algoitny.jobs.models import JobType, Status
from algoitny.jobs.serializers import JobSerializer, JobSummarySerializer

_LISTS = {"type": (JobType.values, access.jobs_by_type), "status": (Status.values, access.jobs_by_status)}


class JobList(APIView):
    """Jobs by type, newest first, or by status, those that changed last first."""

    permission_classes: ClassVar = [MayRegister]

    @extend_schema(
        operation_id="register_jobs_list",
        parameters=[
            OpenApiParameter("type", enum=JobType.values, description="Exactly one of `type` and `status` is given."),
            OpenApiParameter("status", enum=Status.values),
            *PAGING,
        ],
        responses=answers(page_of(JobSummarySerializer, within_budget=True), 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        parameters = read_parameters(request, [*_LISTS, "limit", "cursor"])
        given = [name for name in _LISTS if name in parameters]
        if len(given) != 1:
            raise ParseError(f"Give exactly one of the parameters 'type' and 'status'; {len(given)} are given.")
        (name,) = given
        known, ask = _LISTS[name]
        if parameters[name] not in known:
            raise ParseError(f"Parameter {name!r} is {parameters[name]!r}; it takes {', '.join(known)}.")
        page = ask(parameters[name], limit=page_size(parameters.get("limit")), cursor=parameters.get("cursor"))
        items = JobSummarySerializer(page.items, many=True).data
        return Response({"items": items, "next": page.next_cursor, "complete": page.complete})


class JobDetail(APIView):
    """One job, with its script."""

    permission_classes: ClassVar = [MayRegister]

    @extend_schema(operation_id="register_jobs_retrieve", responses=answers(JobSerializer, 400, 401, 403, 404))
    def get(self, request: Request, job_id: int) -> Response:
        read_parameters(request, [])
        job = access.job_by_id(job_id)
        if job is None:
            raise NotFound(f"No job has the id {job_id}.")
        return Response(JobSerializer(job).data)
