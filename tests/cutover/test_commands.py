"""``dynamo_cutover`` and ``dynamo_status`` as an operator has them: what they say, and what they exit with."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections
from django.test.utils import CaptureQueriesContext

from dynamo_models.cutover import moves, serving, state
from dynamo_models.cutover.records import GroupState, GroupStep, ReadMismatch
from dynamo_models.mirror.registration import mirror_of
from tests.cutover.conftest import flushed
from tests.cutover.ladder import GROUP, PRODUCT, backfilled, choice, compared, place, put, stock, verified
from tests.mirror.shop.models import Product


def cutover(using, *arguments, code=0, **options):
    out = StringIO()
    try:
        call_command("dynamo_cutover", *arguments, database=using, stdout=out, **options)
        left = 0
    except CommandError as error:
        left = error.returncode
    assert left == code, out.getvalue()
    return out.getvalue()


def as_json(using, *arguments, **options):
    return json.loads(cutover(using, *arguments, format="json", **options))


def status(using, *arguments, **options):
    out = StringIO()
    call_command("dynamo_status", *arguments, database=using, stdout=out, **options)
    return out.getvalue()


def of_group(using):
    return json.loads(status(using, GROUP, format="json"))["groups"][0]


def test_the_commands_that_status_names_lead_up(using):
    """What holds the next step names a command; carried out, one after the other, they lead to all reads."""
    stock(using)
    commands = {
        "backfill": lambda: backfilled(using),
        "verify": lambda: verified(using),
        "reads": lambda: compared(using),
    }
    held = []
    for _ in range(20):
        found = of_group(using)
        if found["next"]["stage"] == "dynamodb":
            break
        wrong = [guard for guard in found["next"]["guards"] if not guard["ok"]]
        assert all(guard["command"].startswith("manage.py dynamo_") for guard in wrong)
        if wrong:
            held.append(wrong[0]["guard"])
            commands[wrong[0]["guard"]]()
            continue
        assert found["next"]["ready"]
        _, _, *arguments = found["next"]["command"].split()
        cutover(using, *arguments)
    assert held == ["backfill", "verify", "reads", "reads", "reads"]
    assert (found["stage"], found["share"], found["authority"]) == ("reading", 100, "sql")
    assert found["down"] == ["reading 50 %", "reading 10 %", "shadow", "verified", "backfilled", "mirror", "off"]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(using):
    said = as_json(using, GROUP, "--to", "mirror", "--dry-run")
    assert (said["ok"], said["dry_run"], said["from"], said["to"]) == (
        *(True, True),
        *({"stage": "off", "share": 0}, {"stage": "mirror", "share": 0}),
    )
    assert {guard["guard"] for guard in said["guards"]} == {"tables", "triggers", "firing"}
    put(using, "mirror")
    said = as_json(using, GROUP, "--to", "backfilled", "--dry-run", code=4)
    assert not said["ok"]
    (refused,) = said["guards"]
    assert refused["guard"] == "backfill"
    assert refused["command"] == f"manage.py dynamo_backfill --group default --database {using}"
    text = cutover(using, GROUP, "--to", "backfilled", "--dry-run", code=4)
    assert "ok      mapping:" in text
    assert "REFUSED backfill: " in text
    assert "\n        manage.py dynamo_backfill --group default" in text
    assert place(using) == "mirror"
    assert GroupStep.objects.using(using).count() == 1


def test_exit_codes(using, monkeypatch):
    assert "went from off to mirror" in cutover(using, GROUP, "--to", "mirror", "--noinput", "--reason", "we begin")
    assert GroupStep.objects.using(using).get().reason == "we begin"
    cutover(using, GROUP, "--to", "backfilled", code=4)
    cutover(using, GROUP, "--to", "shadow", code=2)
    cutover(using, GROUP, "--to", "mirror", code=2)
    cutover(using, "unheard", "--to", "mirror", code=2)
    cutover(using, "--to", "mirror", code=2)
    cutover(using, GROUP, "--to", "mirror", "--share", "10", code=2)
    cutover(using, GROUP, "--to", "reading", "--share", "101", code=2)
    cutover("nowhere", GROUP, "--to", "mirror", code=2)

    def away(*_, **__):
        raise DatabaseError("away")

    with monkeypatch.context() as patch:
        patch.setattr(moves, "plan", away)
        assert "away" in as_json(using, GROUP, "--to", "off", code=1)["error"]
    planned = moves.plan(GROUP, moves.Stage.OFF, using=using)
    cutover(using, GROUP, "--to", "off")
    monkeypatch.setattr(moves, "plan", lambda *_, **__: planned)
    assert "is at off now" in as_json(using, GROUP, "--to", "off", code=4)["error"]


@pytest.mark.parametrize("arguments", [["--to", "dynamodb"], ["--to", "switching"], [], ["--kill", "--unkill"]])
def test_what_there_is_not_is_not_offered(using, arguments):
    with pytest.raises(CommandError):
        call_command("dynamo_cutover", GROUP, *arguments, database=using)


def test_a_move_looks_first_whether_the_group_can_stay_at_all(using):
    put(using, "verified")
    GroupState.objects.using(using).update(mapping="as it was")
    said = cutover(using, GROUP, "--to", "shadow", code=2)
    assert "default went from verified to mirror by itself: The mapping has changed" in said


def test_the_kill_switch_of_one_group_and_of_all(using):
    put(using, "reading", 100)
    assert "SQL answers every read of default." in cutover(using, GROUP, "--kill", "--dry-run")
    assert choice(using).store == "dynamodb"
    cutover(using, GROUP, "--kill", "--reason", "it burns")
    assert choice(using).store == "sql"
    assert "KILLED: SQL answers every read" in status(using, GROUP)
    cutover(using, GROUP, "--unkill")
    assert choice(using).store == "dynamodb"
    groups = as_json(using, "--kill")["groups"]
    assert GROUP in groups
    assert len(groups) > 1
    assert choice(using).store == "sql"
    assert GroupState.objects.using(using).filter(killed=True).count() == len(groups)
    cutover(using, "unheard", "--kill", code=2)
    history = of_group(using)["history"]
    assert [each["action"] for each in history[:3]] == ["kill", "unkill", "kill"]
    assert history[2]["reason"] == "it burns"


def test_subjects_are_listed_and_unlisted(using):
    put(using, "reading", 10)
    assert "would change" in cutover(using, GROUP, "--allow", "1", "--dry-run")
    assert as_json(using, GROUP, "--allow", "1", "2") == {"ok": True, "allow": ["1", "2"], "deny": []}
    assert as_json(using, GROUP, "--deny", "2", "3") == {"ok": True, "allow": ["1"], "deny": ["2", "3"]}
    assert as_json(using, GROUP, "--forget", "1", "3") == {"ok": True, "allow": [], "deny": ["2"]}
    assert cutover(using, GROUP, "--forget", "2") == "default: allow: nobody; deny: nobody.\n"
    step = of_group(using)["history"][1]
    assert (step["action"], step["evidence"]) == ("forget", {"subjects": ["1", "3"]})
    cutover(using, GROUP, "--allow", " ", code=2)
    cutover(using, GROUP, "--allow", *map(str, range(1001)), code=2)
    cutover(using, "unheard", "--allow", "1", code=2)
    assert state.state_of(GROUP, using).step == GroupStep.objects.using(using).earliest("pk").pk


def test_status_shows_what_there_is(each):
    stock(each, 3)
    put(each, "reading", 10)
    for _ in range(4):
        choice(each)
    serving.unserved(mirror_of(PRODUCT), "it needs a scan", "views.py:7", using=each)
    compared(each)
    flushed()
    ReadMismatch.objects.using(each).create(
        group=GROUP, step=1, source=PRODUCT, what="the list", sql="[1]", dynamodb="[2]", served_by="sql"
    )
    found = of_group(each)
    assert (found["stage"], found["share"], found["database"]) == ("reading", 10, each)
    assert found["mirrors"] == ["shop.product", "shop.part", "shop.employee"]
    assert found["lag"] | {"seconds": 0} == {
        "waiting": 3,
        "or_more": False,
        "seconds": 0,
        "dead": 0,
        "dead_letters": [],
    }
    assert found["reads"]["same"] == 5
    assert found["reads"]["latency"]["sql"]["count"] == found["reads"]["latency"]["dynamodb"]["count"] == 5
    assert sum(found["reads"]["served"].values()) == 4
    assert found["mismatches"][0]["what"] == "the list"
    assert found["unserved"] == {
        "count": 1,
        "most": [{"source": PRODUCT, "place": "views.py:7", "reason": "it needs a scan", "count": 1}],
    }
    assert found["unseen"]["count"] == 0
    assert [run["status"] for run in found["backfill"]] == ["never"] * 3
    assert found["verify"] is None
    assert found["next"]["stage"] == "reading"
    assert found["next"]["share"] == 50
    assert not found["next"]["ready"]
    text = status(each, GROUP)
    for part in (
        "default: reading 10 % since ",
        "held",
        "latency      DynamoDB p50",
        "views.py:7",
        "the list",
        "a test",
    ):
        assert part in text
    put(each, "verified")
    assert of_group(each)["earlier_reads"][0]["same"] == 5


def test_status_of_groups_that_nobody_has_moved(using):
    found = json.loads(status(using, format="json"))["groups"]
    assert GROUP in {each["group"] for each in found}
    assert {(each["stage"], each["since"]) for each in found} == {("off", None)}
    assert f"{GROUP}: off, authority sql" in status(using)
    assert not GroupState.objects.using(using).exists()
    with pytest.raises(CommandError) as error:
        status(using, "unheard")
    assert error.value.returncode == 2


def test_status_reads_no_row_of_the_models(using):
    stock(using, 2)
    put(using, "reading", 10)
    with CaptureQueriesContext(connections[using]) as queries:
        of_group(using)
    tables = {Product._meta.db_table, "shop_part", "shop_employee", "shop_person"}
    assert not [
        query["sql"]
        for query in queries
        if any(f"FROM {quote}{table}" in query["sql"] for table in tables for quote in ('"', "`", ""))
    ]
    assert not [query["sql"] for query in queries if query["sql"].lstrip().startswith(("INSERT", "UPDATE", "DELETE"))]
