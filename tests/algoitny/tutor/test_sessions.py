"""Sessions and tokens end by themselves: an expired one is not valid, though DynamoDB still has it."""

import threading
from datetime import timedelta

import pytest

from algoitny.tutor import sessions
from algoitny.tutor.items import EmailToken, Session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tutor_tables")]

at_once = pytest.mark.endpoint_cannot("moto", reason="its transactions are not isolated from each other")

expiring = pytest.mark.endpoint_cannot("ministack", reason="it removes expired items by itself, at a moment of its own")
PAST = timedelta(seconds=-1)


def test_a_session_is_its_users_until_it_ends():
    made = sessions.start(17, data={"tab": 3})
    assert sessions.get(made.session_id) == made
    assert sessions.end(made.session_id)
    assert sessions.get(made.session_id) is None
    assert not sessions.end(made.session_id)
    assert sessions.get("a#b") is None


@expiring
def test_an_expired_session_is_not_valid_though_it_is_still_there():
    made = sessions.start(17, lifetime=PAST)
    assert Session.objects.include_expired().get(session_id=made.session_id).user_id == "17"
    assert sessions.get(made.session_id) is None
    assert not sessions.end(made.session_id)


@expiring
def test_an_expired_token_is_not_valid_though_it_is_still_there():
    token = sessions.new_token(17, "ann@example.org", lifetime=PAST)
    assert EmailToken.objects.include_expired().get(token=token).email == "ann@example.org"
    assert sessions.redeem(token) is None


def test_a_token_proves_its_address_once():
    token = sessions.new_token(17, "ann@example.org")
    assert sessions.redeem(token) == (17, "ann@example.org")
    assert sessions.redeem(token) is None
    assert sessions.redeem("none") is None


@at_once
def test_of_callers_at_once_one_redeems():
    token = sessions.new_token(17, "ann@example.org")
    found = []
    barrier = threading.Barrier(6)

    def redeem():
        barrier.wait()
        found.append(sessions.redeem(token))

    threads = [threading.Thread(target=redeem) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=str) == [(17, "ann@example.org"), *[None] * 5]


def test_a_session_is_stored_as_the_document_has_it():
    made = sessions.start(17)
    item = Session.objects.get(session_id=made.session_id)
    assert set(item.raw) >= {"PK", "SK", "userId", "expiresAt"}
    assert (item.raw["PK"], item.raw["SK"]) == ({"S": f"SESSION#{made.session_id}"}, {"S": "DATA"})
