"""The end of the way back: all that was written is archived, no number is given twice, nothing of the mirror is left.

Each scenario is a process with a bank of its own, in ``tests.switch.ending``.
"""

import json
import subprocess
import sys

import pytest

from tests.conftest import SCALE

# Each takes ten seconds and more; everywhere with DYNAMO_FUZZ_SCALE above 1.
SQL = ("sqlite", "postgresql", "mariadb") if SCALE > 1 else ("mariadb",)
NOTHING = [0, {"rows": {}, "triggers": [], "items": {"tombstones": 0, "items": 0}}]


def found(name, database):
    done = subprocess.run(
        [sys.executable, "-m", "tests.switch", name, "--database", database],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 2:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("database", SQL)
def test_at_final_sql_is_an_archive_of_all_that_was_written_and_numbers_come_from_dynamodb(database):
    said = found("final", database)
    assert said["place"] == "final"
    assert said["sql"] == [["moved", 0], ["n0", 7], ["n3", 0], ["n4", 0]]
    assert said["entries"] == ["opened"] * 4 + ["there"]
    assert said["closed"]
    assert "DynamoDB has authority" in said["sql refuses"]
    assert said["above"]
    assert said["in order"]


def test_from_final_on_writes_ask_sql_for_the_stage_alone_and_leave_no_bookkeeping():
    said = found("final", "sqlite")
    assert all("dynamo_models_groupstate" in statement for statement in said["statements"])
    assert said["bookkeeping of new"] == []
    assert said["verified"][0] == 4
    assert "dynamo_archive accounts --check" in said["verified"][1]
    assert said["verified all"] == [0, ["accounts"], ["bank.branch"]]
    assert said["unconfirmed"] == 2
    assert said["again"][0] == said["back"][0] == 2
    assert "no way back" in said["back"][1]


def test_final_waits_for_neighbours_and_complete_for_an_archive():
    said = found("guards", "sqlite")
    assert "branches" in said["neighbours"]["neighbours"]
    assert "bank.card.account" in said["cards"]["outside"]
    assert said["free"] == {}
    assert "exported" in said["no archive"]["archive"]


@pytest.mark.parametrize("database", SQL)
def test_complete_leaves_nothing_of_the_mirror_and_another_group_alone(database):
    said = found("complete", database)
    assert said["left before"][0] == 3
    assert min(said["left before"][2].values()) > 0
    assert said["triggers before"]
    assert said["place"] == "complete"
    assert said["left"] == NOTHING
    assert said["gates"]
    assert said["others"]
    assert said["state"] == [1, True]
    assert said["watch"] == []
    assert said["migrated"][0] == said["left after migrate"] == said["left after writes"] == said["status"] == 0
    assert said["read"] == 8


def test_clearing_beside_writers_loses_nothing_and_fails_nobody():
    said = found("complete_beside_writers", "postgresql")
    assert said["place"] == "complete"
    assert said["lost"] == said["errors"] == []
    assert said["writes"]
    assert said["left"] == NOTHING


@pytest.mark.parametrize("database", ["sqlite", "postgresql"] if SCALE > 1 else ["sqlite"])
def test_no_number_is_given_twice_across_final(database):
    said = found("numbers", database)
    assert said["twice"] == 0
    assert said["many"]
    assert said["from sql"]
    assert said["from blocks"]


def test_a_crash_in_final_is_given_up_by_a_relay_and_ended_by_the_same_command():
    said = found("crashes_of_final", "sqlite")
    assert said.pop("after freeze, again") == ["dynamodb", "final"]
    accounts, numbers = said.pop("accounts"), said.pop("numbers")
    assert numbers == accounts
    said.pop("seconds")
    assert said
    assert set(map(tuple, said.values())) == {("dynamodb", False)}


def test_a_crash_behind_the_journal_of_final_is_ended_by_the_same_command():
    said = found("crash_behind_the_journal", "sqlite")
    assert (said["between"], said["place"]) == ("final", "final")


def test_a_crash_in_complete_goes_on_with_the_same_command():
    said = found("crashes_of_complete", "sqlite")
    assert said["in a page"] == [True, "final"]
    assert said["after stage"] == [True, "complete"]
    assert said["ended"][0] == 0
    assert said["place"] == "complete"
    assert said["left"] == NOTHING


def test_an_archive_has_every_row_as_it_is_and_what_changes_is_found():
    pytest.importorskip("pyarrow", reason="Parquet takes pyarrow")
    said = found("archive", "sqlite")
    assert said["before final"] == [1, True]
    assert said["texts"]
    assert said["details"] == [True, None]
    assert said["in order"]
    assert said["manifest"] == [["bank_account", 2], ["bank_entry", 8]]
    assert (said["checked"], said["twice"], said["another's"], said["nothing"], said["no group"]) == (0, 1, 1, 1, 2)
    assert said["altered"][0] == 3
    assert "checksum" in said["altered"][1]
    assert said["parquet"]
    assert said["parquet details"] is None
    assert said["parquet checked"] == 0
    assert said["a row less"] == [3, 3]
