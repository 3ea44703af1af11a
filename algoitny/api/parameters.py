"""Query parameters read strictly: one that is unknown, empty or given twice is refused, never ignored."""

import re
from collections.abc import Iterable
from datetime import date

from rest_framework.exceptions import ParseError
from rest_framework.request import Request

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
# The largest id that a row can have.
MAX_ID = 2**63 - 1
# Far enough from the ends of the calendar to count days and months on from either.
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9998, 12, 31)
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
    return PAGE_SIZE if text is None else whole_number("limit", text, most=MAX_PAGE_SIZE)


def whole_number(name: str, text: str, *, most: int) -> int:
    """The parameter as a number. Raises ParseError outside 1 to `most`."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
        raise ParseError(f"Parameter {name!r} is {text!r}; it takes a whole number from 1 to {most}.")
    return int(text)


def day(name: str, text: str) -> date:
    """The parameter as a day. Raises ParseError where it is none of FIRST_DAY to LAST_DAY, as YYYY-MM-DD."""
    # fromisoformat() takes weeks too, and days without hyphens.
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            found = date.fromisoformat(text)
        except ValueError as error:
            raise ParseError(f"Parameter {name!r} is {text!r}, which is no day: {error}.") from error
        if FIRST_DAY <= found <= LAST_DAY:
            return found
    raise ParseError(f"Parameter {name!r} is {text!r}; it takes a day from {FIRST_DAY} to {LAST_DAY}.")
