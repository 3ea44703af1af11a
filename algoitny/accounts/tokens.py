"""Access and refresh tokens (JWT). An access token says who its bearer is, so that a request needs no look-up.

What it says is as old as the token, minutes at most; staff's routes look the user up. A refresh token is good for one
use: it is exchanged for the next of its session. One that comes again was copied, and its whole session ends.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import jwt
from django.conf import settings
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed

from algoitny.accounts import access
from algoitny.accounts.models import RefreshSession
from algoitny.accounts.records import UserRecord

ACCESS_LIFETIME = timedelta(minutes=10)
REFRESH_LIFETIME = timedelta(days=14)

_ALGORITHM = "HS256"
_AGAIN = "Sign in again."

Kind = Literal["access", "refresh"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """`request.user` of a request that bears an access token."""

    id: int
    email: str
    name: str
    is_staff: bool
    is_authenticated: Literal[True] = True
    is_anonymous: Literal[False] = False
    is_active: Literal[True] = True

    @property
    def pk(self) -> int:
        return self.id


def issue(user: UserRecord) -> dict[str, str]:
    """A pair of tokens for an active user, and the session that the refresh token belongs to.

    {"access": ..., "refresh": ...}
    """
    session = RefreshSession.objects.create(
        user_id=user.id, token_id=uuid.uuid4(), expires_at=timezone.now() + REFRESH_LIFETIME
    )
    return _pair(user, session.pk, session.token_id)


def rotate(token: str) -> dict[str, str]:
    """The next pair for a refresh token, which is good no more. Raises AuthenticationFailed.

    The user is looked up, so that one who is gone or no longer active gets none, and claims are what they are now.
    """
    claims = _read(token, "refresh")
    user = access.user_by_email(claims["email"])
    if user is None or not user.is_active or user.id != int(claims["sub"]):
        raise AuthenticationFailed("The user of this token is gone or no longer active.")
    following = uuid.uuid4()
    # One statement, so that of two requests with one token only one is first.
    first = RefreshSession.objects.filter(pk=claims["session"], token_id=claims["jti"]).update(
        token_id=following, expires_at=timezone.now() + REFRESH_LIFETIME
    )
    if not first:
        RefreshSession.objects.filter(pk=claims["session"]).delete()
        raise AuthenticationFailed(f"The refresh token was used or revoked already; its session has ended. {_AGAIN}")
    return _pair(user, claims["session"], following)


def revoke(token: str) -> None:
    """End the session of a refresh token. Raises AuthenticationFailed for a token that is none of ours."""
    RefreshSession.objects.filter(pk=_read(token, "refresh")["session"]).delete()


def caller_of(token: str) -> Caller:
    """Whom an access token speaks for. Raises AuthenticationFailed."""
    claims = _read(token, "access")
    return Caller(id=int(claims["sub"]), email=claims["email"], name=claims["name"], is_staff=claims["staff"])


def _pair(user: UserRecord, session: Any, token_id: uuid.UUID) -> dict[str, str]:
    claims = {"sub": str(user.id), "email": user.email}
    return {
        "access": _write("access", ACCESS_LIFETIME, {**claims, "name": user.name, "staff": user.is_staff}),
        "refresh": _write("refresh", REFRESH_LIFETIME, {**claims, "session": str(session), "jti": str(token_id)}),
    }


def _write(kind: Kind, lifetime: timedelta, claims: dict[str, Any]) -> str:
    now = timezone.now()
    return jwt.encode({**claims, "kind": kind, "iat": now, "exp": now + lifetime}, _key(), _ALGORITHM)


def _read(token: str, kind: Kind) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token, _key(), algorithms=[_ALGORITHM], options={"require": ["exp", "iat", "sub"]}
        )
    except jwt.ExpiredSignatureError as error:
        raise AuthenticationFailed(f"The {kind} token has expired. {_AGAIN}") from error
    except jwt.InvalidTokenError as error:
        raise AuthenticationFailed(f"The {kind} token is none that this server gave out. {_AGAIN}") from error
    if claims.get("kind") != kind:
        raise AuthenticationFailed(f"This is not the {kind} token of a pair.")
    return claims


def _key() -> bytes:
    # A key of its own, made of the secret: what signs cursors and sessions signs no token.
    return hashlib.sha256(b"algoitny.tokens" + settings.SECRET_KEY.encode()).digest()
