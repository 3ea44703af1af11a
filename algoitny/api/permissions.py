"""Who may use a route. Where a token's own word is too old to go by, the user is looked up."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from algoitny.accounts import access
from algoitny.accounts.records import UserRecord


def current_user(request: Request) -> UserRecord | None:
    """The caller as the store has them now, once a request; None for an anonymous, a deleted or an inactive one."""
    if not request.user.is_authenticated:
        return None
    if not hasattr(request, "_algoitny_user"):
        user = access.user_by_email(request.user.email)
        request._algoitny_user = user if user is not None and user.is_active else None  # noqa: SLF001
    found: UserRecord | None = request._algoitny_user  # noqa: SLF001
    return found


class IsSignedIn(BasePermission):
    message = "Sign in first: send an access token as `Authorization: Bearer ...`."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - REST framework's signature
        return bool(request.user.is_authenticated)


class IsStaff(BasePermission):
    message = "This route is for staff."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        user = current_user(request)
        return user is not None and user.is_staff


class MayRegister(BasePermission):
    message = "Your plan does not include registering problems."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        user = current_user(request)
        return user is not None and (user.is_staff or user.limits.can_register_problems)
