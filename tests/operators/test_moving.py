"""Steps up and down by the page, and what keeps one from being taken."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connections

from dynamo_models.cutover import controls
from dynamo_models.operators import acting
from tests.cutover.ladder import GROUP, place
from tests.operators import scenes
from tests.operators.deeds import PAGE, confirm, error, last, row, url
from tests.operators.scenes import USING


def test_a_step_up_is_in_the_history_and_in_the_log_with_who_and_why(shop_group, operator):
    scenes.ready_for("shadow")
    assert confirm(operator, "move/shadow/").status_code == 302
    assert place(USING) == "shadow"
    step, entry = last(), LogEntry.objects.get()
    assert (step.who, step.reason, step.automatic) == ("op@example.org", "It is time.", False)
    assert "verify_run" in step.evidence
    assert entry.change_message == "Moved default from verified to shadow. It is time."
    assert entry.get_admin_url() == PAGE
    assert "Moved default from verified to shadow." in operator.get(PAGE).content.decode()


def test_a_group_that_nobody_has_moved_steps_up(shop_group, operator):
    assert confirm(operator, "move/mirror/").status_code == 302
    assert place(USING) == "mirror"


def test_a_share_is_stepped_to(shop_group, operator):
    scenes.ready_for("reading")
    assert confirm(operator, "move/reading/10/").status_code == 302
    assert place(USING) == "reading 10 %"


def test_a_mapping_that_has_changed_is_mirrored_anew(shop_group, operator):
    scenes.at("mirror", mapping="of another time")
    assert "Begin mirror anew" in operator.get(PAGE).content.decode()
    assert confirm(operator, "move/mirror/").status_code == 302
    assert (last().action, place(USING)) == ("renew", "mirror")
    assert "Begin mirror anew" not in operator.get(PAGE).content.decode()


@pytest.mark.parametrize("path", ["move/shadow/", "move/off/", "subjects/"])
def test_nothing_is_done_without_a_reason(shop_group, operator, path):
    scenes.ready_for("shadow")
    before = row().epoch
    page = confirm(operator, path, reason="  ", subjects="1")
    assert page.status_code == 400
    assert "This field is required." in page.content.decode()
    assert row().epoch == before


def test_a_guard_that_refuses_is_shown_with_all_others_and_nothing_is_done(shop_group, operator):
    scenes.ready_for("shadow")
    form = operator.get(url("move/shadow/")).context["form"]
    given = {field.name: field.value() for field in form if field.value() is not None}
    scenes.bury(2)
    page = operator.post(url("move/shadow/"), {**given, "reason": "x"})
    assert page.status_code == 409
    guards = {each.guard: each.ok for each in page.context["findings"]}
    assert guards["dead letters"] is False
    assert guards["verify"] is True
    assert "manage.py dynamo_relay dead" in page.content.decode()
    assert place(USING) == "verified"
    assert not LogEntry.objects.exists()


def test_a_guard_that_tries_a_write_is_asked_as_the_step_is_taken(shop_group, operator):
    assert "firing" not in operator.get(PAGE).content.decode()
    confirm(operator, "move/mirror/")
    assert "Writes reach the change log" in last().evidence


def test_a_step_up_that_was_overtaken_is_not_taken(shop_group, operator):
    scenes.ready_for("shadow")
    given = {"epoch": row().epoch, "kind": "up", "reason": "x"}
    controls.kill(GROUP, using=USING, who="ann", reason="Pager.")
    before = row().epoch
    page = operator.post(url("move/shadow/"), given)
    assert page.status_code == 409
    assert "ann was first" in error(page)
    assert row().epoch == before
    # What is shown is what is so by now: to send it again is a decision of its own.
    again = {field.name: field.value() for field in page.context["form"]}
    assert operator.post(url("move/shadow/"), {**again}).status_code == 302
    assert place(USING) == "shadow"


def test_a_step_up_that_was_taken_by_another_is_no_move_any_more(shop_group, operator):
    scenes.ready_for("shadow")
    given = {"epoch": row().epoch, "kind": "up", "reason": "x"}
    scenes.at("shadow")
    page = operator.post(url("move/shadow/"), given)
    assert page.status_code == 409
    assert "there is no move to shadow" in error(page)


def test_a_step_down_waits_for_nobody(shop_group, operator):
    scenes.at("reading", 50)
    given = {"epoch": row().epoch, "kind": "down", "reason": "x"}
    controls.allow(GROUP, ["1"], using=USING, who="ann")
    assert operator.post(url("move/shadow/"), given).status_code == 302
    assert place(USING) == "shadow"


def test_a_step_down_never_becomes_a_step_up(shop_group, operator):
    scenes.ready_for("shadow")  # at verified
    given = {"epoch": row().epoch, "kind": "down", "reason": "x"}  # of somebody who saw it at reading
    page = operator.post(url("move/shadow/"), given)
    assert page.status_code == 409
    assert place(USING) == "verified"


def test_a_group_that_has_to_go_down_does_so_instead_of_stepping_up(shop_group, operator):
    scenes.ready_for("reading")
    form = {"epoch": row().epoch, "kind": "up", "reason": "x"}
    scenes.read(different=3)
    page = operator.post(url("move/reading/10/"), form)
    assert page.status_code == 409
    assert "by itself" in error(page)
    assert place(USING) == "backfilled"


@pytest.mark.parametrize(
    "path", ["move/reading/50/", "move/reading/", "move/final/", "move/switching/", "move/nowhere/"]
)
def test_there_is_no_other_move(shop_group, operator, path):
    scenes.ready_for("reading")
    before = row().epoch
    given = {"epoch": before, "kind": "up", "reason": "x", "typed": GROUP}
    assert operator.get(url(path)).status_code == 409
    page = operator.post(url(path), given)
    assert page.status_code == 409
    assert "there is no move to" in error(page)
    assert row().epoch == before


@pytest.mark.django_db(transaction=True)
def test_a_move_is_never_within_the_transaction_of_its_request(shop_group, operator, monkeypatch):
    """A switch commits step by step, and a step that others have not seen is none."""
    scenes.at("shadow")
    seen = []
    carry_out = acting.moves.carry_out

    def look(*args, **kwargs):
        seen.append(connections[USING].in_atomic_block)
        return carry_out(*args, **kwargs)

    monkeypatch.setattr(acting.moves, "carry_out", look)
    monkeypatch.setitem(connections[USING].settings_dict, "ATOMIC_REQUESTS", True)
    assert confirm(operator, "move/off/").status_code == 302
    assert seen == [False]
