"""``manage.py dynamo_tables``: what it prints, what it sends, and how it ends."""

from __future__ import annotations

import io
import json
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from dynamo_models import tables
from dynamo_models.management.commands.dynamo_tables import Command
from dynamo_models.schema.table import Index, LocalIndex, Table
from dynamo_models.tables.endpoint import Endpoint
from tests.tables.fake_dynamodb import FakeDynamoDB, FakeScaling, refused


@pytest.fixture
def fake(monkeypatch):
    """One endpoint for the one table of a test."""
    made = FakeDynamoDB()
    monkeypatch.setattr(tables, "endpoint", lambda table: Endpoint(made, FakeScaling(), aws=True))
    return made


def run(*arguments):
    """(what it printed, how it ended, what it said of that)."""
    out = io.StringIO()
    try:
        call_command("dynamo_tables", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue(), error.returncode, str(error)
    return out.getvalue(), 0, ""


def run_json(*arguments):
    text, code, _ = run(*arguments, "--format", "json")
    assert text.count("\n") == 1
    return json.loads(text), code


def test_a_plan_shows_each_step_and_ends_well_and_sends_nothing(fake):
    Table("Main", indexes=[Index("GSI1")], ttl="expires", recovery=True)
    text, code, _ = run("plan")
    assert code == 0
    assert text.splitlines() == [
        "Main does not exist",
        "  + create the table: PK (S), SK (S); on demand; indexes GSI1",
        "  ~ point-in-time recovery: on",
        "  ~ time to live: on, attribute expires",
        "1 table, 3 changes.",
    ]
    assert fake.mutations() == []


def test_apply_shows_each_step_as_it_is_done_and_a_second_has_nothing_to_do(fake):
    fake.slowness = 1
    Table("Main", ttl="expires")
    text, code, _ = run("apply")
    assert code == 0
    assert "Main ~ time to live: on, attribute expires…\nMain ~ time to live: on, attribute expires: done\n" in text
    assert "2 changes done in" in text
    text, code, _ = run("apply")
    assert (code, text.splitlines()[:2]) == (0, ["Main is as defined", "1 table, 0 changes."])


def test_waiting_and_backfills_are_shown(fake):
    Table("Main")
    run("apply")
    fake.slowness = 2
    Table("Main", indexes=[Index("GSI1")])
    text, _, _ = run("apply")
    assert (
        "+ add index GSI1: GSI1PK (S), GSI1SK (S), projecting all: table updating; index GSI1 creating (backfilling)\n"
        in text
    )


def test_dry_run_of_apply_shows_the_plan_and_sends_nothing(fake):
    Table("Main", ttl="expires")
    text, code, _ = run("apply", "--dry-run")
    assert (code, fake.mutations()) == (0, [])
    assert "  + create the table" in text
    found, code = run_json("apply", "--dry-run")
    assert (code, found["ok"], found["dry_run"], fake.mutations()) == (0, True, True, [])


def test_the_json_of_plan_and_apply_is_one_object(fake):
    Table("Main", ttl="expires")
    found, code = run_json("plan")
    assert (code, found["ok"], found["action"], found["dry_run"]) == (0, True, "plan", False)
    (table,) = found["tables"]
    assert (table["table"], table["exists"]) == ("Main", False)
    assert [step["kind"] for step in table["steps"]] == ["CreateTable", "SetTTL"]
    found, code = run_json("apply")
    (table,) = found["tables"]
    assert (code, found["ok"], table["state"], table["error"]) == (0, True, "done", None)
    assert [step["kind"] for step in table["done"]] == ["CreateTable", "SetTTL"]
    assert (table["unknowns"], table["refusals"]) == ([], [])
    found, _ = run_json("apply")
    assert (found["tables"][0]["steps"], found["tables"][0]["done"]) == ([], [])


@pytest.mark.parametrize("action", ["plan", "apply"])
def test_what_cannot_be_done_ends_with_4_and_says_what_to_do(fake, action):
    Table("Main")
    run("apply")
    before = len(fake.mutations())
    Table("Main", indexes=[LocalIndex("LSI1")], ttl="expires")
    text, code, said = run(action, "--noinput")
    assert code == 4
    assert "  ! local index LSI1: DynamoDB makes a local index with its table" in text
    assert "Main cannot be made what the definition says" in said
    found, code = run_json(action)
    assert (code, found["ok"]) == (4, False)
    assert found["tables"][0]["refusals"][0]["what"] == "local index LSI1"
    assert len(fake.mutations()) == before


def test_an_index_of_another_shape_needs_the_flag(fake):
    Table("Main", indexes=[Index("GSI1")])
    run("apply")
    Table("Main", indexes=[Index("GSI1", projection="keys")])
    _, code, _ = run("apply", "--noinput")
    assert code == 4
    text, code, _ = run("apply", "--drop", "--noinput")
    assert code == 0
    assert "  ~ replace index GSI1: " in text


def test_an_extra_index_is_shown_and_left_unless_drop_is_given(fake):
    Table("Main", indexes=[Index("GSI1")], deletion_protection=True)
    run("apply")
    Table("Main")
    text, code, _ = run("apply")
    assert code == 0
    assert "  = index GSI1: there and not in the definition; left (--drop takes it away)" in text
    assert "  = deletion protection: there and not in the definition; left (--allow-unprotect takes it away)" in text
    assert len(fake.table["GlobalSecondaryIndexes"]) == 1
    assert run("apply", "--drop", "--allow-unprotect", "--noinput")[1] == 0
    assert fake.table["GlobalSecondaryIndexes"] == []
    assert not fake.table["DeletionProtectionEnabled"]


def test_losing_something_is_not_done_where_nobody_can_be_asked(fake):
    Table("Main", indexes=[Index("GSI1")])
    run("apply")
    before = len(fake.mutations())
    Table("Main")
    _, code, said = run("apply", "--drop")
    assert code == 4
    assert said == "Nothing was changed: this loses something (Main: drop index GSI1). Give --noinput to do it."
    found, code = run_json("apply", "--drop")
    assert (code, found["ok"]) == (4, False)
    assert len(fake.mutations()) == before


@pytest.mark.parametrize(("answer", "ends"), [("yes", 0), ("y", 4), ("", 4)])
def test_a_person_is_asked_before_something_is_lost(fake, monkeypatch, answer, ends):
    Table("Main", indexes=[Index("GSI1")])
    run("apply")
    Table("Main")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda prompt: answer)
    text, code, _ = run("apply", "--drop")
    assert code == ends
    assert "This loses something:\n  Main: drop index GSI1\n" in text
    assert bool(fake.table["GlobalSecondaryIndexes"]) == (ends != 0)


def test_an_error_ends_with_1_and_says_how_far_it_came(fake):
    def fails(operation, parameters):
        if operation == "UpdateTimeToLive":
            raise refused(operation, "InternalServerError", "try later")

    fake.before = fails
    Table("Main", ttl="expires")
    _, code, said = run("apply")
    assert code == 1
    assert "UpdateTimeToLive on Main: try later" in said
    found, code = run_json("apply")
    assert (code, found["ok"], found["tables"][0]["state"]) == (1, False, "failed")
    assert "try later" in found["error"]


def test_an_endpoint_that_does_not_answer_ends_with_1(settings):
    settings.DYNAMO_MODELS = {"ENDPOINT": "http://127.0.0.1:9", "REGION": "us-east-1", "RETRIES": 0}
    Table("Main")
    _, code, said = run("plan")
    assert code == 1
    assert "the endpoint did not answer" in said


def test_a_definition_that_cannot_be_ends_with_1(fake):
    from dynamo_models.schema.table import Provisioned

    Table("Main", indexes=[Index("GSI1", capacity=Provisioned(1, 1))])
    found, code = run_json("plan")
    assert code == 1
    assert "DynamoDB bills both in one way" in found["error"]


def test_tables_are_chosen_by_either_name(fake, settings):
    settings.DYNAMO_MODELS = {"TABLE_PREFIX": "stage-"}
    Table("Main")
    Table("Other")
    for given in ("Main", "stage-Main"):
        text, code, _ = run("plan", given)
        assert code == 0
        assert text.startswith("Main (stage-Main) does not exist\n")
        assert "Other" not in text


def test_a_table_that_nobody_defined_is_a_fault_of_usage(fake):
    Table("Main")
    _, code, said = run("plan", "Mian")
    assert code == 2
    assert "No table is defined as Mian. Defined are: Main." in said


@pytest.mark.parametrize("arguments", [[], ["drop"], ["plan", "--timeout", "0"], ["plan", "--timeout", "soon"]])
def test_wrong_arguments_end_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "dynamo_tables", *arguments])
    assert ended.value.code == 2
    assert "usage: manage.py dynamo_tables" in capsys.readouterr().err


def test_no_tables_at_all_is_said(fake):
    text, code, _ = run("plan")
    assert code == 0
    assert "No tables are defined" in text


def test_the_help_says_what_drop_can_break(capsys):
    with pytest.raises(SystemExit):
        Command().run_from_argv(["manage.py", "dynamo_tables", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    assert "Whatever reads a lost index or stream breaks" in text
    assert "No table is ever deleted" in text


def test_the_whole_way_on_a_real_endpoint(dynamo_endpoint, name, live_tables):
    live_tables(Table(name, indexes=[Index("GSI1")], ttl="expires", recovery=True, tags={"a": "b"}))
    assert run("plan", name)[1] == 0
    found, code = run_json("apply", name)
    assert (code, found["ok"]) == (0, True)
    text, code, _ = run("apply", name)
    assert code == 0
    assert f"{name} is as defined" in text
    assert "0 changes" in text
