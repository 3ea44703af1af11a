"""The routes that a load balancer and whoever is on call ask. They look at no token, and tell nothing of anybody."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny import store
from algoitny.api.errors import Unavailable
from algoitny.api.parameters import read_parameters
from algoitny.api.schema import answers
from algoitny.health import checks


class LiveSerializer(serializers.Serializer):
    status = serializers.CharField(help_text="ok")


class CheckSerializer(serializers.Serializer):
    name = serializers.ChoiceField(store.STORES)
    ok = serializers.BooleanField()
    seconds = serializers.FloatField()
    failure = serializers.CharField(allow_null=True)


class HealthSerializer(serializers.Serializer):
    """The store that serves, and each store that is needed for it."""

    status = serializers.CharField(help_text="ok or failing")
    store = serializers.ChoiceField(store.STORES)
    checks = CheckSerializer(many=True)


class Live(APIView):
    authentication_classes = ()

    @extend_schema(operation_id="health_live", auth=[], responses=answers(LiveSerializer, 400))
    def get(self, request: Request) -> Response:
        """This process answers; no store is asked."""
        read_parameters(request, [])
        return Response({"status": "ok"})


class Ready(APIView):
    authentication_classes = ()

    @extend_schema(operation_id="health_ready", auth=[], responses=answers(HealthSerializer, 400, 503))
    def get(self, request: Request) -> Response:
        """Each store that is needed now answers; 503 otherwise, with which does not and why."""
        read_parameters(request, [])
        found = checks.needed()
        failing = [f"{check.name}: {check.failure}" for check in found if not check.ok]
        if failing:
            raise Unavailable(f"Not ready. {' '.join(failing)}")
        return _summary(found)


class Health(APIView):
    authentication_classes = ()

    @extend_schema(operation_id="health", auth=[], responses=answers(HealthSerializer, 400))
    def get(self, request: Request) -> Response:
        """The same for a person: always answered, with the failures in it."""
        read_parameters(request, [])
        return _summary(checks.needed())


def _summary(found: list[checks.Check]) -> Response:
    status = "ok" if all(check.ok for check in found) else "failing"
    return Response(HealthSerializer({"status": status, "store": store.truth(), "checks": found}).data)
