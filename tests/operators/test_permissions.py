"""Which permission each deed takes, and that a form is sent on purpose."""

import re

import pytest
from django.test import RequestFactory

from dynamo_models.cutover.records import GroupState
from tests.cutover.ladder import GROUP, place
from tests.operators import scenes
from tests.operators.conftest import PERMISSIONS
from tests.operators.deeds import DEEDS, OVERVIEW, PAGE, row, url
from tests.operators.scenes import USING


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("permission", PERMISSIONS)
def test_each_deed_takes_its_own_permission(shop_group, sign_in, deed, permission):
    at, path, wanted = DEEDS[deed]
    scenes.at(*at)
    before, client = row().epoch, sign_in(permission)
    assert client.get(url(path)).status_code == (200 if permission == wanted else 403)
    link = f'href="{url(path)}"' in client.get(PAGE).content.decode()
    assert not link or permission == wanted
    if permission != wanted:
        typed = {"epoch": before, "kind": "down" if deed == "back" else "up", "reason": "x", "typed": GROUP}
        assert client.post(url(path), {**typed, "action": "allow", "subjects": "1"}).status_code == 403
        assert row().epoch == before


def test_the_kill_switch_of_all_groups_takes_the_same(shop_group, sign_in):
    others = [each for each in PERMISSIONS if each != "kill"]
    assert sign_in(*others).post(f"{OVERVIEW}kill/", {"reason": ""}).status_code == 403
    assert not GroupState.objects.filter(killed=True).exists()


def test_staff_without_any_permission_and_others_see_nothing(shop_group, sign_in, client):
    nobody = sign_in()
    for address in (OVERVIEW, PAGE, url("history/"), url("kill/"), url("move/mirror/")):
        assert nobody.get(address).status_code == 403
        assert client.get(address).status_code == 302


def test_a_post_without_its_token_is_refused(shop_group, sign_in):
    scenes.at("shadow")
    client = sign_in(*PERMISSIONS, csrf=True)
    before = row().epoch
    given = {"epoch": before, "kind": "down", "reason": "x", "action": "allow", "subjects": "1"}
    for path in ("move/off/", "kill/", "subjects/"):
        assert client.post(url(path), given).status_code == 403
    assert client.post(f"{OVERVIEW}kill/", given).status_code == 403
    assert row().epoch == before
    page = client.get(url("move/off/")).content.decode()
    token = re.search(r'dm-form.*?name="csrfmiddlewaretoken" value="(\w+)"', page, re.DOTALL)[1]
    assert client.post(url("move/off/"), {**given, "csrfmiddlewaretoken": token}).status_code == 302
    assert place(USING) == "off"


def test_looking_at_a_confirmation_does_nothing(shop_group, operator):
    scenes.ready_for("shadow")
    before = row().epoch
    for path in ("move/shadow/", "move/off/", "kill/", "unkill/", "subjects/"):
        assert operator.get(url(path)).status_code == 200
    assert operator.get(f"{OVERVIEW}kill/").status_code == 200
    assert row().epoch == before


def test_pages_that_only_show_take_no_post(shop_group, operator):
    for address in (OVERVIEW, PAGE, url("history/")):
        assert operator.post(address, {}).status_code == 405


def test_nothing_is_added_edited_or_removed_by_hand(shop_group, operator):
    scenes.at("mirror")
    assert operator.get(f"{OVERVIEW}add/").status_code == 403
    request = RequestFactory().get("/")
    from django.contrib import admin

    held = admin.site._registry[GroupState]
    assert not held.has_change_permission(request)
    assert not held.has_delete_permission(request)
