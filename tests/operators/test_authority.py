"""Moves of authority by the page: what has to be typed, how they are carried out, and what a crash has left."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from dynamo_models.cutover import controls, guards
from dynamo_models.cutover.stages import Stage
from dynamo_models.operators import acting
from dynamo_models.switch.records import Switch
from dynamo_models.switch.steps import NotSwitched
from tests.cutover.ladder import GROUP, place
from tests.operators import scenes
from tests.operators.conftest import PERMISSIONS
from tests.operators.deeds import DEEDS, PAGE, confirm, error, last, row, url
from tests.operators.scenes import USING


@pytest.mark.parametrize(("at", "path"), [DEEDS[each][:2] for each in ("switch", "back", "final")])
@pytest.mark.parametrize("typed", ["", "Default", "defaul", "default default"])
def test_where_authority_is_at_stake_the_name_has_to_be_typed(shop_group, operator, at, path, typed):
    scenes.at(*at)
    scenes.backfilled()
    scenes.verified()
    scenes.read(sql=10, same=10)
    before, page = row().epoch, operator.get(url(path))
    shown = {field.name: field.value() for field in page.context["form"] if field.value() is not None}
    answer = operator.post(url(path), {**shown, "reason": "x", "typed": typed})
    assert answer.status_code == 400
    assert row().epoch == before


def test_a_move_of_authority_is_carried_out_by_a_switch(shop_group, operator, monkeypatch):
    scenes.at("reading", 100)
    scenes.backfilled()
    scenes.verified()
    scenes.read(sql=10, same=10)
    asked = []

    def switch(planned, *, who, reason):
        asked.append((planned.crosses, planned.refused, who, reason))
        return controls.deny(GROUP, ["1"], using=USING, who=who)  # something that leaves a state

    monkeypatch.setattr(acting.switching, "switch", switch)
    monkeypatch.setitem(guards.GUARDS, Stage.DYNAMODB, (guards.tables_there,))
    assert confirm(operator, "move/dynamodb/", typed=GROUP).status_code == 302
    assert asked == [(True, [], "op@example.org", "It is time.")]


def test_a_switch_that_was_aborted_says_why(shop_group, operator, monkeypatch):
    scenes.at("reading", 100)
    scenes.read(sql=10, same=10)

    def switch(planned, **_):
        raise NotSwitched("default stays at reading 100 %: What was written to SQL could not be mirrored in time.")

    monkeypatch.setattr(acting.switching, "switch", switch)
    monkeypatch.setitem(guards.GUARDS, Stage.DYNAMODB, (guards.tables_there,))
    page = confirm(operator, "move/dynamodb/", typed=GROUP)
    assert page.status_code == 409
    assert "could not be mirrored in time" in error(page)
    assert "typed" in page.context["form"].fields  # to be begun anew
    assert not LogEntry.objects.exists()


@pytest.fixture
def left(shop_group):
    """A switch whose process is gone, before its journal was written."""
    scenes.at("switching", 100)
    return Switch.objects.create(
        group=GROUP,
        direction="there",
        running=GROUP,
        step="compare",
        holder="web-1:7:x",
        held_until=timezone.now() - timedelta(minutes=1),
        who="ann",
    )


def test_a_switch_whose_process_is_gone_is_aborted_with_its_name_typed(left, operator):
    page = operator.get(PAGE).content.decode()
    assert "manage.py dynamo_cutover default --abort" in page
    assert f'href="{url("resume/")}"' in page
    assert confirm(operator, "abort/", typed="x").status_code == 400
    assert confirm(operator, "abort/", typed=GROUP).status_code == 302
    assert place(USING) == "reading 100 %"
    assert (last().action, last().reason) == ("abort", "op@example.org: It is time.")
    assert LogEntry.objects.get().change_message.startswith("Aborted the switch of default: reading 100 %.")


def test_a_switch_that_is_journalled_is_not_aborted(left, operator):
    Switch.objects.update(journalled_at=timezone.now(), step="journal")
    assert f'href="{url("abort/")}"' not in operator.get(PAGE).content.decode()
    page = confirm(operator, "abort/", typed=GROUP)
    assert (page.status_code, "is journalled" in error(page)) == (409, True)


def test_a_switch_that_a_process_is_at_is_left_to_it(left, operator):
    Switch.objects.update(held_until=timezone.now() + timedelta(minutes=1))
    shown = operator.get(PAGE).content.decode()
    assert "A process is at it" in shown
    assert f'href="{url("abort/")}"' not in shown
    for how in ("abort/", "resume/"):
        page = confirm(operator, how, typed=GROUP)
        assert (page.status_code, "web-1:7, which goes on" in error(page)) == (409, True)


def test_only_who_may_switch_ends_one(left, sign_in):
    client = sign_in(*(each for each in PERMISSIONS if each != "switch"))
    assert f'href="{url("abort/")}"' not in client.get(PAGE).content.decode()
    for how in ("abort/", "resume/"):
        assert client.get(url(how)).status_code == 403
        assert client.post(url(how), {"reason": "x", "typed": GROUP}).status_code == 403


def test_a_step_below_authority_asks_for_no_name(shop_group, operator):
    scenes.at("reading", 50)
    assert "typed" not in operator.get(url("move/shadow/")).context["form"].fields


def test_a_move_of_authority_says_how_long_it_may_take(shop_group, operator):
    scenes.at("reading", 100)
    assert "for up to 30 seconds" in operator.get(url("move/dynamodb/")).content.decode()
    assert "for up to 30 seconds" not in operator.get(url("move/reading/50/")).content.decode()


def test_what_has_no_way_back_says_so(shop_group, operator):
    scenes.at("dynamodb")
    assert "There is no way back." in operator.get(url("move/final/")).content.decode()
