"""The kill switch, and whose reads go where."""

from django.contrib.admin.models import LogEntry

from dynamo_models.cutover import controls, moves
from dynamo_models.cutover.records import GroupState
from dynamo_models.cutover.state import of_row
from dynamo_models.cutover.status import status
from tests.cutover.ladder import GROUP
from tests.operators import scenes
from tests.operators.deeds import OVERVIEW, PAGE, error, row, url
from tests.operators.scenes import USING


def test_the_kill_switch_takes_no_reason_and_ends_again(shop_group, operator):
    scenes.at("reading", 50)
    assert operator.post(url("kill/"), {"reason": ""}).status_code == 302
    assert row().killed
    assert "The kill switch is on" in operator.get(PAGE).content.decode()
    assert operator.post(url("unkill/"), {"reason": "Over."}).status_code == 302
    assert not row().killed
    assert [each.action for each in moves.history(GROUP, USING, 2)] == ["unkill", "kill"]
    assert LogEntry.objects.count() == 2


def test_the_kill_switch_of_all_says_which_it_could_not_reach(shop_group, operator):
    scenes.at("dynamodb")
    page = operator.post(f"{OVERVIEW}kill/", {"reason": ""}, follow=True)
    said = page.content.decode()
    assert "DynamoDB has authority" in said
    groups = {each.group for each in status(USING)}
    assert set(GroupState.objects.filter(killed=True).values_list("group", flat=True)) == groups - {GROUP}


def test_where_dynamodb_has_authority_there_is_no_kill_switch(shop_group, operator):
    scenes.at("dynamodb")
    assert f'href="{url("kill/")}"' not in operator.get(PAGE).content.decode()
    page = operator.post(url("kill/"), {"reason": ""})
    assert page.status_code == 409
    assert "DynamoDB has authority" in error(page)
    assert not row().killed


def test_subjects_are_named_a_line_each(shop_group, operator):
    scenes.at("reading", 50)
    given = {"action": "allow", "subjects": "17\n 18 \n\n", "reason": "Pilots."}
    assert operator.post(url("subjects/"), given).status_code == 302
    assert of_row(vars(row())).allow == {"17", "18"}
    assert operator.post(url("subjects/"), {**given, "action": "deny", "subjects": "18"}).status_code == 302
    assert operator.post(url("subjects/"), {**given, "action": "forget", "subjects": "17"}).status_code == 302
    assert (of_row(vars(row())).allow, of_row(vars(row())).deny) == (frozenset(), {"18"})
    assert {step.who for step in moves.history(GROUP, USING, 3)} == {"op@example.org"}


def test_lists_that_are_too_long_are_refused(shop_group, operator):
    scenes.at("reading", 50)
    given = {"action": "allow", "reason": "x"}
    many = "\n".join(map(str, range(controls.MOST_SUBJECTS + 1)))
    page = operator.post(url("subjects/"), {**given, "subjects": many})
    assert (page.status_code, "are the most" in error(page)) == (409, True)
    assert operator.post(url("subjects/"), {**given, "subjects": "x" * 256}).status_code == 400
    assert operator.post(url("subjects/"), {**given, "subjects": " \n "}).status_code == 400
    assert not of_row(vars(row())).allow
