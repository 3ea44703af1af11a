"""Django middleware that tells what each request asked of DynamoDB."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from dynamo_models.transport import capture


class UsageMiddleware:
    """Puts ``request.dynamo_usage``, a ``Usage``, on each request: the calls made for it, and what they cost.

    It has the calls made so far; what stands before this one in MIDDLEWARE sees those of the whole request once it has
    the response. Calls that a streaming response makes while it is sent come later, and are not in it.
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
        with capture() as request.dynamo_usage:  # type: ignore[attr-defined] # it is what this puts there
            response: HttpResponseBase = self.get_response(request)
        return response

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        with capture() as request.dynamo_usage:  # type: ignore[attr-defined]
            response: HttpResponseBase = await self.get_response(request)
        return response
