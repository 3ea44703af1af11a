"""What the pages show: each state that a group may be in, with nothing scanned and nothing loaded from elsewhere."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import include, path, reverse

from dynamo_models.cutover import controls, status
from dynamo_models.cutover.records import GroupState, GroupStep
from dynamo_models.operators.page import PER_PAGE, GroupAdmin
from tests.cutover.ladder import GROUP
from tests.operators import scenes
from tests.operators.scenes import USING

OVERVIEW = "/admin/dynamo_models/groupstate/"
PAGE = f"{OVERVIEW}{GROUP}/change/"
PLACES = [
    *[("mirror", 0), ("backfilled", 0), ("verified", 0), ("shadow", 0), ("reading", 10), ("reading", 100)],
    *[("switching", 100), ("switching", 0), ("dynamodb", 0), ("final", 0), ("complete", 0)],
]

other_site = admin.AdminSite(name="elsewhere")
other_site.register(GroupState, GroupAdmin)
urlpatterns = [path("", include("algoitny.urls")), path("elsewhere/", other_site.urls)]


def said(response):
    """A page's text as people read it."""
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def test_the_overview_has_every_group_and_its_place(shop_group, operator):
    scenes.at("reading", 50)
    page = operator.get(OVERVIEW)
    text = said(page)
    assert {each["held"]["group"] for each in page.context["groups"]} == {each.group for each in status.status(USING)}
    assert "default reading 50 %" in text
    assert "problems off" in text


def test_without_a_registered_model_the_overview_says_what_to_do(shop_group, operator, monkeypatch):
    monkeypatch.setattr(status, "mirrors", lambda *_: [])
    assert "Put @dual_write(Entity) above one" in said(operator.get(OVERVIEW))


def test_a_group_that_nobody_has_moved_has_a_page(shop_group, operator):
    text = said(operator.get(PAGE))
    assert "Step up to mirror ready" in text
    assert "Nobody has moved this group yet." in text


@pytest.mark.parametrize(("stage", "share"), PLACES)
def test_every_place_offers_what_the_status_offers(shop_group, operator, stage, share):
    scenes.at(stage, share)
    page = operator.get(PAGE)
    text = said(page)
    (about,) = status.status(USING, GROUP)
    assert [each["offer"].place for each in page.context["up"]] == [each for each in [about.next_place] if each]
    assert [each["offer"].place for each in page.context["down"]] == about.lower_places
    assert page.context["ladder"][[each["is"] for each in page.context["ladder"]].index("here")]["text"] == str(
        about.place
    )
    for place in [*about.lower_places, *([about.next_place] if about.next_place else [])]:
        assert about.command(place) in text
    assert ("A switch is under way" in text) is (stage == "switching")


def test_a_held_step_is_shown_with_what_each_guard_says_and_is_not_offered(shop_group, operator):
    scenes.ready_for("shadow")
    link = f'href="{OVERVIEW}{GROUP}/move/shadow/"'
    assert link in operator.get(PAGE).content.decode()
    scenes.bury(2)
    page = operator.get(PAGE)
    text = said(page)
    assert "Step up to shadow held" in text
    assert "refused dead letters 2 rows cannot be mirrored as they are. manage.py dynamo_relay dead" in text
    assert "ok verify In verification" in text
    assert link not in page.content.decode()


def test_what_is_unusual_is_shown(shop_group, operator):
    scenes.ready_for("reading")
    scenes.at("reading", 50)
    scenes.read(sql=5000, dynamodb=4500, same=900, different=3, unsettled=2, late=1, errors_dynamodb=2, in_flight=12)
    scenes.bury(1)
    scenes.differ(2)
    scenes.miss(2)
    controls.allow(GROUP, ["17"], using=USING, who="ann")
    controls.kill(GROUP, using=USING, who="ann", reason="Pager.")
    page = operator.get(PAGE)
    text = said(page)
    for each in (
        "The kill switch is on",
        "903 compared: 900 the same, 3 different . Not told: 2 with changes in flight, 1 late",
        "Always DynamoDB 17",
        "Item size has exceeded",
        "shop/views.py:40",
        "Name of another",
        "Pager.",
        "3 reads were answered differently",
    ):
        assert each in text, each
    assert "<script>alert" not in page.content.decode()
    assert re.search(r"DynamoDB 4,500 2 \d+ ms \d+ ms \d+ ms 200", text)


def test_the_way_back_of_authority_is_shown_with_its_guards(shop_group, operator):
    scenes.at("dynamodb")
    page = operator.get(PAGE)
    (back,) = page.context["down"]
    guards = {each.guard for each in back["offer"].refused}
    assert "verify" in guards
    assert "refused verify No full verification" in said(page)
    assert f'href="{OVERVIEW}{GROUP}/move/reading/100/"' not in page.content.decode()


def test_guards_that_try_a_write_are_said_to_come_later(shop_group, operator):
    later = "Guards that try a write are asked as the step is taken"
    scenes.ready_for("shadow")
    assert later not in said(operator.get(f"{OVERVIEW}{GROUP}/move/shadow/"))
    scenes.ready_for("reading")
    assert later in said(operator.get(f"{OVERVIEW}{GROUP}/move/reading/10/"))


def test_a_backfill_that_runs_has_a_bar(shop_group, operator):
    scenes.at("mirror")
    scenes.backfilled(rows=12_345_678, status="running", done=2_345_678)
    page = operator.get(PAGE)
    assert "2,345,678 of 12,345,678" in said(page)
    assert '<progress max="12345678" value="2345678">' in page.content.decode()


def test_the_history_goes_back_to_its_begin_page_by_page(shop_group, operator):
    scenes.at("mirror")
    scenes.live_long(PER_PAGE + 20)
    url, seen = f"{OVERVIEW}{GROUP}/history/", []
    while url:
        page = operator.get(url)
        seen += [each["step"] for each in page.context["history"]]
        older = page.context["older"]
        url = f"{OVERVIEW}{GROUP}/history/?before={older}" if older else None
    assert seen == list(GroupStep.objects.filter(group=GROUP).order_by("-pk").values_list("pk", flat=True))
    assert operator.get(f"{OVERVIEW}{GROUP}/history/?before=x").status_code == 404


def test_pages_load_only_files_of_this_site(shop_group, operator):
    scenes.at("reading", 50)
    for address in (OVERVIEW, PAGE, f"{OVERVIEW}{GROUP}/history/", f"{OVERVIEW}{GROUP}/move/off/"):
        html = operator.get(address).content.decode()
        loaded = re.findall(r"<(?:link|script|img|iframe)[^>]*(?:src|href)=\"([^\"]*)\"", html)
        assert loaded
        assert all(each.startswith("/static/") for each in loaded)
        own = re.search(r"<main.*?</main>", html, re.DOTALL)[0]
        assert "<script" not in own
        assert not re.search(r"\son\w+=", own)


def test_pages_ask_no_table_of_the_application_and_scan_nothing(shop_group, operator, assert_no_scan):
    scenes.ready_for("reading")
    scenes.differ(5)
    for address in (OVERVIEW, PAGE):
        with CaptureQueriesContext(connection) as captured, assert_no_scan():
            operator.get(address)
        tables = {each for query in captured for each in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}
        allowed = {"django_session", "accounts_user", "sqlite_master", "django_content_type", "auth_permission"}
        assert {
            each for each in tables if not each.startswith(("dynamo_models_", "accounts_user_", "auth_"))
        } <= allowed


def test_how_many_statements_a_page_takes_does_not_grow_with_what_is_there(shop_group, operator):
    scenes.ready_for("reading")
    scenes.differ(1)
    scenes.live_long(60)
    operator.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        operator.get(PAGE)
    scenes.differ(60)
    scenes.miss(60)
    scenes.live_long(60)
    with CaptureQueriesContext(connection) as many:
        operator.get(PAGE)
    assert len(many) == len(few)


def test_another_admin_site_has_the_pages_with_links_of_its_own(shop_group, operator, settings):
    settings.ROOT_URLCONF = __name__
    scenes.at("mirror")
    address = reverse("elsewhere:dynamo_models_groupstate_change", args=[GROUP])
    page = operator.get(address)
    assert page.status_code == 200
    links = re.findall(r'href="(/[^"]*groupstate[^"]*)"', page.content.decode())
    assert links
    assert all(each.startswith("/elsewhere/") for each in links)


def test_a_group_that_is_not_there_is_a_404(shop_group, operator):
    assert operator.get(f"{OVERVIEW}nobody/change/").status_code == 404


def test_algoitnys_admin_lists_the_page(shop_group, operator):
    assert f'href="{OVERVIEW}"' in operator.get("/admin/").content.decode()
