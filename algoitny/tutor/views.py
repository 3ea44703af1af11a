"""The routes of conversations. A conversation is not there for anybody but its user."""

from typing import ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.errors import Conflict, Unavailable
from algoitny.api.parameters import page_size, read_parameters
from algoitny.api.permissions import IsSignedIn, IsStaff, signed_in_user
from algoitny.api.schema import PAGING, answers, page_of
from algoitny.api.strict import read_body
from algoitny.chat.parameters import span_of
from algoitny.history.views import visible_run
from algoitny.tutor import access, parameters, sessions, starting
from algoitny.tutor.answers import ask
from algoitny.tutor.records import ConversationRecord, message_key
from algoitny.tutor.serializers import (
    ConversationBody,
    ConversationSerializer,
    ListedConversationSerializer,
    ProfileBody,
    ProfileSerializer,
    ReadBody,
    SentSerializer,
    TutorMessageBody,
    TutorMessageSerializer,
    TutorSessionSerializer,
)
from dynamo_models import Conflict as WritersInBetween
from dynamo_models.limits.fields import fields


class _SignedIn(APIView):
    permission_classes: ClassVar = [IsSignedIn]

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, WritersInBetween):
            exc = Unavailable("Others write to the same conversation now. Try again.")
        return super().handle_exception(exc)


class Conversations(_SignedIn):
    """The caller's conversations."""

    @extend_schema(
        operation_id="tutor_conversations",
        parameters=PAGING,
        responses=answers(page_of(ListedConversationSerializer), 400, 401),
    )
    def get(self, request: Request) -> Response:
        """That of the last message first."""
        given = read_parameters(request, ["limit", "cursor"])
        page = access.recent(request.user.id, limit=page_size(given.get("limit")), cursor=given.get("cursor"))
        found = ListedConversationSerializer(page.items, many=True).data
        return Response({"items": found, "next": page.next_cursor})

    @extend_schema(
        operation_id="tutor_begin",
        request=ConversationBody,
        responses=answers(ConversationSerializer, 400, 401, 404, 409),
    )
    def post(self, request: Request) -> Response:
        """The caller's conversation about a run, begun with its hints. Asked for again, it is the same one, with the
        hints that the run was given since; a run without any is answered with 409."""
        run_id = read_body(request, ConversationBody)["history_id"]
        try:
            found = starting.from_run(request.user.id, visible_run(request, run_id))
        except starting.NoHints as error:
            where = reverse("history:generate-hints", args=[run_id])
            raise Conflict(f"{error} Ask for some first: POST {where}.") from error
        return Response(ConversationSerializer(found).data)


class ConversationDetail(_SignedIn):
    """One of the caller's conversations."""

    @extend_schema(operation_id="tutor_conversation", responses=answers(ConversationSerializer, 400, 401, 404))
    def get(self, request: Request, conversation_id: str) -> Response:
        read_parameters(request, [])
        return Response(ConversationSerializer(_own(request, conversation_id)).data)


class Messages(_SignedIn):
    """The messages of a conversation."""

    @extend_schema(
        operation_id="tutor_messages",
        parameters=[parameters.ORDER, *PAGING],
        responses=answers(page_of(TutorMessageSerializer), 400, 401, 404),
    )
    def get(self, request: Request, conversation_id: str) -> Response:
        given = read_parameters(request, ["order", "limit", "cursor"])
        newest_first, limit = parameters.newest_first(given), page_size(given.get("limit"))
        _own(request, conversation_id)
        page = access.messages(conversation_id, newest_first=newest_first, limit=limit, cursor=given.get("cursor"))
        return Response({"items": TutorMessageSerializer(page.items, many=True).data, "next": page.next_cursor})

    @extend_schema(
        operation_id="tutor_ask",
        request=TutorMessageBody,
        responses=answers(SentSerializer, 400, 401, 404, 413, 429, 503, status=202),
    )
    def post(self, request: Request, conversation_id: str) -> Response:
        """Write to the tutor, and have the task that answers. It counts as asking for a hint: the caller's plan limits
        these of a day, 429 when they are used up."""
        content = read_body(request, TutorMessageBody)["content"]
        conversation = _own(request, conversation_id)
        message, task_id, left = ask(signed_in_user(request), conversation, content)
        sent = {"message": message, "task_id": task_id, "status_url": reverse("jobs:task", args=[task_id])}
        return Response(SentSerializer(sent).data, status=status.HTTP_202_ACCEPTED, headers=fields(left))


class MessageDetail(_SignedIn):
    """One message of a conversation."""

    @extend_schema(operation_id="tutor_message", responses=answers(TutorMessageSerializer, 400, 401, 404))
    def get(self, request: Request, conversation_id: str, message_id: str) -> Response:
        read_parameters(request, [])
        _own(request, conversation_id)
        key = message_key(message_id)
        found = access.message(conversation_id, *key) if key else None
        if found is None:
            raise NotFound(f"The conversation has no message {message_id!r}.")
        return Response(TutorMessageSerializer(found).data)


class Read(_SignedIn):
    """How far the caller has read."""

    @extend_schema(
        operation_id="tutor_read", request=ReadBody, responses=answers(ListedConversationSerializer, 400, 401, 404)
    )
    def post(self, request: Request, conversation_id: str) -> Response:
        """The caller has read the messages up to one, itself included; what comes behind it stays unread."""
        name = read_body(request, ReadBody)["message_id"]
        key = message_key(name)
        if key is None:
            raise ParseError(f"message_id: {name!r} is no message's id. Take it from a message.")
        _own(request, conversation_id)
        found = access.mark_read(request.user.id, conversation_id, *key)
        if found is None:
            raise NotFound(f"The conversation has no message {name!r}.")
        return Response(ListedConversationSerializer(found).data)


class Days(_SignedIn):
    """All conversations that began in a range of days, for staff."""

    permission_classes: ClassVar = [IsSignedIn, IsStaff]

    @extend_schema(
        operation_id="tutor_days",
        parameters=[*parameters.SPAN, *PAGING],
        responses=answers(page_of(ConversationSerializer), 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        """Oldest first."""
        given = read_parameters(request, ["from", "to", "limit", "cursor"])
        span = span_of(given, most=access.MOST_DAYS)
        page = access.of_days(span, limit=page_size(given.get("limit")), cursor=given.get("cursor"))
        return Response({"items": ConversationSerializer(page.items, many=True).data, "next": page.next_cursor})


class ProfileDetail(_SignedIn):
    """What the tutor knows of the caller."""

    @extend_schema(operation_id="tutor_profile", responses=answers(ProfileSerializer, 400, 401))
    def get(self, request: Request) -> Response:
        read_parameters(request, [])
        return Response(ProfileSerializer(access.profile(signed_in_user(request))).data)

    @extend_schema(
        operation_id="tutor_profile_change", request=ProfileBody, responses=answers(ProfileSerializer, 400, 401)
    )
    def put(self, request: Request) -> Response:
        name = read_body(request, ProfileBody)["name"]
        return Response(ProfileSerializer(access.save_profile(signed_in_user(request), name=name)).data)


class Sessions(_SignedIn):
    """The caller's sessions with the tutor."""

    @extend_schema(
        operation_id="tutor_session_begin",
        request=None,
        responses=answers(TutorSessionSerializer, 400, 401, status=201),
    )
    def post(self, request: Request) -> Response:
        """A new session, which ends by itself after an hour."""
        read_parameters(request, [])
        session = sessions.start(request.user.id)
        return Response(TutorSessionSerializer(session).data, status=status.HTTP_201_CREATED)


class SessionDetail(_SignedIn):
    """One of the caller's sessions; one that has ended is not there."""

    @extend_schema(operation_id="tutor_session", responses=answers(TutorSessionSerializer, 400, 401, 404))
    def get(self, request: Request, session_id: str) -> Response:
        read_parameters(request, [])
        return Response(TutorSessionSerializer(self._own(request, session_id)).data)

    @extend_schema(operation_id="tutor_session_end", responses=answers(None, 400, 401, 404, status=204))
    def delete(self, request: Request, session_id: str) -> Response:
        read_parameters(request, [])
        sessions.end(self._own(request, session_id).session_id)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _own(self, request: Request, session_id: str) -> sessions.SessionRecord:
        found = sessions.get(session_id)
        if found is None or found.user_id != str(request.user.id):
            raise NotFound("There is no such session, or it has ended.")
        return found


def _own(request: Request, conversation_id: str) -> ConversationRecord:
    found = access.conversation(conversation_id)
    if found is None or found.user_id != str(request.user.id):
        raise NotFound(f"You have no conversation {conversation_id!r}.")
    return found
