"""Bodies are read as JSON in UTF-8, so much of them and no more."""

import json

import pytest

from tests.algoitny.helpers import refused, send, sign_in

PATH = "/api/auth/refresh/"


def test_a_body_that_is_too_long_is_not_read_to_its_end(client, db, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    fits = json.dumps({"refresh": "x" * 85}).encode()
    assert len(fits) == 100
    refused(send(client, "POST", PATH, fits), 401)
    refused(send(client, "POST", PATH, fits + b" "), 413, "more than 100 bytes")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-16", "rot13", "nonsense"])
def test_a_body_is_utf_8_whatever_it_says_of_itself(client, db, charset):
    body = json.dumps({"refresh": "é"}, ensure_ascii=False).encode()
    response = client.generic("POST", PATH, body, content_type=f"application/json; charset={charset}")
    refused(response, 401, "refresh token")


def test_what_is_repeated_of_a_body_can_be_sent(client, db, settings):
    settings.DEBUG = True
    body = b'{"email": "ann@example.org", "\\ud83d": 1}'
    assert "\\ud83d" in refused(send(client, "POST", "/api/auth/development/", body), 400)["detail"]


@pytest.mark.parametrize("number", ["1" * 5000, "1e400", "-0", "1E2"])
def test_odd_numbers_are_refused_and_not_taken_for_others(client, db, settings, number):
    response = send(client, "PUT", "/api/account/plan/", f'{{"plan": {number}}}'.encode(), headers=sign_in(client))
    refused(response, 400)
