"""Whose sign-in it is: a user who is known, one who is known by their address alone, or a new one."""

from django.conf import settings
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied

from algoitny.accounts import access
from algoitny.accounts.google import GoogleAccount
from algoitny.accounts.records import Taken, UserRecord
from algoitny.api.errors import Conflict


def by_google(account: GoogleAccount) -> UserRecord:
    """The user of a Google account. One with its address and no account is linked to it; without one, a user is made.

    Raises PermissionDenied for an inactive user, and Conflict where the address is linked to another account.
    """
    user = access.user_by_google_id(account.google_id)
    if user is None:
        user = _of_address(account.email, name=account.name, picture=account.picture, google_id=account.google_id)
    if user.google_id not in {None, account.google_id}:
        raise Conflict(f"The user {user.email} signs in with another Google account.")
    return _seen(user, google_id=account.google_id)


def by_address(email: str, name: str = "") -> UserRecord:
    """The user with that address, whom nobody has proved to be. Raises PermissionDenied for an inactive one."""
    return _seen(_of_address(email, name=name))


def _of_address(email: str, **values: str) -> UserRecord:
    """The user with that address, made where there is none, on the plan that new users are on."""
    found = access.user_by_email(email)
    if found is not None:
        return found
    plan = access.plan_by_name(settings.ALGOITNY_DEFAULT_PLAN) if settings.ALGOITNY_DEFAULT_PLAN else None
    try:
        return access.create_user(email=email, subscription_plan_id=plan.id if plan else None, **values)
    except Taken:
        # Another request of the same person was first.
        found = access.user_by_email(email)
        if found is None:
            raise Conflict("Another user has this Google account already.") from None
        return found


def _seen(user: UserRecord, **values: str) -> UserRecord:
    """The user, signed in now. Raises PermissionDenied for an inactive one."""
    if not user.is_active:
        raise PermissionDenied("This user is not active. Ask whoever runs this server.")
    try:
        updated = access.update_user(user.email, last_login=timezone.now(), **values)
    except Taken as error:
        raise Conflict(str(error)) from error
    return updated or user
