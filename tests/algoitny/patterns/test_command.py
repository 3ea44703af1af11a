"""The commands as a user runs them: on SQLite and PostgreSQL, against both endpoints that every machine here has."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from dynamo_models import EndpointError, embedded
from tests.algoitny.patterns.conftest import write_problems

ROOT = Path(__file__).resolve().parents[3]
POSTGRES = "postgres://postgres@127.0.0.1:5432"
SEVERAL = """
import json, sys
import django
django.setup()
from django.core.management import call_command
for command in json.loads(sys.argv[1]):
    call_command(*command)
"""


class Place:
    """A database of the test's own, and the environment in which a command uses it."""

    def __init__(self, **environment):
        self.environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "algoitny.settings", **environment}

    def at(self, url, prefix):
        return Place(**{**self.environment, "ALGOITNY_DYNAMODB_ENDPOINT": url, "ALGOITNY_TABLE_PREFIX": prefix})

    def run(self, *command, check=True):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def manage(self, *command, check=True):
        return self.run("manage.py", *command, check=check)

    def several(self, *commands):
        return self.run("-c", SEVERAL, json.dumps(commands)).stdout


def _postgres():
    """A fresh database's URL, and it is dropped afterwards; a skip where no server answers."""
    import psycopg

    name = f"patterns_{uuid.uuid4().hex[:12]}"
    try:
        connection = psycopg.connect(f"{POSTGRES}/postgres", autocommit=True, connect_timeout=20)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL answers at {POSTGRES}: {error}")
    with connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield f"{POSTGRES}/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request, tmp_path_factory):
    """A database with a small history in it."""
    folder = tmp_path_factory.mktemp("database")
    made = None
    if request.param == "sqlite":
        place = Place(ALGOITNY_DATABASE="", ALGOITNY_SQLITE=str(folder / "db.sqlite3"))
    else:
        made = _postgres()
        place = Place(ALGOITNY_DATABASE=next(made))
    place.vendor = request.param
    place.several(
        ["migrate", "--verbosity=0"],
        ["import_problems", str(write_problems(folder / "problems.jsonl"))],
        ["seed_activity", "--users=9", "--runs=90", "--days=30", "--format=json"],
    )
    yield place
    for _ in made or ():
        pass


@pytest.fixture(scope="module", params=["dynoxide", "ministack"])
def endpoint(request, tmp_path_factory):
    try:
        with embedded.serve_throwaway(request.param, tmp_path_factory.mktemp(request.param)) as server:
            yield server.url
    except EndpointError as error:
        pytest.skip(f"{request.param} cannot be had: {error}")


@pytest.fixture
def both(database, endpoint):
    """Tables of their own for each test, with what the database has."""
    place = database.at(endpoint, f"p{uuid.uuid4().hex[:8]}-")
    place.vendor = database.vendor
    said = place.several(
        ["dynamo_tables", "apply", "--format=json"],
        ["dynamo_backfill", "--format=json"],
        ["dynamo_relay", "--once", "--format=json"],
        ["dynamo_verify", "--format=json"],
        ["recount", "--format=json"],  # on ministack, which has no streams, nothing else would
    )
    *_, backfilled, _relayed, verified, _counted = map(json.loads, said.strip().splitlines())
    assert next(run for run in backfilled["runs"] if run["label"] == "history.searchhistory")["done"] == 90
    assert (verified["ok"], verified["mismatches"]) == (True, 0)
    return place


def test_all_patterns_are_equal_and_only_two_scan(both):
    done = both.manage("access_patterns", "--store=both", "--format=json", check=False)
    report = json.loads(done.stdout)
    assert [row["faults"] for row in report["rows"] if not row["ok"]] == []
    assert (done.returncode, report["ok"], report["database"]) == (0, True, both.vendor)
    assert len(report["rows"]) == 33
    assert all(row["equal"] is True and row["value"] == row["bar"] == 0 for row in report["rows"])
    assert [row["number"] for row in report["rows"] if row["scanned"]] == [23, 28]
    assert [row["name"] for row in report["rows"] if row["records"] == 0] == []
    assert report["rows"][6]["name"] == "7 a user's history, newest first"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("endpoint", ["dynoxide"], indirect=True)
def test_a_difference_ends_with_1_and_the_patterns_name(both):
    both.run(
        "-c",
        "import django; django.setup()\n"
        "from algoitny.accounts.items import SubscriptionPlan\n"
        "SubscriptionPlan.objects.get(name='Free').patch(max_hints_per_day=6)",
    )
    done = both.manage("access_patterns", "--only=28,29,31", "--format=json", check=False)
    report = json.loads(done.stdout)
    assert (done.returncode, report["ok"]) == (1, False)
    assert [(row["number"], row["equal"]) for row in report["rows"]] == [(28, False), (29, False), (31, True)]
    assert "max_hints_per_day is 6 in DynamoDB, and 5 in SQL" in report["rows"][1]["faults"][0]
    assert "29 plan by name" in done.stderr
    text = both.manage("access_patterns", "--only=28,29,31", check=False)
    assert text.returncode == 1
    assert "1 of 3 patterns are equal in both stores" in text.stdout
    both.manage("dynamo_verify", "--repair", "--noinput", check=False)
    assert both.manage("access_patterns", "--only=28,29,31").returncode == 0


def test_a_store_without_data_says_what_makes_some(db, tables):
    with pytest.raises(
        CommandError, match=r"'sql' has no problems.*import_problems humaneval; manage.py seed_activity"
    ):
        call_command("access_patterns", store="both")
    with pytest.raises(
        CommandError, match=r"'dynamodb' has no problems.*dynamo_tables apply; manage.py dynamo_backfill"
    ):
        call_command("access_patterns", store="dynamodb")


def test_tables_that_are_not_there_are_said_with_the_command_that_makes_them(seeded, dynamo_endpoint, settings):
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "TABLE_PREFIX": "none-"}
    with pytest.raises(CommandError, match=r"dynamo_tables apply; manage.py dynamo_backfill"):
        call_command("access_patterns", store="dynamodb")


@pytest.mark.parametrize("only", ["0", "34", "a", "", "7,,8"])
def test_patterns_that_are_none_are_refused(only):
    with pytest.raises(CommandError, match="is no list of patterns"):
        call_command("access_patterns", f"--only={only}")


def test_the_table_has_at_most_120_columns(copied, capsys):
    call_command("access_patterns", store="both")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines[2:])) <= 120
    assert "33 of 33 patterns are equal in both stores" in lines[-1]
