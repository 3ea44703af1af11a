"""Cursors that callers cannot read into, forge or carry to another list: a position, signed together with its query."""

import json
from collections.abc import Mapping
from typing import Any

from django.core import signing

_SALT = "algoitny.cursor"


class CursorError(ValueError):
    """The cursor is not one that this list gave out; start again without a cursor."""


def seal(position: list[Any], *, query: Mapping[str, Any]) -> str:
    """The cursor of a position (JSON values) in the list that `query` describes."""
    return signing.Signer(salt=_SALT).sign_object([_fingerprint(query), position])


def unseal(cursor: str, *, query: Mapping[str, Any]) -> list[Any]:
    """The position in a cursor. Raises CursorError where it was not signed here, or was given out for another query."""
    try:
        fingerprint, position = signing.Signer(salt=_SALT).unsign_object(cursor)
    except signing.BadSignature as error:
        raise CursorError(
            "The cursor is not one that this server gave out. Pass `next` of a page as it was, or leave the cursor out."
        ) from error
    if fingerprint != _fingerprint(query):
        raise CursorError(
            "The cursor was given out for other filters. Keep the filters as they were, or leave the cursor out."
        )
    return position


def _fingerprint(query: Mapping[str, Any]) -> str:
    return json.dumps(query, sort_keys=True, separators=(",", ":"))
