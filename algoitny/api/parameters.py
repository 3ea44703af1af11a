"""Query parameters read strictly: one that is unknown, empty or given twice is refused, never ignored."""

from collections.abc import Iterable

from rest_framework.exceptions import ParseError
from rest_framework.request import Request

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
_MAX_LENGTH = 1000  # a cursor is the longest, at about 300


def read_parameters(request: Request, known: Iterable[str]) -> dict[str, str]:
    """The parameters of the request by name. Raises ParseError, which says what is wrong and what is known."""
    names = sorted(known)
    for name, values in request.query_params.lists():
        if name not in names:
            raise ParseError(f"Unknown parameter {name!r}. This route takes: {', '.join(names) or 'none'}.")
        if len(values) > 1:
            raise ParseError(f"Parameter {name!r} is given {len(values)} times. Give it once.")
        if not values[0]:
            raise ParseError(f"Parameter {name!r} is empty. Give it a value or leave it out.")
        if len(values[0]) > _MAX_LENGTH:
            raise ParseError(f"Parameter {name!r} has {len(values[0])} characters; at most {_MAX_LENGTH} are taken.")
        if "\x00" in values[0]:
            raise ParseError(f"Parameter {name!r} contains a NUL character, which no text here has.")
    return request.query_params.dict()


def page_size(text: str | None) -> int:
    """The `limit` parameter as a number of rows. Raises ParseError outside 1 to MAX_PAGE_SIZE."""
    if text is None:
        return PAGE_SIZE
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MAX_PAGE_SIZE):
        raise ParseError(f"Parameter 'limit' is {text!r}; it takes a whole number from 1 to {MAX_PAGE_SIZE}.")
    return int(text)
