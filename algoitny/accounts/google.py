"""Who a Google ID token speaks for. Google's own library checks it, against certificates that Google publishes."""

import json
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport import Response
from google.auth.transport.requests import Request
from google.oauth2 import id_token
from rest_framework.exceptions import AuthenticationFailed

from algoitny.api.errors import Unavailable
from algoitny.facets import facet_refusal

# Seconds to wait for the certificates, each time that nothing comes.
TIMEOUT = 5
# Seconds that our clock and Google's may differ by.
SKEW = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class GoogleAccount:
    """What is ours to keep of an account whose address Google has verified."""

    google_id: str
    email: str
    name: str
    picture: str


def verify(token: str) -> GoogleAccount:
    """The account that the token was given out for, to this application.

    Raises AuthenticationFailed where the token is no good, and Unavailable where that cannot be told: no client id is
    set, or Google's certificates cannot be had.
    """
    audience = settings.ALGOITNY_GOOGLE_CLIENT_ID
    if not audience:  # without one, the library would take tokens that were given out to anybody
        raise Unavailable("Signing in through Google is not set up: set ALGOITNY_GOOGLE_CLIENT_ID to the client's id.")
    try:
        claims = id_token.verify_oauth2_token(token, certificates, audience, clock_skew_in_seconds=SKEW)
    except TransportError as error:
        raise Unavailable("Google's certificates cannot be had now, so no token can be checked. Try later.") from error
    # A claim that is missing is a KeyError, one of another type than it should be a TypeError.
    except (GoogleAuthError, ValueError, KeyError, TypeError) as error:
        raise AuthenticationFailed(f"The ID token is not good: {error}") from error
    return _account(claims)


def certificates(url: str, method: str = "GET", **_: Any) -> Response:
    """The answer with Google's certificates; a google.auth.transport.Request. Raises TransportError."""
    with requests.Session() as session:
        response = Request(session=session)(url, method=method, timeout=TIMEOUT)
    try:
        is_object = isinstance(json.loads(response.data), dict)
    except ValueError as error:
        raise TransportError(f"{url} answered something else than JSON.") from error
    if not is_object:
        raise TransportError(f"{url} answered something else than certificates by their ids.")
    return response


def _account(claims: Any) -> GoogleAccount:
    google_id, email = str(claims.get("sub", "")), str(claims.get("email", ""))
    if facet_refusal(google_id):
        raise AuthenticationFailed("The ID token names no account.")
    # Anybody can give an account somebody else's address; verified, it is theirs.
    if not email or claims.get("email_verified") is not True:
        raise AuthenticationFailed("Google has not verified the address of this account. Verify it there first.")
    picture = str(claims.get("picture", ""))
    return GoogleAccount(
        google_id=google_id,
        email=email,
        name=str(claims.get("name", ""))[:200],
        picture=picture if picture.startswith("https://") and len(picture) <= 500 else "",  # noqa: PLR2004 - a column's
    )
