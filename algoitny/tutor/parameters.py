"""Query parameters of the tutor's routes."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ParseError

from algoitny.chat.parameters import span_parameters
from algoitny.tutor.access import MOST_DAYS

ORDERS = OLDEST, NEWEST = ("oldest", "newest")

ORDER = OpenApiParameter("order", enum=ORDERS, description="Which messages come first; the oldest where left out.")
SPAN = span_parameters(MOST_DAYS)


def newest_first(given: dict[str, str]) -> bool:
    """The `order` parameter. Raises ParseError."""
    order = given.get("order", OLDEST)
    if order not in ORDERS:
        raise ParseError(f"Parameter 'order' is {order!r}; it takes {' or '.join(ORDERS)}.")
    return order == NEWEST
