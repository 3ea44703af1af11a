"""Limits on Django's own views."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from dynamo_models.errors import DefinitionError
from dynamo_models.limits.decision import Decision
from dynamo_models.limits.declaration import Limits
from dynamo_models.limits.fields import MEDIA_TYPE, fields, problem
from dynamo_models.limits.limiter import Limiter

View = Callable[..., HttpResponseBase]


def of_account(request: HttpRequest) -> str | None:
    """Who is limited: the number of the signed-in user, None for everybody else."""
    user: Any = getattr(request, "user", None)
    return str(user.pk) if user is not None and user.is_authenticated else None


def limited(
    limiter: Limiter,
    action: str,
    *,
    limit: Callable[[HttpRequest], Limits],
    user: Callable[[HttpRequest], Any] = of_account,
    request_id: Callable[[HttpRequest], str | None] | None = None,
    cost: int = 1,
) -> Callable[[View], View]:
    """``@limited(limiter, "export", limit=lambda request: request.user.plan.exports)``.

    A refused use is answered with the problem document, 429 or 503, and the view is not called; of an admitted one
    ``request.limit_decision`` is the Decision. Either has the header fields. Whom ``user`` names None is not limited.
    DefinitionError for a view that is asynchronous: call ``limiter.consume`` there in a thread.
    """

    def wrap(view: View) -> View:
        if iscoroutinefunction(view):
            raise DefinitionError(f"{view!r} is asynchronous, and asking DynamoDB would hold up its event loop.")

        @wraps(view)
        def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            whom = user(request)
            if whom is None:
                return view(request, *args, **kwargs)
            decision = limiter.consume(
                whom,
                action,
                limit=limit(request),
                cost=cost,
                request_id=request_id(request) if request_id is not None else None,
                look=True,
            )
            request.limit_decision = decision  # type: ignore[attr-defined] # it is what this puts there
            response = view(request, *args, **kwargs) if decision.allowed else refusal(decision)
            for name, value in fields(decision).items():
                response.headers[name] = value
            return response

        return asking

    return wrap


def refusal(decision: Decision) -> JsonResponse:
    """The problem document as a response, with its header fields."""
    return JsonResponse(problem(decision), status=decision.status, content_type=MEDIA_TYPE, headers=fields(decision))
