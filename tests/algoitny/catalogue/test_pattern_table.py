"""The table of patterns says what is sent: for each kind of request, and for each pattern of each installed app."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from algoitny.catalogue import measuring, planned, table
from dynamo_models import Attr, Entity, Key, Table, Text
from dynamo_models.testing import isolated_tables
from tests.algoitny.catalogue import world

LISTED = table.patterns()
with isolated_tables():
    KINDS = [each.name for each in world.define()]


@pytest.fixture
def shop():
    with isolated_tables():
        yield {each.name: each for each in world.define()}


def measured(pattern, make_tables):
    make_tables(*measuring.tables_of(pattern))
    return measuring.differences(pattern)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_request_is_planned_as_it_is_sent_and_billed(name, shop, make_tables):
    assert measured(shop[name], make_tables) == []


@pytest.mark.parametrize("pattern", LISTED, ids=lambda each: each.title)
def test_each_listed_pattern_sends_what_the_table_says(pattern, make_tables):
    assert measured(pattern, make_tables) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"operation": "Scan"}, "operation is 'Query'"),
        ({"index": "GSI9"}, "index is 'by-user'"),
        ({"read_units": 9.0}, "read units is 1.0"),
        ({"write_units": 1.0}, "write units is 0.0"),
    ],
)
def test_what_a_pattern_says_wrongly_is_found(wrong, said, shop, make_tables):
    true = shop["a range"]
    false = replace(true, plan=lambda there: [replace(each, **wrong) for each in true.plan(there)])
    (found,) = measured(false, make_tables)
    assert said in found


def test_a_request_too_many_is_found(shop, make_tables):
    true = shop["delete"]
    found = measured(replace(true, run=lambda: (true.run(), true.run())), make_tables)
    assert found == ["Shop: delete: 1 requests planned, 2 made"]


def test_a_row_says_pattern_operation_key_requests_and_units(shop):
    assert table.row(shop["transaction"]) == {
        "system": "Shop",
        "pattern": "transaction",
        "operation": "TransactWriteItems",
        "key": "Log: id = {id}",
        "requests": 1,
        "read_units": 0.0,
        "write_units": 17.0,
    }
    by_shards = "Shop.GSI1: GSI1PK = MAKER#{maker}#{0…1}, GSI1SK begins_with MADE#"
    assert table.row(shop["by shards"])["key"] == by_shards
    assert table.row(shop["by shards"])["operation"] == "2 Query"
    assert table.row(shop["a range"])["key"] == "Log.by-user: user = {user}, at BETWEEN"
    assert table.row(shop["a fan"])["key"] == "Log.by-user: user = {user}, at = {at}"


def test_a_key_in_words_names_how_its_sort_key_begins():
    with isolated_tables():
        chat = Table("Chat")

    class Message(Entity, table=chat):
        room: Attr[str] = Text()
        day: Attr[str] = Text()
        id: Attr[str] = Text()

        class Keys:
            primary = Key("ROOM#{room}", "MSG#{day}#{id}")

    (one,) = planned.read(Message.objects.filter(room="a", day="b"), [])
    assert one.key == "PK = ROOM#{room}, SK begins_with MSG#{day}#"
    (all_,) = planned.read(Message.objects.filter(room="a"), [])
    assert all_.key == "PK = ROOM#{room}, SK begins_with MSG#"


def test_the_command_prints_markdown_and_json():
    as_json, as_markdown = StringIO(), StringIO()
    call_command("pattern_table", "--format", "json", stdout=as_json)
    call_command("pattern_table", stdout=as_markdown)
    rows = json.loads(as_json.getvalue())
    lines = as_markdown.getvalue().splitlines()
    assert lines[0] == "| system | pattern | operation | key | requests | units |"
    assert len(lines) == len(rows) + 2 == len(LISTED) + 2
    for each in rows:
        assert each["requests"] >= 1


def test_a_list_that_holds_something_else_is_refused_by_its_app(monkeypatch):
    monkeypatch.setattr("algoitny.experiments.patterns.PATTERNS", ["get"])
    with pytest.raises(TypeError, match=r"algoitny\.experiments\.patterns\.PATTERNS holds 'get'"):
        table.patterns()


def test_the_command_refuses_a_system_that_there_is_not():
    with pytest.raises(CommandError, match="There is no system 'x'"):
        call_command("pattern_table", "--system", "x")
