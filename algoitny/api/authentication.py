"""`Authorization: Bearer ...`: the access tokens that this server gives out."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from algoitny.accounts.tokens import Caller, caller_of


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        """The caller; None where the request bears no token. Raises AuthenticationFailed for a bad one."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        try:
            (token,) = (word.decode("ascii") for word in words[1:])
        except ValueError as error:  # also where it is not ASCII
            raise AuthenticationFailed("The Authorization header takes `Bearer` and one token.") from error
        return caller_of(token), None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - REST framework's signature
        return "Bearer"


class NoAuthentication(TokenAuthentication):
    """For the routes that give tokens out: they look at the body alone, whatever token the request bears.

    The header of a 401 is the same as everywhere: without an authenticator, REST framework would make it a 403.
    """

    def authenticate(self, request: Request) -> None:  # noqa: ARG002
        return None


class TokenScheme(OpenApiAuthenticationExtension):
    """The same in OpenAPI's words."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
