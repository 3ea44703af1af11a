"""The routes of chat analytics, for staff."""

from dataclasses import asdict
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.parameters import page_size, read_parameters
from algoitny.api.permissions import IsSignedIn, IsStaff
from algoitny.api.schema import PAGING, answers, page_of
from algoitny.chat import log, parameters, totals
from algoitny.chat.serializers import (
    ChatMessageSerializer,
    DayCostsSerializer,
    InactiveStudentSerializer,
    LatestChatMessagesSerializer,
    ModuleTotalsSerializer,
)
from algoitny.chat.spans import MOST_DAYS_OF_LOG
from algoitny.keyset import Page

_MESSAGES = answers(page_of(ChatMessageSerializer), 400, 401, 403)


class _ForStaff(APIView):
    permission_classes: ClassVar = [IsSignedIn, IsStaff]


class ModuleMessages(_ForStaff):
    """A module's messages in a range of days, oldest first."""

    @extend_schema(operation_id="chat_module_messages", parameters=[*parameters.LOG_SPAN, *PAGING], responses=_MESSAGES)
    def get(self, request: Request, module_id: int) -> Response:
        return _messages(request, log.of_module, module_id)


class StudentMessages(_ForStaff):
    """A student's messages in a range of days, oldest first."""

    @extend_schema(
        operation_id="chat_student_messages", parameters=[*parameters.LOG_SPAN, *PAGING], responses=_MESSAGES
    )
    def get(self, request: Request, student_id: int) -> Response:
        return _messages(request, log.of_student, student_id)


class LatestStudentMessages(_ForStaff):
    """A student's last ten messages, newest first."""

    @extend_schema(operation_id="chat_student_latest", responses=answers(LatestChatMessagesSerializer, 400, 401, 403))
    def get(self, request: Request, student_id: int) -> Response:
        read_parameters(request, [])
        return Response({"items": ChatMessageSerializer(log.latest_of_student(student_id), many=True).data})


class ProviderMessages(_ForStaff):
    """A provider's messages in a range of days, oldest first."""

    @extend_schema(
        operation_id="chat_provider_messages", parameters=[*parameters.LOG_SPAN, *PAGING], responses=_MESSAGES
    )
    def get(self, request: Request, provider: str) -> Response:
        return _messages(request, log.of_provider, provider)


class ProviderCosts(_ForStaff):
    """What a provider cost on each day of a range; up to five minutes old."""

    @extend_schema(
        operation_id="chat_provider_costs",
        parameters=parameters.SPAN,
        responses=answers(DayCostsSerializer, 400, 401, 403),
    )
    def get(self, request: Request, provider: str) -> Response:
        span = parameters.span_of(read_parameters(request, ["from", "to"]))
        return Response(DayCostsSerializer({"items": totals.of_provider(provider, span)}).data)


class ModuleTotals(_ForStaff):
    """A module's messages, distinct students and cost by day, week or month; up to five minutes old."""

    @extend_schema(
        operation_id="chat_module_totals",
        parameters=[*parameters.SPAN, parameters.UNIT],
        responses=answers(ModuleTotalsSerializer, 400, 401, 403),
    )
    def get(self, request: Request, module_id: int) -> Response:
        given = read_parameters(request, ["from", "to", "unit"])
        span, unit = parameters.span_of(given), parameters.unit_of(given)
        found = [asdict(each) for each in totals.of_module(module_id, span, unit)]
        return Response(ModuleTotalsSerializer({"module_id": module_id, "unit": unit, "items": found}).data)


class InactiveStudents(_ForStaff):
    """Students whose last message is from before a day, the longest silent first; up to five minutes old."""

    @extend_schema(
        operation_id="chat_students_inactive",
        parameters=[parameters.SINCE, *PAGING],
        responses=answers(page_of(InactiveStudentSerializer), 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        given = read_parameters(request, ["since", "limit", "cursor"])
        since = parameters.day_of(given, "since")
        found = totals.inactive_since(since, limit=page_size(given.get("limit")), cursor=given.get("cursor"))
        return _page(found, InactiveStudentSerializer)


def _messages(request: Request, ask: Any, whose: int | str) -> Response:
    given = read_parameters(request, ["from", "to", "limit", "cursor"])
    span = parameters.span_of(given, most=MOST_DAYS_OF_LOG)
    found = ask(whose, span, limit=page_size(given.get("limit")), cursor=given.get("cursor"))
    return _page(found, ChatMessageSerializer)


def _page(found: Page[Any], serializer: Any) -> Response:
    return Response({"items": serializer(found.items, many=True).data, "next": found.next_cursor})
