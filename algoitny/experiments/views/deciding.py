"""The routes for everybody: what they see, and what they did. Anonymous callers say what they go by."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.errors import Unavailable
from algoitny.api.permissions import is_staff
from algoitny.api.schema import answers
from algoitny.api.strict import read_body
from algoitny.experiments import deciding
from algoitny.experiments.access import dynamodb_access
from algoitny.experiments.access.events import NewEvent
from algoitny.experiments.serializers import (
    AssignBody,
    AssignedSerializer,
    EvaluateBody,
    EvaluatedSerializer,
    TrackBody,
    TrackedSerializer,
)
from algoitny.experiments.views.common import caller, refusals
from dynamo_models import BatchIncomplete


class Assign(APIView):
    """The variation that the caller has of an experiment."""

    @extend_schema(
        operation_id="experiments_assign",
        request=AssignBody,
        responses=answers(AssignedSerializer, 400, 401, 404, 413, 503),
    )
    def post(self, request: Request) -> Response:
        """An override first; then what the caller was assigned; then, of an active experiment, a new assignment."""
        body = read_body(request, AssignBody)
        user = caller(request, body.get("user_identifier"))
        with refusals():
            found = deciding.assign(user, body["experiment_id"])
        return Response(AssignedSerializer(found).data)


class Evaluate(APIView):
    """What a feature flag comes to for the caller."""

    @extend_schema(
        operation_id="experiments_evaluate",
        request=EvaluateBody,
        responses=answers(EvaluatedSerializer, 400, 401, 404, 413, 503),
    )
    def post(self, request: Request) -> Response:
        """An override first; then, of an active flag, the first rule that catches the caller; then its default."""
        body = read_body(request, EvaluateBody)
        user = caller(request, body.get("user_identifier"))
        said = {"signed_in": bool(request.user.is_authenticated), "staff": is_staff(request)}
        with refusals():
            found = deciding.evaluate(body["flag"], user, body["attributes"] | said)
        return Response(EvaluatedSerializer(found).data)


class Track(APIView):
    """What the caller did."""

    @extend_schema(
        operation_id="experiments_track",
        request=TrackBody,
        responses=answers(TrackedSerializer, 400, 401, 404, 413, 503, status=201),
    )
    def post(self, request: Request) -> Response:
        """Written in batches. After a 503 some of them may be written; those that are sent again count again."""
        body = read_body(request, TrackBody)
        user = caller(request, body.get("user_identifier"))
        with refusals():
            events = [NewEvent(user_id=user, **each) for each in body["events"]]
        try:
            dynamodb_access.create_events(events)
        except BatchIncomplete as error:
            raise Unavailable(f"{len(error.unwritten)} of {len(events)} events were not written; try later.") from error
        return Response({"tracked": len(events)}, status=status.HTTP_201_CREATED)
