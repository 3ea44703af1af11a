"""The routes by which people sign in and out. They look at their bodies alone, whatever token a request bears."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.accounts import access, google, signing_in, tokens
from algoitny.accounts.bodies import DevelopmentSignIn, GoogleSignIn, RefreshToken
from algoitny.accounts.records import UserRecord
from algoitny.accounts.serializers import PlanSerializer, SignedInSerializer, TokensSerializer
from algoitny.api.anonymous import SignIns
from algoitny.api.authentication import NoAuthentication
from algoitny.api.parameters import read_parameters
from algoitny.api.schema import answers, page_of
from algoitny.api.strict import read_body


class GoogleLogin(APIView):
    authentication_classes = (NoAuthentication,)
    throttle_classes = (SignIns,)

    @extend_schema(
        operation_id="auth_google",
        auth=[],
        request=GoogleSignIn,
        responses=answers(SignedInSerializer, 400, 401, 403, 409, 429, 503),
    )
    def post(self, request: Request) -> Response:
        """Sign in by a Google ID token. Who is new becomes a user on the plan that new users are on."""
        account = google.verify(read_body(request, GoogleSignIn)["id_token"])
        return _signed_in(signing_in.by_google(account))


class DevelopmentLogin(APIView):
    """Signs anybody in as whom they say: without DEBUG there is no such route."""

    authentication_classes = (NoAuthentication,)
    throttle_classes = (SignIns,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Here rather than where routes are listed: what DEBUG is now counts, and every method is answered with 404.
        if not settings.DEBUG:
            raise NotFound(f"There is no route {request.path}.")
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="auth_development",
        auth=[],
        request=DevelopmentSignIn,
        responses=answers(SignedInSerializer, 400, 403, 404, 429),
    )
    def post(self, request: Request) -> Response:
        """Sign in by an address alone; only where the server runs with DEBUG. Who is new becomes a user."""
        body = read_body(request, DevelopmentSignIn)
        return _signed_in(signing_in.by_address(body["email"], body.get("name", "")))


class Refresh(APIView):
    authentication_classes = (NoAuthentication,)
    throttle_classes = (SignIns,)

    @extend_schema(
        operation_id="auth_refresh", auth=[], request=RefreshToken, responses=answers(TokensSerializer, 400, 401, 429)
    )
    def post(self, request: Request) -> Response:
        """The next pair of tokens for a refresh token, which is good no more. Sent again, it ends its session."""
        return Response(tokens.rotate(read_body(request, RefreshToken)["refresh"]))


class Logout(APIView):
    authentication_classes = (NoAuthentication,)

    @extend_schema(
        operation_id="auth_logout", auth=[], request=RefreshToken, responses=answers(None, 400, 401, status=204)
    )
    def post(self, request: Request) -> Response:
        """End the session of a refresh token. An access token of it stays good for the minutes that it has left."""
        tokens.revoke(read_body(request, RefreshToken)["refresh"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class OfferedPlans(APIView):
    authentication_classes = (NoAuthentication,)

    @extend_schema(operation_id="auth_plans", auth=[], responses=answers(page_of(PlanSerializer), 400))
    def get(self, request: Request) -> Response:
        """The plans that are offered, by name."""
        read_parameters(request, [])
        return Response({"items": PlanSerializer(access.active_plans(), many=True).data, "next": None})


def _signed_in(user: UserRecord) -> Response:
    return Response(SignedInSerializer({**tokens.issue(user), "user": user}).data)
