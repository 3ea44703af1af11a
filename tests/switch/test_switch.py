"""Authority moves there and back: each scenario in a process of its own, with a database and an endpoint of its own.

Each takes ten seconds and more, so that each runs where it matters most; all of them everywhere with
DYNAMO_FUZZ_SCALE above 1.
"""

import json
import subprocess
import sys

import pytest

from tests.conftest import SCALE

DATABASES = ("sqlite", "postgresql", "mariadb")


def where(*databases):
    return pytest.mark.parametrize("database", DATABASES if SCALE > 1 else databases)


def scenario(name, database):
    found = subprocess.run(
        [sys.executable, "-m", "tests.switch", name, "--database", database],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if found.returncode == 2:
        pytest.skip(f"There is no {database} on this machine.")
    assert found.returncode == 0, found.stderr[-3000:]
    return json.loads(found.stdout.splitlines()[-1])


@where(*DATABASES)
def test_what_is_written_on_either_side_of_a_switch_is_in_both_stores(database):
    found = scenario("there_and_back", database)
    assert (found["there"], found["back"]) == ("dynamodb", "reading 100 %")
    assert found["read from"] == "dynamodb"
    assert found["sql"] == [["moved", 0], ["n0", 7], ["n3", 0], ["n4", 0], ["new", 0]]
    assert found["entries"] == ["in DynamoDB", "opened", "opened", "opened", "opened"]
    assert found["numbers"] == ["again", "n0", "n3", "n4", "new"]
    assert found["sql has"] == 8  # in SQL at once, as that has authority again
    assert found["sql refuses"].find("DynamoDB has authority of this table bank_account") >= 0
    assert found["id above"]
    assert found["id above again"]
    assert found["log"] == {"Change": 0, "ChangedRow": 0, "Passage": 0, "CanarySeen": 0, "ReturningKey": 0}
    assert found["pauses"][0] < 30


@where("mariadb")
def test_what_sql_alone_has_may_refer_to_a_row_that_was_just_made(database):
    found = scenario("referred_to", database)
    assert (found["cards"], found["differences"]) == (5, 0)
    assert found["accounts"] == sorted(found["made"])


@where("postgresql")
def test_what_reaches_dynamodb_after_the_way_back_is_carried_out_in_sql(database):
    found = scenario("late", database)
    assert (found["owner"], found["version"]) == ("late", 5)  # and what SQL was given meanwhile stays
    assert found["other"] == 7
    assert (found["failed"], found["second"]) == ([], 1)
    assert found["differences"] == 0


@where("sqlite")
def test_what_reaches_dynamodb_after_the_way_back_is_no_difference_before_it_was_read(database):
    found = scenario("late_and_compared", database)
    assert (found["failed"], found["differences"], found["sql has"]) == ([], 0, 1)


@where("sqlite")
def test_children_go_first_and_come_back_last(database):
    found = scenario("order", database)
    assert found["parents first"] == {"order": "Rows of accounts refer to rows of branches: they switch first."}
    assert found["children back first"] == {"order": "Rows of accounts refer to rows of branches: they go back first."}
    assert found["sql"] == ["made there", True]
    assert found["places"] == ["reading 100 %", "reading 100 %"]


@where("postgresql")
def test_a_transaction_that_does_not_end_aborts_the_switch_and_is_not_harmed(database):
    found = scenario("open_transaction", database)
    assert found["refused"].startswith("accounts stays at reading 100 %")
    assert found["place"] == "reading 100 %"
    assert found["versions"] == [41, 42]
    assert found["compared"] == 0


@where("postgresql")
def test_what_a_transaction_writes_that_ends_in_the_pause_is_moved(database):
    found = scenario("ends_in_time", database)
    assert (found["place"], found["read from"], found["version"]) == ("dynamodb", "dynamodb", 41)


@where("sqlite")
def test_a_reader_that_is_overtaken_tells_all_the_same_what_was_written_before(database):
    found = scenario("overtaken", database)
    assert (found["overtaken"], found["told"]) == (1, True)


@where("sqlite")
def test_authority_does_not_overtake_those_who_keep_something_up_from_the_stream(database):
    found = scenario("followed", database)
    assert found["nobody"] == found["told"] == {}
    assert list(found["behind"]) == ["handlers"]
    assert "Bank have not been told of what was written 12" in found["behind"]["handlers"]
    assert found["changes"] >= 2


@pytest.mark.parametrize("place", [9, 12, 17, 24, 28, 33] if SCALE > 1 else [12, 33])
def test_a_switch_that_is_killed_is_ended_by_the_command_that_the_status_names(place):
    """Some of the places; ``python -m tests.switch_crashes`` has all of them."""
    found = subprocess.run(
        [sys.executable, "-m", "tests.switch_crashes", "--only", str(place), "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    report = json.loads(found.stdout)
    assert [row for row in report["rows"] if not row["ok"]] == [], found.stderr[-2000:]
    assert found.returncode == 0
