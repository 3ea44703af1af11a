"""Every error of the REST interface as application/problem+json (RFC 9457), so that a client needs one reader."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, HttpResponseServerError, JsonResponse
from rest_framework.exceptions import ParseError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from algoitny.api.cursors import CursorError

MEDIA_TYPE = "application/problem+json"


def problem_json(status: int, detail: str) -> dict[str, Any]:
    """The members of RFC 9457. about:blank says that the status is all there is to the type, and titles it so."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's EXCEPTION_HANDLER. None, for what it does not know, lets the error become a 500."""
    if isinstance(exc, CursorError):
        exc = ParseError(str(exc))
    response = exception_handler(exc, context)
    if response is None:
        return None
    response.data = problem_json(response.status_code, _sentence(response.data))
    response.content_type = MEDIA_TYPE
    return response


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    if not request.path.startswith("/api/"):
        return HttpResponseNotFound("Not found\n", content_type="text/plain")
    return _plain(HTTPStatus.NOT_FOUND, f"There is no route {request.path}.")


def server_error(request: HttpRequest) -> HttpResponse:
    if not request.path.startswith("/api/"):
        return HttpResponseServerError("Server error\n", content_type="text/plain")
    return _plain(HTTPStatus.INTERNAL_SERVER_ERROR, "The server failed to answer; its log says why.")


def _plain(status: HTTPStatus, detail: str) -> JsonResponse:
    return JsonResponse(problem_json(status, detail), status=status, content_type=MEDIA_TYPE)


def _sentence(data: Any) -> str:
    """REST framework's error data, nested by field as it may be, as one line of text."""
    if isinstance(data, dict):
        if set(data) == {"detail"}:
            return _sentence(data["detail"])
        return " ".join(f"{name}: {_sentence(value)}" for name, value in data.items())
    if isinstance(data, list):
        return " ".join(_sentence(value) for value in data)
    return str(data)
