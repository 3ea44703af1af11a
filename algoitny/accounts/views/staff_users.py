"""Users, for staff."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ParseError, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.accounts import access
from algoitny.accounts.bodies import UserChange
from algoitny.accounts.records import UserRecord
from algoitny.accounts.serializers import StaffUserSerializer
from algoitny.api.errors import Conflict
from algoitny.api.parameters import MAX_ID, page_size, read_parameters, whole_number
from algoitny.api.permissions import IsStaff, signed_in_user
from algoitny.api.schema import PAGING, answers, page_of, query
from algoitny.api.strict import read_body


class UserList(APIView):
    permission_classes = (IsStaff,)

    @extend_schema(
        operation_id="admin_users",
        parameters=[query("plan", "The id of a plan: only its users, oldest first.", OpenApiTypes.INT), *PAGING],
        responses=answers(page_of(StaffUserSerializer), 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        """All users, in an order of the store's own, or those on a plan."""
        parameters = read_parameters(request, ["plan", "limit", "cursor"])
        asked = {"limit": page_size(parameters.get("limit")), "cursor": parameters.get("cursor")}
        if "plan" in parameters:
            page = access.users_on_plan(whole_number("plan", parameters["plan"], most=MAX_ID), **asked)
        else:
            page = access.users_page(**asked)
        return Response({"items": StaffUserSerializer(page.items, many=True).data, "next": page.next_cursor})


class OneUser(APIView):
    permission_classes = (IsStaff,)

    @extend_schema(operation_id="admin_user", responses=answers(StaffUserSerializer, 400, 401, 403, 404))
    def get(self, request: Request, user_id: int) -> Response:
        """A user."""
        read_parameters(request, [])
        return Response(StaffUserSerializer(_user(user_id)).data)

    @extend_schema(
        operation_id="admin_user_change",
        request=UserChange,
        responses=answers(StaffUserSerializer, 400, 401, 403, 404, 409),
    )
    def patch(self, request: Request, user_id: int) -> Response:
        """Change a user's rights or plan; plans that are not offered count too. One's own rights stay as they are."""
        values = read_body(request, UserChange, partial=True)
        user = _user(user_id)
        _check(signed_in_user(request), user, values)
        return Response(StaffUserSerializer(_changed(user, values)).data)


def _user(user_id: int) -> UserRecord:
    user = access.user_by_id(user_id) if user_id <= MAX_ID else None
    if user is None:
        raise NotFound(f"No user has the id {user_id}.")
    return user


def _check(caller: UserRecord, user: UserRecord, values: dict[str, object]) -> None:
    rights = {"is_active", "is_staff"} & set(values)
    if user.is_superuser and not caller.is_superuser and rights:
        raise PermissionDenied("Only a superuser changes the rights of a superuser.")
    if user.id == caller.id and rights:
        raise Conflict(
            "Nobody changes their own rights here, so that the last of the staff cannot lock themselves out."
        )


def _changed(user: UserRecord, values: dict[str, object]) -> UserRecord:
    changed: UserRecord | None = user
    # The plan first: it is what may be refused.
    if "plan" in values:
        plan_id = values.pop("plan")
        try:
            changed = access.change_plan(user.email, plan_id)  # type: ignore[arg-type] # the body's, checked
        except LookupError as error:
            raise ParseError(f"plan: {error}") from error
    if values:
        changed = access.update_user(user.email, **values)
    if changed is None:
        raise NotFound(f"No user has the id {user.id} any more.")
    return changed
