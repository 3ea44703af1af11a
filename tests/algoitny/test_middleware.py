"""What AlgoItny's answers say of stores: which one an answer came from, and that a switch is in its pause."""

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse

from algoitny.accounts import access
from algoitny.problems.items import Problem
from algoitny.timing import HEADER, StoresMiddleware
from dynamo_models.cutover.pause import Frozen
from tests.algoitny.helpers import refused, send, sign_in


def test_an_answer_says_how_often_dynamodb_was_asked_for_it(tables, settings, rf):
    settings.DEBUG = True

    def view(_request):
        list(Problem.objects.by_platform(platform="baekjoon"))
        return HttpResponse()

    answer = StoresMiddleware(view)(rf.get("/"))
    assert answer[HEADER].startswith("total;dur=")
    assert answer[HEADER].endswith('dynamodb;desc="1"')


def test_nobody_is_told_without_debug():
    with pytest.raises(MiddlewareNotUsed):
        StoresMiddleware(lambda _: HttpResponse())


def test_who_writes_in_the_pause_of_a_switch_is_told_to_come_again(db, tables, client, monkeypatch):
    headers = sign_in(client)

    def frozen(*_args, **_values):
        raise Frozen("accounts is being switched")

    monkeypatch.setattr(access, "update_user", frozen)
    answer = send(client, "PATCH", "/api/account/me/", {"name": "Ann"}, headers=headers)
    refused(answer, 503, "Nothing was written", "being switched")
    assert answer["Retry-After"] == "1"
