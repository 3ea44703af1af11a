"""Limits as throttles of Django REST framework, which this module alone asks for."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import exception_handler as default_handler

from dynamo_models.limits.decision import Decision
from dynamo_models.limits.declaration import Limits
from dynamo_models.limits.fields import MEDIA_TYPE, fields, problem, sentence
from dynamo_models.limits.limiter import Limiter
from dynamo_models.limits.views import of_account


class UseRefused(APIException):  # type: ignore[misc] # REST framework has no types
    """429, 409 or 503, with the ``decision``."""

    default_code = "limit"

    def __init__(self, decision: Decision) -> None:
        self.status_code = decision.status
        self.decision = decision
        super().__init__(sentence(decision))
        if decision.retry_after is not None:
            self.wait = decision.retry_after  # what makes REST framework say Retry-After


class LimiterThrottle(BaseThrottle):  # type: ignore[misc]
    """A throttle for ``throttle_classes``: inherit it, name ``limiter`` and ``action``, and write ``limit``.

    Every answer of the view has the header fields. A refused use raises UseRefused; with
    ``"EXCEPTION_HANDLER": "dynamo_models.limits.throttles.exception_handler"`` it is a problem document.
    """

    limiter: Limiter
    action: str

    def limit(self, request: Any, view: Any) -> Limits:
        """The caller's limit, -1 for none."""
        raise NotImplementedError(f"{type(self).__name__} says no limit: write limit(request, view).")

    def user(self, request: Any, view: Any) -> Any:  # noqa: ARG002 - for whoever overrides it
        """Who is limited; None for who is not."""
        return of_account(request)

    def request_id(self, request: Any, view: Any) -> str | None:  # noqa: ARG002
        """What makes the same request, sent again, one use."""
        return None

    def allow_request(self, request: Any, view: Any) -> bool:
        user = self.user(request, view)
        if user is None:
            return True
        decision = self.limiter.consume(
            user,
            self.action,
            limit=self.limit(request, view),
            request_id=self.request_id(request, view),
            look=True,
        )
        return told(decision, request, view)


def told(decision: Decision, request: Any, view: Any) -> bool:
    """True where it is allowed, else UseRefused; the view's response has the header fields of all that were told."""
    request.limit_decisions = [*getattr(request, "limit_decisions", []), decision]
    view.headers.update(fields(*request.limit_decisions))
    if not decision.allowed:
        raise UseRefused(decision)
    return True


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's own, with a problem document for a use that was refused."""
    response = default_handler(error, context)
    if isinstance(error, UseRefused) and response is not None:
        response.data = problem(error.decision)
        response.content_type = MEDIA_TYPE
    return response
