"""Plans, for staff."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.accounts import access
from algoitny.accounts.bodies import PlanValues
from algoitny.accounts.records import PlanRecord, Taken
from algoitny.accounts.serializers import StaffPlanSerializer
from algoitny.api.errors import Conflict
from algoitny.api.parameters import MAX_ID, read_parameters
from algoitny.api.permissions import IsStaff
from algoitny.api.schema import answers, page_of
from algoitny.api.strict import read_body


class PlanList(APIView):
    permission_classes = (IsStaff,)

    @extend_schema(operation_id="admin_plans", responses=answers(page_of(StaffPlanSerializer), 400, 401, 403))
    def get(self, request: Request) -> Response:
        """All plans, those that are not offered too, by name."""
        read_parameters(request, [])
        return Response({"items": StaffPlanSerializer(access.all_plans(), many=True).data, "next": None})

    @extend_schema(
        operation_id="admin_plan_create",
        request=PlanValues,
        responses=answers(StaffPlanSerializer, 400, 401, 403, 409, status=201),
    )
    def post(self, request: Request) -> Response:
        """A new plan."""
        values = read_body(request, PlanValues)
        try:
            plan = access.create_plan(**values)
        except Taken as error:
            raise Conflict(str(error)) from error
        return Response(StaffPlanSerializer(plan).data, status=status.HTTP_201_CREATED)


class OnePlan(APIView):
    permission_classes = (IsStaff,)

    @extend_schema(operation_id="admin_plan", responses=answers(StaffPlanSerializer, 400, 401, 403, 404))
    def get(self, request: Request, plan_id: int) -> Response:
        """A plan."""
        read_parameters(request, [])
        return _answer(plan_id, access.plan_by_id(plan_id) if plan_id <= MAX_ID else None)

    @extend_schema(
        operation_id="admin_plan_change",
        request=PlanValues,
        responses=answers(StaffPlanSerializer, 400, 401, 403, 404, 409),
    )
    def patch(self, request: Request, plan_id: int) -> Response:
        """Change a plan, its name too. Its users have its new limits once this is answered."""
        values = read_body(request, PlanValues, partial=True)
        try:
            plan = access.update_plan(plan_id, **values) if plan_id <= MAX_ID else None
        except Taken as error:
            raise Conflict(str(error)) from error
        return _answer(plan_id, plan)


def _answer(plan_id: int, plan: PlanRecord | None) -> Response:
    if plan is None:
        raise NotFound(f"No plan has the id {plan_id}.")
    return Response(StaffPlanSerializer(plan).data)
