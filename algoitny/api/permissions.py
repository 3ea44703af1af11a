"""Who may use a route. Where a token's own word is too old to go by, the user is looked up."""

from typing import Any

from rest_framework.exceptions import AuthenticationFailed
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
        # One who has an address that another had before is not that other.
        is_caller = user is not None and user.id == request.user.id and user.is_active
        request._algoitny_user = user if is_caller else None  # noqa: SLF001
    found: UserRecord | None = request._algoitny_user  # noqa: SLF001
    return found


def signed_in_user(request: Request) -> UserRecord:
    """The caller as the store has them now. Raises AuthenticationFailed where there is none any more."""
    user = current_user(request)
    if user is None:
        raise AuthenticationFailed("The user of this token is gone or no longer active.")
    return user


def is_staff(request: Request) -> bool:
    """Whether the caller is staff now. Only one whose token says so is looked up."""
    return request.user.is_staff and _is_staff(current_user(request))


def sees_drafts(request: Request) -> bool:
    """Whether drafts are there for the caller: for staff and by plan, for authors too. The caller is looked up."""
    user = current_user(request)
    if user is None:
        return False
    return user.is_staff or user.limits.can_view_all_problems or user.limits.can_register_problems


def _is_staff(user: UserRecord | None) -> bool:
    return user is not None and user.is_staff


class IsSignedIn(BasePermission):
    message = "Sign in first: send an access token as `Authorization: Bearer ...`."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - REST framework's signature
        return bool(request.user.is_authenticated)


class IsStaff(BasePermission):
    message = "This route is for staff."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        return _is_staff(current_user(request))


class MayViewDrafts(BasePermission):
    message = "Your plan does not include drafts."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        return sees_drafts(request)


class MayRegister(BasePermission):
    message = "Your plan does not include registering problems."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        user = current_user(request)
        return user is not None and (user.is_staff or user.limits.can_register_problems)
