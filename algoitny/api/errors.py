"""Every error of the REST interface as application/problem+json (RFC 9457), so that a client needs one reader."""

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, HttpResponseServerError, JsonResponse
from rest_framework.exceptions import APIException, ParseError
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from algoitny.api.cursors import CursorError
from dynamo_models import EndpointError, Throttled

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class Conflict(APIException):
    """What is there does not admit what was asked: a name is taken, a state has passed."""

    status_code = HTTPStatus.CONFLICT
    default_detail = "What is there does not admit this."


class Unavailable(APIException):
    """Something that the answer needs cannot be had now, or was never set up; the message says what."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "Something that the answer needs cannot be had now. Try again later."


class TooLarge(APIException):
    """The body is longer than this server reads."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too long."


def problem_json(status: int, detail: str) -> dict[str, Any]:
    """The members of RFC 9457. about:blank says that the status is all there is to the type, and titles it so."""
    # A detail may repeat what was sent, and half a surrogate pair has no UTF-8.
    sendable = detail.encode(errors="backslashreplace").decode()
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": sendable}


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's EXCEPTION_HANDLER. None, for what it does not know, lets the error become a 500."""
    if isinstance(exc, CursorError):
        exc = ParseError(str(exc))
    if isinstance(exc, RequestDataTooBig):  # Django's own answer to it is a page of HTML
        exc = TooLarge(f"The body has more than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes, the most that is read.")
    if isinstance(exc, (Throttled, EndpointError)):
        logger.warning("DynamoDB: %s", exc)
        exc = Unavailable("The database does not answer now. Try again later.")
    response = exception_handler(exc, context)
    if response is None:
        return None
    response.data = problem_json(response.status_code, _sentence(response.data))
    response.content_type = MEDIA_TYPE
    for name, value in getattr(exc, "fields", {}).items():  # of limits
        response[name] = value
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
        return " ".join(_named(name, _sentence(value)) for name, value in data.items())
    if isinstance(data, list):
        return " ".join(_sentence(value) for value in data)
    return str(data)


def _named(name: str, sentence: str) -> str:
    # What is wrong with a body as a whole is filed under a name that no body has.
    return sentence if name == api_settings.NON_FIELD_ERRORS_KEY else f"{name}: {sentence}"
