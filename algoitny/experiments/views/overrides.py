"""The routes of overrides, for staff."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.parameters import read_parameters
from algoitny.api.permissions import IsStaff
from algoitny.api.schema import PAGING, answers, page_of, query
from algoitny.api.strict import read_body
from algoitny.experiments.access import dynamodb_access
from algoitny.experiments.access.overrides import check_override
from algoitny.experiments.items import EXPERIMENT, TYPES
from algoitny.experiments.serializers import OverrideBody, OverrideSerializer
from algoitny.experiments.views.common import listed, refusals
from algoitny.keyset import Page


def _by_type(wanted: str, **page: Any) -> Page[Any]:
    if wanted not in TYPES:
        raise ParseError(f"Parameter 'type' is {wanted!r}; it takes {', '.join(TYPES)}.")
    return dynamodb_access.get_overrides_by_type(wanted, **page)


class OverrideList(APIView):
    """Overrides, newest first, by user, target or type."""

    permission_classes: ClassVar = [IsStaff]

    @extend_schema(
        operation_id="experiments_overrides_list",
        parameters=[
            query("user_id", "Whose they are. One of user_id, target_id and type is given."),
            query("target_id", "The id of an experiment or of a flag."),
            OpenApiParameter("type", enum=TYPES),
            *PAGING,
        ],
        responses=answers(page_of(OverrideSerializer, within_budget=True), 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        by = {
            "user_id": dynamodb_access.get_user_overrides,
            "target_id": dynamodb_access.get_target_overrides,
            "type": _by_type,
        }
        return listed(request, by, OverrideSerializer)

    @extend_schema(
        operation_id="experiments_overrides_create",
        request=OverrideBody,
        responses=answers(OverrideSerializer, 400, 401, 403, 404, 413, status=201),
    )
    def post(self, request: Request) -> Response:
        """In place of the one that the user has for this target, if any. It is kept for 30 days."""
        body = read_body(request, OverrideBody)
        with refusals():
            if body["type"] == EXPERIMENT:
                experiment = dynamodb_access.get_experiment(body["target"])
                target, value = str(experiment.id), check_override(experiment, body["value"])
            else:
                target, value = str(dynamodb_access.get_feature_flag_by_name(body["target"]).id), body["value"]
            made = dynamodb_access.create_override(body["user_id"], target, body["type"], value)
        return Response(OverrideSerializer(made).data, status=status.HTTP_201_CREATED)


class OverrideDetail(APIView):
    """One override."""

    permission_classes: ClassVar = [IsStaff]

    @extend_schema(
        operation_id="experiments_overrides_retrieve", responses=answers(OverrideSerializer, 400, 401, 403, 404)
    )
    def get(self, request: Request, override_id: UUID) -> Response:
        read_parameters(request, [])
        found = dynamodb_access.get_override(str(override_id))
        if found is None:
            raise NotFound(f"There is no override {override_id}.")
        return Response(OverrideSerializer(found).data)

    @extend_schema(operation_id="experiments_overrides_delete", responses=answers(None, 400, 401, 403, 404, status=204))
    def delete(self, request: Request, override_id: UUID) -> Response:
        read_parameters(request, [])
        with refusals():
            dynamodb_access.delete_override(str(override_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
