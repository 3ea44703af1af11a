"""A run that another process works off: enqueued by the route, done by `manage.py db_worker`, followed by its id."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from algoitny import store

ROOT = Path(__file__).resolve().parents[3]

# One process is the server, with the test client in place of a socket: it prints what it is answered.
SERVER = """
import sys, json, django
django.setup()
from django.test import Client
client = Client(SERVER_NAME="localhost")
from tests.algoitny.helpers import a_problem, a_user, sign_in, send
{body}
"""

START = """
a_problem(cases=[("1", "1"), ("2", "2")])
body = {"platform": "baekjoon", "problem_id": "1000", "language": "python", "code": "print(input())"}
headers = sign_in(client)
started = send(client, "POST", "/api/execute/", body, headers=headers)
print(json.dumps([started.status_code, started.json(), client.get(started.json()["status_url"]).json()]))
"""

FOLLOW = """
task = client.get(sys.argv[1]).json()
run = client.get(f"/api/history/{task['result']['history_id']}/", headers=sign_in(client)).json()
print(json.dumps([task, run["passed_count"], run["user_id"] == a_user().id]))
"""


@pytest.fixture(params=store.STORES)
def run_process(request, tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "algoitny.settings",
        "ALGOITNY_TASKS": "database",
        "ALGOITNY_STORE": request.param,
        "ALGOITNY_DATABASE": "",
        "ALGOITNY_SQLITE": str(tmp_path / "worker.sqlite3"),
        "ALGOITNY_ALLOW_SUBPROCESS_RUNNER": "1",
    }
    if request.param == "dynamodb":
        request.getfixturevalue("tables")
        from django.conf import settings

        environment |= {
            "ALGOITNY_DYNAMODB_ENDPOINT": settings.DYNAMO_MODELS["ENDPOINT"],
            "ALGOITNY_TABLE_PREFIX": settings.DYNAMO_MODELS["TABLE_PREFIX"],
        }

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("manage.py", "migrate", "--verbosity", "0")
    return run


def test_a_worker_in_another_process_works_off_what_the_route_enqueued(run_process):
    status, started, waiting = json.loads(run_process("-c", SERVER.replace("{body}", START)))
    assert (status, waiting["status"], waiting["result"]) == (202, "PENDING", None)
    run_process("manage.py", "db_worker", "--batch", "--no-reload", "--no-startup-delay", "--interval", "0")
    task, passed, is_own = json.loads(run_process("-c", SERVER.replace("{body}", FOLLOW), started["status_url"]))
    assert (task["status"], task["result"]["summary"]["passed"], passed, is_own) == ("COMPLETED", 2, 2, True)
