"""The routes of feature flags, for staff."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.parameters import read_parameters
from algoitny.api.permissions import IsStaff
from algoitny.api.schema import PAGING, answers, page_of, query
from algoitny.api.strict import read_body
from algoitny.experiments import ids, statuses
from algoitny.experiments.access import dynamodb_access
from algoitny.experiments.serializers import FlagBody, FlagChangesBody, FlagSerializer
from algoitny.experiments.views.common import listed, refusals
from algoitny.keyset import Page


def _by_status(wanted: str, **page: Any) -> Page[Any]:
    if wanted not in statuses.FLAG_STATUSES:
        raise ParseError(f"Parameter 'status' is {wanted!r}; it takes {', '.join(statuses.FLAG_STATUSES)}.")
    return dynamodb_access.get_feature_flags_by_status(wanted, **page)


class FlagList(APIView):
    """Feature flags, those that changed last first, by status or tag."""

    permission_classes: ClassVar = [IsStaff]

    @extend_schema(
        operation_id="experiments_flags_list",
        parameters=[
            OpenApiParameter("status", enum=statuses.FLAG_STATUSES, description="One of status and tag is given."),
            query("tag", "A tag that they have."),
            *PAGING,
        ],
        responses=answers(page_of(FlagSerializer, within_budget=True), 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        by = {"status": _by_status, "tag": dynamodb_access.get_feature_flags_by_tag}
        return listed(request, by, FlagSerializer)

    @extend_schema(
        operation_id="experiments_flags_create",
        request=FlagBody,
        responses=answers(FlagSerializer, 400, 401, 403, 409, 413, status=201),
    )
    def post(self, request: Request) -> Response:
        """Rules that could not be evaluated are refused, with their place."""
        body = read_body(request, FlagBody)
        with refusals():
            made = dynamodb_access.create_feature_flag(**body)
        return Response(FlagSerializer(made).data, status=status.HTTP_201_CREATED)


class FlagDetail(APIView):
    """One feature flag, by its name."""

    permission_classes: ClassVar = [IsStaff]

    @extend_schema(operation_id="experiments_flags_retrieve", responses=answers(FlagSerializer, 400, 401, 403, 404))
    def get(self, request: Request, name: str) -> Response:
        read_parameters(request, [])
        with refusals():
            return Response(FlagSerializer(dynamodb_access.get_feature_flag_by_name(name)).data)

    @extend_schema(
        operation_id="experiments_flags_change",
        request=FlagChangesBody(partial=True),
        responses=answers(FlagSerializer, 400, 401, 403, 404, 409, 413),
    )
    def patch(self, request: Request, name: str) -> Response:
        """Change what is given; who asks afterwards sees it."""
        body = read_body(request, FlagChangesBody, partial=True)
        with refusals():
            return Response(FlagSerializer(dynamodb_access.update_feature_flag(ids.flag_id(name), **body)).data)
