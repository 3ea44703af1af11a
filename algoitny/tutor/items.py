"""The tutor's entities, keyed as its document has it.

A conversation's id begins with the time of its start, so that those of a day are in the order in which they began.
"""

from datetime import datetime
from typing import Any

from algoitny.tutor.tables import INDEX, navigator
from dynamo_models import Attr, Entity, Expires, Int, Key, List, Map, Text, Timestamp, Unique, now

ROLES = ("user", "assistant", "system")


class Profile(Entity, table=navigator):
    """What the tutor knows of a user."""

    user_id: Attr[str] = Text()
    name: Attr[str] = Text(default="")
    email: Attr[str] = Text()
    role: Attr[str] = Text(choices=("student", "teacher"), default="student")
    updated_at: Attr[datetime] = Timestamp(default=now)

    class Keys:
        primary = Key("USER#{user_id}", "PROFILE")


class ListEntry(Entity, table=navigator):
    """A conversation in its user's list.

    read: how many of the messages to the user they have read. unread: how many they have not. Reading takes from
    `unread` just what it adds to `read`, and so never a message that arrives meanwhile.
    """

    user_id: Attr[str] = Text()
    conversation_id: Attr[str] = Text()
    title: Attr[str] = Text()
    started_at: Attr[datetime] = Timestamp()
    last_message: Attr[str] = Text(default="")
    last_message_at: Attr[datetime] = Timestamp()
    unread: Attr[int] = Int(default=0)
    read: Attr[int] = Int(default=0)

    class Keys:
        primary = Key("USER#{user_id}", "CONV#{conversation_id}")
        by_time = Key("USER#{user_id}", "{last_message_at}#{conversation_id}", index=INDEX)


class Conversation(Entity, table=navigator):
    """A conversation itself. run_id: the run that it is about; a user has one of each run.

    message_count: of all messages. incoming: of those to the user. hints: how many of the run's hints are among them.
    log_time: the last millisecond that one of them has in the log of chat messages.
    """

    conversation_id: Attr[str] = Text()
    user_id: Attr[str] = Text()
    title: Attr[str] = Text()
    run_id: Attr[int | None] = Int(default=None)
    module_id: Attr[int] = Int()
    started_at: Attr[datetime] = Timestamp()
    last_message_at: Attr[datetime] = Timestamp()
    message_count: Attr[int] = Int(default=0)
    incoming: Attr[int] = Int(default=0)
    hints: Attr[int] = Int(default=0)
    log_time: Attr[int] = Int(default=0)

    class Keys:
        primary = Key("CONV#{conversation_id}", "METADATA")
        by_day = Key("DATE#{started_at:%Y-%m-%d}", "CONV#{conversation_id}", index=INDEX)
        by_run = Unique("{user_id}#{run_id}")


class Message(Entity, table=navigator):
    """A message. number: its place among those of the conversation, from 1. incoming: how many messages to the user
    there are up to it, itself counted."""

    conversation_id: Attr[str] = Text()
    sent_at: Attr[datetime] = Timestamp()
    message_id: Attr[str] = Text()
    number: Attr[int] = Int()
    incoming: Attr[int] = Int()
    role: Attr[str] = Text(choices=ROLES)
    content: Attr[str] = Text()
    citations: Attr[list[str]] = List(Text(), default=list)

    class Keys:
        primary = Key("CONV#{conversation_id}", "MSG#{sent_at}#{message_id}")


class Session(Entity, table=navigator):
    """A user's session, which ends by itself."""

    session_id: Attr[str] = Text()
    user_id: Attr[str] = Text()
    data: Attr[dict[str, Any]] = Map(default=dict)
    expires_at: Attr[datetime] = Expires()

    class Keys:
        primary = Key("SESSION#{session_id}", "DATA")


class EmailToken(Entity, table=navigator):
    """What proves that an address is its user's, once and for a time."""

    token: Attr[str] = Text()
    user_id: Attr[str] = Text()
    email: Attr[str] = Text()
    expires_at: Attr[datetime] = Expires()

    class Keys:
        primary = Key("TOKEN#{token}", "EMAIL")
