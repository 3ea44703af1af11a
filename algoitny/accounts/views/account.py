"""The routes of one's own account."""

from datetime import UTC, datetime, time, timedelta

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.accounts import access
from algoitny.accounts.bodies import PlanChoice, Profile
from algoitny.accounts.models import NO_LIMIT
from algoitny.accounts.records import UserRecord
from algoitny.accounts.serializers import LimitsSerializer, PlanUsageSerializer, StatsSerializer, UserSerializer
from algoitny.api.errors import Conflict
from algoitny.api.parameters import read_parameters
from algoitny.api.permissions import IsSignedIn, signed_in_user
from algoitny.api.schema import answers
from algoitny.api.strict import read_body
from algoitny.history import access as history
from algoitny.usage import access as usage


class Me(APIView):
    permission_classes = (IsSignedIn,)

    @extend_schema(operation_id="account_me", responses=answers(UserSerializer, 400, 401))
    def get(self, request: Request) -> Response:
        """The caller."""
        read_parameters(request, [])
        return Response(UserSerializer(signed_in_user(request)).data)

    @extend_schema(operation_id="account_me_change", request=Profile, responses=answers(UserSerializer, 400, 401))
    def patch(self, request: Request) -> Response:
        """Change the caller's name or picture."""
        values = read_body(request, Profile, partial=True)
        user = access.update_user(signed_in_user(request).email, **values)
        return Response(UserSerializer(user).data)


class MyPlan(APIView):
    permission_classes = (IsSignedIn,)

    @extend_schema(operation_id="account_plan", responses=answers(LimitsSerializer, 400, 401))
    def get(self, request: Request) -> Response:
        """What the caller may do."""
        read_parameters(request, [])
        return Response(LimitsSerializer(signed_in_user(request).limits).data)

    @extend_schema(
        operation_id="account_plan_choose", request=PlanChoice, responses=answers(LimitsSerializer, 400, 401, 404, 409)
    )
    def put(self, request: Request) -> Response:
        """Put the caller on a plan that is offered, or on none. Its limits hold from now on."""
        plan_id = read_body(request, PlanChoice)["plan"]
        user = signed_in_user(request)
        plan = None if plan_id is None else access.plan_by_id(plan_id)
        if plan_id is not None and plan is None:
            raise NotFound(f"There is no plan with the id {plan_id}.")
        if plan is not None and not plan.is_active:
            raise Conflict(f"The plan {plan.name!r} is not offered any more. Choose one of auth/plans/.")
        return Response(LimitsSerializer(_changed(user, plan_id).limits).data)


class PlanUsage(APIView):
    permission_classes = (IsSignedIn,)

    @extend_schema(operation_id="account_plan_usage", responses=answers(PlanUsageSerializer, 400, 401))
    def get(self, request: Request) -> Response:
        """Today's hints and executions against the caller's plan."""
        read_parameters(request, [])
        user = signed_in_user(request)
        day = usage.day_of(timezone.now())
        today = usage.today(user.id, day=day)
        body = {
            "date": day,
            "resets_at": datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC),
            "hints": _used(today.hint, user.limits.max_hints_per_day),
            "executions": _used(today.execution, user.limits.max_executions_per_day),
        }
        return Response(PlanUsageSerializer(body).data)


class MyStats(APIView):
    permission_classes = (IsSignedIn,)

    @extend_schema(operation_id="account_stats", responses=answers(StatsSerializer, 400, 401))
    def get(self, request: Request) -> Response:
        """What the caller's runs add up to."""
        read_parameters(request, [])
        return Response(StatsSerializer(history.stats(request.user.id)).data)


def _changed(user: UserRecord, plan_id: int | None) -> UserRecord:
    try:
        return access.change_plan(user.email, plan_id) or user
    except LookupError as error:  # it went between the look and this
        raise NotFound(str(error)) from error


def _used(used: int, limit: int) -> dict[str, int | None]:
    # A plan may have become smaller than what was used of it today.
    return {"used": used, "limit": limit, "remaining": None if limit == NO_LIMIT else max(limit - used, 0)}
