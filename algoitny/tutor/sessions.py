"""Sessions and tokens, which end by themselves.

DynamoDB removes what has expired within days, and not at once: until then the mapper's reads pass it over, and so an
expired one is not valid however long it is still there.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from algoitny.records import record_of
from algoitny.tutor.items import EmailToken, Session
from algoitny.tutor.records import SessionRecord

SESSION_LIFETIME = timedelta(hours=1)
TOKEN_LIFETIME = timedelta(hours=24)


def start(user_id: int, *, data: dict[str, Any] | None = None, lifetime: timedelta = SESSION_LIFETIME) -> SessionRecord:
    """A new session of a user's."""
    item = Session.objects.create(
        session_id=_new_id(), user_id=str(user_id), data=data or {}, expires_at=timezone.now() + lifetime
    )
    return record_of(SessionRecord, item)


def get(session_id: str) -> SessionRecord | None:
    """The session; None where there is none, or it has expired."""
    item = Session.objects.filter(session_id=session_id).consistent().first()
    return None if item is None else record_of(SessionRecord, item)


def end(session_id: str) -> bool:
    """Whether there was such a session."""
    item = Session.objects.filter(session_id=session_id).consistent().first()
    return item is not None and item.delete()


def new_token(user_id: int, email: str, *, lifetime: timedelta = TOKEN_LIFETIME) -> str:
    """A token to send to an address."""
    token = _new_id()
    EmailToken.objects.create(token=token, user_id=str(user_id), email=email, expires_at=timezone.now() + lifetime)
    return token


def redeem(token: str) -> tuple[int, str] | None:
    """(the user's number, the address) that a token proves; None where it is none, has expired or was used already.

    Of two callers with one token only one gets an answer: the removal tells who was first.
    """
    item = EmailToken.objects.filter(token=token).consistent().first()
    if item is None or not item.delete():
        return None
    return int(item.user_id), item.email


def _new_id() -> str:
    return secrets.token_urlsafe(24)
