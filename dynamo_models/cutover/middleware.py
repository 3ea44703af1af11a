"""Django middleware: who reads, so that a person's reads go to one store; what a client is told in a switch's pause."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from dynamo_models.cutover.pause import is_of_pause
from dynamo_models.cutover.subjects import asked_for


class SubjectMiddleware:
    """The primary key of ``request.user`` is the subject of the request's reads; nobody's where nobody is signed in.

    It stands behind AuthenticationMiddleware. The user is looked at when a read needs to know, so that one whom a view
    signs in by itself, as REST framework does, counts from then on.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response: Callable[[HttpRequest], Any] = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._call_async(request)
        with asked_for(lambda: _who(request)):
            response: HttpResponseBase = self.get_response(request)
        return response

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        with asked_for(lambda: _who(request)):
            response: HttpResponseBase = await self.get_response(request)
        return response


class PauseMiddleware:
    """Makes of ``Frozen`` 503 with ``Retry-After: 1``, as problem+json: what came in the pause of a switch was not
    written, and can be sent again."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response: Callable[[HttpRequest], Any] = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        answer: HttpResponseBase | Awaitable[HttpResponseBase] = self.get_response(request)
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django asks here for what a view has raised."""
        del request
        if not is_of_pause(exception):
            return None
        problem = {
            "type": "about:blank",
            "title": "Service Unavailable",
            "status": 503,
            "detail": "The database is being switched. Nothing was written; try again in a second.",
        }
        return HttpResponse(
            json.dumps(problem), status=503, content_type="application/problem+json", headers={"Retry-After": "1"}
        )


def _who(request: HttpRequest) -> str | None:
    pk = getattr(getattr(request, "user", None), "pk", None)
    return None if pk is None else str(pk)
