"""The range that every route of chat analytics takes, read from a request. Its absence is a 400."""

from datetime import date

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ParseError

from algoitny.api import parameters
from algoitny.chat.items import DAY, UNITS
from algoitny.chat.spans import MOST_DAYS_OF_LOG, MOST_DAYS_OF_TOTALS, Span, SpanError


def span_of(given: dict[str, str], *, most: int = MOST_DAYS_OF_TOTALS) -> Span:
    """The range in `from` and `to`. Raises ParseError where it is missing, or is none that can be asked for."""
    ends = {name: parameters.day(name, given[name]) for name in ("from", "to") if name in given}
    try:
        return Span.of(ends.get("from"), ends.get("to"), most=most)
    except SpanError as error:
        raise ParseError(str(error)) from error


def unit_of(given: dict[str, str]) -> str:
    """The `unit` parameter. Raises ParseError."""
    unit = given.get("unit", DAY)
    if unit not in UNITS:
        raise ParseError(f"Parameter 'unit' is {unit!r}; it takes {', '.join(UNITS)}.")
    return unit


def day_of(given: dict[str, str], name: str) -> date:
    """A parameter that has to be there, as a day. Raises ParseError."""
    if name not in given:
        raise ParseError(f"Parameter {name!r} is missing. Give a day: {name}=2025-01-31, say.")
    return parameters.day(name, given[name])


def span_parameters(most: int) -> list[OpenApiParameter]:
    """`from` and `to` in OpenAPI's words."""
    return [
        OpenApiParameter(
            name, OpenApiTypes.DATE, OpenApiParameter.QUERY, required=True,
            description=f"The {which} day of the range, of UTC. A range has at most {most} days.",
        )
        for name, which in (("from", "first"), ("to", "last"))
    ]  # fmt: skip


LOG_SPAN = span_parameters(MOST_DAYS_OF_LOG)
SPAN = span_parameters(MOST_DAYS_OF_TOTALS)
UNIT = OpenApiParameter("unit", enum=UNITS, description="What is added up: whole days, weeks (from Monday) or months.")
SINCE = OpenApiParameter("since", OpenApiTypes.DATE, OpenApiParameter.QUERY, required=True, description="The day.")
