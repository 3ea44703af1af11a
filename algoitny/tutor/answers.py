"""Answers to what a user writes in a conversation about a run: the next hint that it does not have yet."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from algoitny import store
from algoitny.accounts.records import UserRecord
from algoitny.api.errors import Unavailable
from algoitny.background import task
from algoitny.hints import providers
from algoitny.hints.providers.contract import MAX_COUNT
from algoitny.hints.tasks import request_of
from algoitny.history import access as history
from algoitny.jobs.working import Unable, begin, carry_out, new_task_id, storable
from algoitny.tutor import access, sending
from algoitny.tutor.records import ConversationRecord, MessageRecord
from algoitny.tutor.sending import NewMessage
from algoitny.usage.limiting import admit, given_back, kept_if_begun
from dynamo_models.limits import Decision

NOTHING_MORE = (
    "There is nothing more to say about this run. Change the code, run it again, and ask for hints on the new run."
)
_PAGE = 100


def ask(user: UserRecord, conversation: ConversationRecord, content: str) -> tuple[MessageRecord, str, Decision]:
    """(the user's message, the id of the task that answers it, what is left of the plan).

    Raises UsedUp and Unavailable; nothing is sent then.
    """
    try:
        providers.current()
    except ImproperlyConfigured as error:  # its text is for whoever sets the server up
        raise Unavailable("This server is not set up to give hints.") from error
    task_id, about = new_task_id(), {"conversation_id": conversation.conversation_id}
    left = admit(user, "hint", request_id=task_id, problem_row=conversation.module_id, metadata=about)
    with kept_if_begun(user, task_id):
        new = NewMessage(role="user", content=content, provider=settings.ALGOITNY_HINTS)
        (message,) = sending.send(conversation.conversation_id, [new])
        begin(give_answer, task_id, conversation_id=conversation.conversation_id, user_id=user.id)
    return message, task_id, left


@task()
def give_answer(*, task_id: str, serving: store.Store, conversation_id: str, user_id: int) -> None:
    """Result: {"conversation_id", "message_id"}; or {"error", "use_counted"}. user_id: whose use it is."""
    with store.serving(serving):
        told = (providers.HintsUnavailable,)
        carry_out(task_id, lambda: _answer(conversation_id), told=told, also=given_back(user_id, task_id))


def _answer(conversation_id: str) -> dict[str, Any]:
    conversation = access.conversation(conversation_id)
    run = None if conversation is None or conversation.run_id is None else history.run_by_id(conversation.run_id)
    if run is None:
        raise Unable("The conversation, or the run that it is about, is not there any more.")
    known = {each.content for each in _messages(conversation_id) if each.role == "assistant"}
    hints = providers.current().hints(request_of(run, min(MAX_COUNT, len(known) + 1)))
    found = next((hint for hint in map(storable, hints) if hint not in known), NOTHING_MORE)
    (message,) = sending.send(
        conversation_id, [NewMessage(role="assistant", content=found, provider=settings.ALGOITNY_HINTS)]
    )
    return {"conversation_id": conversation_id, "message_id": message.id}


def _messages(conversation_id: str) -> Iterator[MessageRecord]:
    cursor = None
    while True:
        page = access.messages(conversation_id, limit=_PAGE, cursor=cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
