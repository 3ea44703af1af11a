"""What the routes share: who asks, refusals as answers, and lists by exactly one of several keys."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rest_framework.exceptions import NotFound, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from algoitny.api import errors as api
from algoitny.api.parameters import page_size, read_parameters
from algoitny.experiments.errors import (
    AlreadyThereError,
    ChangedMeanwhileError,
    ExperimentsError,
    NotThereError,
    TransitionRefusedError,
)
from algoitny.keyset import Page
from dynamo_models import Conflict

Ask = Callable[..., Page[Any]]


@contextmanager
def refusals() -> Iterator[None]:
    """What this app refuses, as what the interface answers: 404, 409 or 400."""
    try:
        yield
    except NotThereError as error:
        raise NotFound(str(error)) from error
    except (AlreadyThereError, TransitionRefusedError, ChangedMeanwhileError, Conflict) as error:
        raise api.Conflict(str(error)) from error
    except ExperimentsError as error:
        raise ParseError(str(error)) from error


def caller(request: Request, user_identifier: str | None) -> str:
    """Who is decided for: a signed-in caller by their number, an anonymous one by what they go by.

    The two never meet: nobody is another user by saying so. Raises ParseError.
    """
    if request.user.is_authenticated:
        if user_identifier is not None:
            raise ParseError("user_identifier is for anonymous callers; a signed-in one is who the token says.")
        return f"user:{request.user.id}"
    if user_identifier is None:
        raise ParseError("Say who asks: sign in, or give a user_identifier.")
    return f"anonymous:{user_identifier}"


def listed(request: Request, by: Mapping[str, Ask], serializer: type[Serializer]) -> Response:
    """A page of the list that exactly one parameter names."""
    parameters = read_parameters(request, [*by, "limit", "cursor"])
    given = [name for name in by if name in parameters]
    if len(given) != 1:
        raise ParseError(f"Give exactly one of the parameters {', '.join(by)}; {len(given)} are given.")
    return paged(parameters, lambda **page: by[given[0]](parameters[given[0]], **page), serializer)


def paged(parameters: Mapping[str, str], ask: Ask, serializer: type[Serializer]) -> Response:
    found = ask(limit=page_size(parameters.get("limit")), cursor=parameters.get("cursor"))
    items = serializer(found.items, many=True).data
    return Response({"items": items, "next": found.next_cursor, "complete": found.complete})
