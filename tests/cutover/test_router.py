"""Where the router sends reads and writes: the alias from shadow on, SQL for what is written."""

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser, User
from django.db import router
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory, override_settings

from dynamo_models.cutover import Router, background, subjects
from dynamo_models.cutover.middleware import SubjectMiddleware
from dynamo_models.cutover.records import ReadTally
from dynamo_models.testing.cutover import override_stage
from tests.cutover.ladder import GROUP, choice, drain, put, stock
from tests.mirror.shop.models import Cheap, Part, Product, Supplier

STAGES = {
    "off": None,
    "mirror": None,
    "backfilled": None,
    "verified": None,
    "shadow": "dynamodb",
    "reading": "dynamodb",
}


@pytest.mark.parametrize(("stage", "alias"), STAGES.items())
def test_reads_go_to_the_alias_from_shadow_on(stage, alias):
    with override_stage(GROUP, stage):
        assert Router().db_for_read(Product) == Router().db_for_read(Cheap) == alias
        assert Router().db_for_read(Supplier) is None
        assert Router().db_for_write(Product) is None


def test_killed_reads_do_not_pass_by_the_alias():
    with override_stage(GROUP, "reading", killed=True):
        assert Router().db_for_read(Product) is None


def test_what_an_instance_of_the_alias_leads_to_and_writes_is_sqls():
    found = Product(sku="a")
    found._state.db = "dynamodb"
    with override_stage(GROUP, "reading"), override_settings(DATABASE_ROUTERS=["dynamo_models.cutover.Router"]):
        assert router.db_for_write(Product, instance=found) == "default"
        assert router.db_for_read(Supplier, instance=found) == "default"
        assert router.db_for_write(Supplier, instance=found) == "default"
        assert router.db_for_read(Part, instance=found) == "dynamodb"
    with override_stage(GROUP, "mirror"), override_settings(DATABASE_ROUTERS=["dynamo_models.cutover.Router"]):
        assert router.db_for_read(Product, instance=found) == "default"


def test_instances_of_both_sides_may_be_related_and_of_others_is_not_its_business():
    ours, sqls, others = Product(), Part(), Part()
    ours._state.db, sqls._state.db, others._state.db = "dynamodb", "default", "elsewhere"
    assert Router().allow_relation(ours, sqls) is True
    assert Router().allow_relation(ours, Part()) is True
    assert Router().allow_relation(sqls, Part()) is None
    assert Router().allow_relation(ours, others) is None


def test_nothing_is_migrated_there():
    assert Router().allow_migrate("dynamodb", "shop") is False
    assert Router().allow_migrate("default", "shop") is None
    assert apps.is_installed("dynamo_models")


def test_without_an_alias_it_does_nothing(monkeypatch):
    monkeypatch.setattr("dynamo_models.cutover.router.other_alias", lambda: None)
    with override_stage(GROUP, "reading"):
        assert Router().db_for_read(Product) is Router().db_for_write(Product) is None
        assert Router().allow_relation(Product(), Part()) is Router().allow_migrate("default", "shop") is None


def test_the_middleware_says_who_reads():
    seen = []

    def view(request):
        seen.append(subjects.current())
        request.user = User(pk=8)  # as REST framework does
        seen.append(subjects.current())
        return HttpResponse()

    for user in (User(pk=7), AnonymousUser()):
        request = RequestFactory().get("/")
        request.user = user
        SubjectMiddleware(view)(request)
    SubjectMiddleware(view)(RequestFactory().get("/"))
    assert seen == ["7", "8", None, "8", None, "8"]
    assert subjects.current() is None


def test_the_middleware_says_so_in_async_views_too():
    import asyncio

    seen = []

    async def view(request):
        seen.append(subjects.current())
        return HttpResponse()

    request = AsyncRequestFactory().get("/")
    request.user = User(pk=7)
    middleware = SubjectMiddleware(view)
    assert asyncio.iscoroutinefunction(middleware) or middleware.is_async
    asyncio.run(middleware(request))
    assert seen == ["7"]


def test_a_stage_for_a_test_is_that_of_every_thread_and_gone_after_it(using):
    put(using, "mirror")
    with override_stage(GROUP, "reading"):
        assert choice(using).store == "dynamodb"
        with override_stage(GROUP, "reading", share=1, deny=["7"]), subjects.subject("7"):
            assert choice(using).store == "sql"
        assert choice(using).store == "dynamodb"
        with override_stage(GROUP, "reading", allow=["7"], deny=["7"]), subjects.subject("7"):
            assert choice(using).store == "sql"
        stock(using, 1)
        assert choice(using).store == "sql"
        drain(using)
    assert choice(using).store == "sql"
    background.finish()
    assert not ReadTally.objects.using(using).exists()
    with pytest.raises(LookupError, match="unheard"), override_stage("unheard", "shadow"):
        pass


def test_a_difference_fails_the_test_that_has_put_the_group_there(using, override_stage):
    from tests.cutover.test_shadow import ask

    def differs():
        with override_stage(GROUP, "shadow"):
            ask(using, [1], [1])
            ask(using, [1], [2])

    with pytest.raises(AssertionError, match=r"the list of products\n    SQL .*1.*\n    DynamoDB .*2"):
        differs()
    with override_stage(GROUP, "shadow"):
        ask(using, [1], [1])
        stock(using, 1)
        ask(using, [1], [2])  # in flight
