"""Access and refresh tokens. An access token says who its bearer is, so that a request needs no look-up of the user.

What it says is as old as the token, minutes at most; staff's routes look the user up. A refresh token is good for one
use: it is revoked as it is exchanged. What is revoked is kept in SQL, whichever store serves.
"""

from functools import cached_property

from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.models import TokenUser
from rest_framework_simplejwt.tokens import RefreshToken

from algoitny.accounts import access
from algoitny.accounts.records import UserRecord


class Caller(TokenUser):
    """`request.user` of a request that bears an access token: id, email, name, is_staff."""

    @cached_property
    def id(self) -> int:
        return int(self.token["user_id"])

    @cached_property
    def email(self) -> str:
        return str(self.token["email"])

    @cached_property
    def name(self) -> str:
        return str(self.token.get("name", ""))

    @cached_property
    def is_staff(self) -> bool:
        return bool(self.token.get("is_staff", False))

    @cached_property
    def is_superuser(self) -> bool:
        return False  # nothing that a token is good for asks for it


def issue(user: UserRecord) -> dict[str, str]:
    """A pair of tokens for an active user: {"access": ..., "refresh": ...}."""
    refresh = RefreshToken()
    refresh["user_id"] = str(user.id)
    refresh["email"] = user.email
    refresh["name"] = user.name
    refresh["is_staff"] = user.is_staff
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def rotate(token: str) -> dict[str, str]:
    """A new pair for a refresh token, which is good no more. Raises AuthenticationFailed.

    The user is looked up, so that one who is gone or no longer active gets none, and claims are what they are now.
    """
    refresh = _verified(token)
    user = access.user_by_email(str(refresh["email"]))
    if user is None or not user.is_active or str(user.id) != refresh["user_id"]:
        raise AuthenticationFailed("The user of this token is gone or no longer active.")
    _revoke(refresh)
    return issue(user)


def revoke(token: str) -> None:
    """Make a refresh token good no more. Raises AuthenticationFailed for one that is not good already."""
    _revoke(_verified(token))


def _verified(token: str) -> RefreshToken:
    try:
        return RefreshToken(token)  # type: ignore[arg-type]
    except TokenError as error:
        raise AuthenticationFailed(f"The refresh token is not good: {error}. Sign in again.") from error


def _revoke(refresh: RefreshToken) -> None:
    _, first = refresh.blacklist()
    if not first:  # another request with the same token was first, between the look and this
        raise AuthenticationFailed("The refresh token was used already. Sign in again.")
