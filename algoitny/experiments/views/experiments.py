"""The routes of experiments themselves, for staff."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.parameters import day, read_parameters
from algoitny.api.permissions import IsStaff, signed_in_user
from algoitny.api.schema import PAGING, answers, page_of, query
from algoitny.api.strict import read_body
from algoitny.experiments import statuses
from algoitny.experiments.access import dynamodb_access
from algoitny.experiments.items import EVENTS_KEPT
from algoitny.experiments.serializers import (
    AssignmentSerializer,
    ConversionsSerializer,
    ExperimentBody,
    ExperimentSerializer,
    StatusBody,
)
from algoitny.experiments.views.common import listed, paged, refusals
from algoitny.keyset import Page


class _StaffView(APIView):
    permission_classes: ClassVar = [IsStaff]


def _by_status(wanted: str, **page: Any) -> Page[Any]:
    if wanted not in statuses.STATUSES:
        raise ParseError(f"Parameter 'status' is {wanted!r}; it takes {', '.join(statuses.STATUSES)}.")
    return dynamodb_access.get_experiments_by_status(wanted, **page)


class ExperimentList(_StaffView):
    """Experiments, newest first, by status, owner or tag."""

    @extend_schema(
        operation_id="experiments_list",
        parameters=[
            OpenApiParameter("status", enum=statuses.STATUSES, description="One of status, owner and tag is given."),
            query("owner", "Whose they are."),
            query("tag", "A tag that they have."),
            *PAGING,
        ],
        responses=answers(page_of(ExperimentSerializer, within_budget=True), 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        by = {
            "status": _by_status,
            "owner": dynamodb_access.get_experiments_by_owner,
            "tag": dynamodb_access.get_experiments_by_tag,
        }
        return listed(request, by, ExperimentSerializer)

    @extend_schema(
        operation_id="experiments_create",
        request=ExperimentBody,
        responses=answers(ExperimentSerializer, 400, 401, 403, 413, status=201),
    )
    def post(self, request: Request) -> Response:
        """Make a draft."""
        body = read_body(request, ExperimentBody)
        body.setdefault("owner", signed_in_user(request).email)
        with refusals():
            made = dynamodb_access.create_experiment(**body)
        return Response(ExperimentSerializer(made).data, status=status.HTTP_201_CREATED)


class ExperimentDetail(_StaffView):
    """One experiment."""

    @extend_schema(operation_id="experiments_retrieve", responses=answers(ExperimentSerializer, 400, 401, 403, 404))
    def get(self, request: Request, experiment_id: UUID) -> Response:
        read_parameters(request, [])
        with refusals():
            return Response(ExperimentSerializer(dynamodb_access.get_experiment(experiment_id)).data)

    @extend_schema(
        operation_id="experiments_change",
        request=ExperimentBody(partial=True),
        responses=answers(ExperimentSerializer, 400, 401, 403, 404, 409, 413),
    )
    def patch(self, request: Request, experiment_id: UUID) -> Response:
        """Change what is given; variations of a draft only."""
        body = read_body(request, ExperimentBody, partial=True)
        with refusals():
            return Response(ExperimentSerializer(dynamodb_access.update_experiment(experiment_id, **body)).data)


class ExperimentStatus(_StaffView):
    """The step of an experiment to another status."""

    @extend_schema(
        operation_id="experiments_status",
        request=StatusBody,
        responses=answers(ExperimentSerializer, 400, 401, 403, 404, 409, 413),
    )
    def post(self, request: Request, experiment_id: UUID) -> Response:
        """draft → active → paused → completed, and from paused back to active; 409 for another. All or nothing."""
        body = read_body(request, StatusBody)
        with refusals():
            changed = dynamodb_access.update_experiment_with_override(
                experiment_id, body["status"], **body.get("override", {})
            )
        return Response(ExperimentSerializer(changed).data)


class ExperimentAssignments(_StaffView):
    """Who is assigned, the latest first."""

    @extend_schema(
        operation_id="experiments_assignments",
        parameters=PAGING,
        responses=answers(page_of(AssignmentSerializer, within_budget=True), 400, 401, 403),
    )
    def get(self, request: Request, experiment_id: UUID) -> Response:
        parameters = read_parameters(request, ["limit", "cursor"])
        return paged(
            parameters,
            lambda **page: dynamodb_access.get_experiment_assignments(str(experiment_id), **page),
            AssignmentSerializer,
        )


class ExperimentConversions(_StaffView):
    """What came of each variation."""

    @extend_schema(
        operation_id="experiments_conversions",
        parameters=[
            OpenApiParameter("event_type", required=True, description="What counts as a conversion."),
            OpenApiParameter("first", OpenApiTypes.DATE, required=True, description="The first day, of UTC."),
            OpenApiParameter("last", OpenApiTypes.DATE, required=True, description="The last day, which counts too."),
        ],
        responses=answers(ConversionsSerializer, 400, 401, 403),
    )
    def get(self, request: Request, experiment_id: UUID) -> Response:
        """It reads all assignments of the experiment and all its events of those days."""
        names = ["event_type", "first", "last"]
        parameters = read_parameters(request, names)
        if missing := [name for name in names if name not in parameters]:
            raise ParseError(f"Parameter {missing[0]!r} is missing; this route needs {', '.join(names)}.")
        first, last = (day(name, parameters[name]) for name in ("first", "last"))
        if not timedelta() <= last - first < EVENTS_KEPT:
            raise ParseError(f"The days are the first, then the last, at most {EVENTS_KEPT.days} of them.")
        found = dynamodb_access.conversions(
            str(experiment_id),
            parameters["event_type"],
            since=datetime.combine(first, time.min, UTC),
            until=datetime.combine(last, time.min, UTC) + timedelta(days=1),
        )
        return Response(ConversionsSerializer({"items": found}).data)
