"""Says with each answer which store it came from, in the header `Server-Timing`: for whoever develops, or measures."""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from dynamo_models import capture

HEADER = "Server-Timing"


class StoresMiddleware:
    """`total;dur=<milliseconds>, dynamodb;desc="<requests>"`, with DEBUG alone: others need not know."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.DEBUG:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        with capture() as usage:
            response = self.get_response(request)
        took = 1000 * (time.perf_counter() - began)
        response[HEADER] = f'total;dur={took:.2f}, dynamodb;desc="{len(usage)}"'
        return response
