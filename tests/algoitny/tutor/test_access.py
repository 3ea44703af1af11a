"""Lists of conversations: a user's by key and by time, those of a day, and of a range of days behind one cursor."""

from datetime import UTC, date, datetime, timedelta

import pytest

from algoitny.api.cursors import CursorError
from algoitny.chat.spans import Span
from algoitny.tutor import access, sending
from algoitny.tutor.records import message_key, message_name
from algoitny.tutor.sending import NewMessage
from tests.algoitny.conftest import START
from tests.algoitny.helpers import a_user
from tests.algoitny.tutor.conftest import a_conversation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tutor_tables")]

OWNER = 17
MIDNIGHT = datetime(2025, 1, 15, tzinfo=UTC)


def ids(page):
    return [each.conversation_id for each in page.items]


def walked(ask, limit):
    found, cursor, pages = [], None, 0
    while True:
        page = ask(limit=limit, cursor=cursor)
        found += ids(page)
        cursor, pages = page.next_cursor, pages + 1
        if cursor is None:
            return found, pages


def test_a_users_conversations_by_key_and_by_their_last_message(assert_requests):
    made = [a_conversation(number=n, at=START + timedelta(minutes=n)).conversation_id for n in range(1, 6)]
    a_conversation(user_id=18)
    new = [NewMessage(role="user", content="x", provider="cases")]
    sending.send(made[1], new, at=START + timedelta(hours=1))
    with assert_requests(1):
        assert ids(access.all_of(OWNER)) == made
    with assert_requests(1):
        assert ids(access.recent(OWNER)) == [made[1], made[4], made[3], made[2], made[0]]
    assert walked(lambda **page: access.recent(OWNER, **page), 2) == (ids(access.recent(OWNER)), 3)
    cursor = access.recent(OWNER, limit=2).next_cursor
    for ask in (lambda: access.recent(18, cursor=cursor), lambda: access.all_of(OWNER, cursor=cursor)):
        with pytest.raises(CursorError):
            ask()


def test_a_day_holds_its_first_and_its_last_microsecond(assert_requests):
    moments = [timedelta(microseconds=-1), timedelta(0), timedelta(days=1, microseconds=-1), timedelta(days=1)]
    made = [a_conversation(user_id=n, at=MIDNIGHT + each).conversation_id for n, each in enumerate(moments)]
    day = MIDNIGHT.date()
    with assert_requests(1):
        assert ids(access.of_days(Span.of(day, day))) == made[1:3]


def test_a_range_of_days_is_merged_and_paged_by_one_cursor(assert_requests):
    made = [a_conversation(user_id=n % 3, at=MIDNIGHT + n * timedelta(hours=7)).conversation_id for n in range(20)]
    span = Span.of(MIDNIGHT.date(), date(2025, 1, 20))
    with assert_requests(6):
        assert ids(access.of_days(span)) == made
    assert walked(lambda **page: access.of_days(span, **page), 3) == (made, 7)
    assert walked(lambda **page: access.of_days(span, **page), 20) == (made, 1)
    cursor = access.of_days(span, limit=3).next_cursor
    with pytest.raises(CursorError):
        access.of_days(Span.of(MIDNIGHT.date(), date(2025, 1, 19)), cursor=cursor)


def test_messages_are_read_from_either_end_and_one_by_its_name(assert_requests):
    conversation = a_conversation(hints=["1", "2", "3"])
    with assert_requests(1):
        found = access.messages(conversation.conversation_id, newest_first=True, limit=2).items
    assert [each.content for each in found] == ["3", "2"]
    sent_at, message_id = message_key(found[0].id)
    with assert_requests(1):
        assert access.message(conversation.conversation_id, sent_at, message_id) == found[0]


@pytest.mark.parametrize(
    "name",
    ["", "x", "20250115T103000123456", "20251315T103000123456-0123456789ab", "20250115T103000123456-0123456789AB"],
)
def test_a_name_that_is_no_messages_has_no_key(name):
    assert message_key(name) is None


def test_a_messages_name_is_read_back():
    at = datetime(999, 1, 15, 10, 30, 0, 7, tzinfo=UTC)
    assert message_key(message_name(at, "0123456789ab")) == (at, "0123456789ab")


def test_a_profile_is_made_of_the_account_and_may_have_another_name(assert_requests):
    ann = a_user(name="Ann")
    assert (access.profile(ann).name, access.profile(ann).role) == ("Ann", "student")
    access.save_profile(ann, name="Anna")
    with assert_requests(1):
        assert access.profile(ann).name == "Anna"
    assert access.profile(a_user("staff@example.org", staff=True)).role == "teacher"
