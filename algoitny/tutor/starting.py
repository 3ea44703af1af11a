"""How conversations begin: with the hints that a run was given, once for each run and user."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from algoitny.history.records import Run
from algoitny.records import record_of
from algoitny.tutor import sending
from algoitny.tutor.items import Conversation, ListEntry
from algoitny.tutor.records import ConversationRecord, time_name
from algoitny.tutor.sending import NewMessage
from algoitny.tutor.tables import navigator
from dynamo_models import AlreadyExists, Conflict, TransactionCanceled


class NoHints(LookupError):  # noqa: N818 - an outcome
    """A run that was given no hints: there is nothing to begin a conversation with."""


def from_run(user_id: int, run: Run, *, at: datetime | None = None) -> ConversationRecord:
    """The user's conversation about a run, begun with its hints. Called again, it is the same one, with hints that the
    run was given since. Raises NoHints."""
    hints = [str(hint) for hint in run.hints or []]
    if not hints:
        raise NoHints(f"Run {run.id} was given no hints.")
    there = of_run(user_id, run.id)
    if there is None:
        there = _begin(user_id, run, hints, at)
    if there.hints < len(hints):
        sending.send(there.conversation_id, said(hints[there.hints :]), at=at, hints_before=there.hints)
        there = of_run(user_id, run.id)
    return record_of(ConversationRecord, there)


def of_run(user_id: int, run_id: int) -> Conversation | None:
    return Conversation.objects.filter(user_id=str(user_id), run_id=run_id).first()


def said(hints: Sequence[str]) -> list[NewMessage]:
    """Hints as the tutor says them."""
    return [NewMessage(role="assistant", content=hint, provider=settings.ALGOITNY_HINTS) for hint in hints]


def _begin(user_id: int, run: Run, hints: list[str], at: datetime | None) -> Conversation:
    """A new conversation; where another caller was first, theirs."""
    began = at or timezone.now()
    for attempt in range(sending.TRIES):
        try:
            return start(
                user_id, title=run.problem_title, module_id=run.problem_row, run_id=run.id, hints=hints, at=began
            )
        except TransactionCanceled as canceled:
            if not isinstance(canceled.causes[-2], AlreadyExists):
                raise
        except Conflict:
            pass
        there = of_run(user_id, run.id)
        if there is not None:
            return there
        sending.pause(attempt)
    raise Conflict(f"Other callers began the conversation about run {run.id} at the same time, and none was done.")


def start(
    user_id: int, *, title: str, module_id: int, run_id: int | None, hints: Sequence[str], at: datetime
) -> Conversation:
    """A conversation, its entry in the user's list and its first messages, in one transaction.

    TransactionCanceled, AlreadyExists the last cause but one, where the user has one of this run.
    """
    owner = str(user_id)
    # Unlike a message's, its time is not later than another's: the random part tells two of one microsecond apart.
    conversation_id = f"{time_name(at)}-{uuid.uuid4().hex[:12]}"
    with navigator.transaction() as tx:
        there = Conversation(
            conversation_id=conversation_id,
            user_id=owner,
            title=title,
            run_id=run_id,
            module_id=module_id,
            started_at=at,
            last_message_at=at,
        )
        last = sending.add_first(tx, there, said(hints), at=at)
        there.hints = len(hints)
        tx.create(there)
        tx.create(
            ListEntry(
                user_id=owner,
                conversation_id=conversation_id,
                title=title,
                started_at=at,
                last_message=sending.snippet(last.content),
                last_message_at=last.sent_at,
                unread=there.incoming,
            )
        )
    return there
