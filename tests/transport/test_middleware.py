"""``request.dynamo_usage``: what a request of Django asked of DynamoDB, under both kinds of servers."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.urls import path

from dynamo_models import transport
from dynamo_models.middleware import UsageMiddleware
from tests.codec.tables import private_table
from tests.transport.answers import Answers

table = private_table("Viewed")
UNIT = (200, {"ConsumedCapacity": {"TableName": "Viewed", "CapacityUnits": 1}})


def get():
    transport.call(table, "GetItem", {"TableName": "Viewed", "Key": {"PK": {"S": "x"}}})


def view(request):
    get()
    return HttpResponse(str(len(request.dynamo_usage)))


async def async_view(request):
    await sync_to_async(get)()
    await asyncio.to_thread(get)
    return HttpResponse(str(len(request.dynamo_usage)))


urlpatterns = [path("sync", view), path("async", async_view)]


@pytest.fixture(autouse=True)
def _answers(dynamo_settings):
    Answers(transport.client(), [UNIT] * 20)
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=["dynamo_models.middleware.UsageMiddleware"]):
        yield


def test_a_request_has_what_was_asked_for_it():
    response = Client().get("/sync")
    assert response.content == b"1"
    assert response.wsgi_request.dynamo_usage.read_units == 1.0


def test_each_request_has_its_own():
    assert [Client().get("/sync").content for _ in range(2)] == [b"1", b"1"]


@pytest.mark.parametrize(("url", "count"), [("/async", b"2"), ("/sync", b"1")])
def test_an_asynchronous_server_counts_what_views_ask_in_threads(url, count):
    async def both() -> list[bytes]:
        client = AsyncClient()
        return [response.content for response in await asyncio.gather(client.get(url), client.get(url))]

    assert asyncio.run(both()) == [count, count]


def test_it_is_called_as_what_it_stands_before():
    async def get_response(request):
        return HttpResponse()

    assert iscoroutinefunction(UsageMiddleware(get_response))
    assert not iscoroutinefunction(UsageMiddleware(lambda request: HttpResponse()))


def test_a_view_that_raised_leaves_no_block_open():
    def raising(request):
        raise KeyError

    request = RequestFactory().get("/")
    with pytest.raises(KeyError):
        UsageMiddleware(raising)(request)
    get()
    assert len(request.dynamo_usage) == 0
