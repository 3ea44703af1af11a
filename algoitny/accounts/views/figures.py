"""What all users have done, for staff."""

from collections import Counter
from datetime import date, timedelta

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.accounts.serializers import RankedSerializer, UsageStatsSerializer
from algoitny.api.parameters import day, page_size, read_parameters
from algoitny.api.permissions import IsStaff
from algoitny.api.schema import LIMIT, answers, page_of, query
from algoitny.history import access as history
from algoitny.usage import access as usage

# Days that the totals are of where none are named.
DAYS = 7


class UsageStats(APIView):
    permission_classes = (IsStaff,)

    @extend_schema(
        operation_id="admin_usage_stats",
        parameters=[
            query("from", f"The first day, as YYYY-MM-DD; {DAYS} days up to `to` without it.", OpenApiTypes.DATE),
            query("to", "The last day; today without it. Days are UTC's.", OpenApiTypes.DATE),
        ],
        responses=answers(UsageStatsSerializer, 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        """Hints and executions by day."""
        first, last = _range(read_parameters(request, ["from", "to"]))
        try:
            found = usage.totals(first, last)
        except ValueError as error:
            raise ParseError(f"Parameters 'from' and 'to' are {first} and {last}. {error}") from error
        totals: Counter[str] = Counter()
        for each in found:
            totals[each.action] += each.n
        return Response(
            UsageStatsSerializer({"first": first, "last": last, "items": found, "totals": dict(totals)}).data
        )


class Leaderboard(APIView):
    permission_classes = (IsStaff,)

    @extend_schema(
        operation_id="admin_leaderboard",
        parameters=[LIMIT],
        responses=answers(page_of(RankedSerializer), 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        """The users with the most runs, most first; what follows them cannot be asked for."""
        parameters = read_parameters(request, ["limit"])
        found = history.leaderboard(limit=page_size(parameters.get("limit")))
        return Response({"items": RankedSerializer(found, many=True).data, "next": None})


def _range(parameters: dict[str, str]) -> tuple[date, date]:
    last = day("to", parameters["to"]) if "to" in parameters else usage.day_of(timezone.now())
    first = day("from", parameters["from"]) if "from" in parameters else last - timedelta(days=DAYS - 1)
    return first, last
