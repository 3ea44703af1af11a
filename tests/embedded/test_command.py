"""``manage.py dynamo_local`` as a person or a script runs it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dynamo_models import embedded
from dynamo_models.embedded.place import Place
from tests.embedded.conftest import PATIENCE, ROOT, User, eventually, kill_9

SETTINGS = """
SECRET_KEY = "for these tests"
INSTALLED_APPS = ["dynamo_models"]
USE_TZ = True
DYNAMO_MODELS = {{"ENDPOINT": "embedded", "EMBEDDED": {{"DIRECTORY": {directory!r}, "ENGINE": {engine!r}}}}}
"""

Run = Callable[..., subprocess.CompletedProcess]


class Site:
    """A Django site whose embedded endpoint is in the test's folder."""

    def __init__(self, folder: Path, directory: Path, engine: str | None) -> None:
        (folder / "site_settings.py").write_text(SETTINGS.format(directory=str(directory), engine=engine))
        self.command = [sys.executable, "-m", "django", "dynamo_local"]
        path = os.pathsep.join(filter(None, (str(folder), str(ROOT), os.environ.get("PYTHONPATH"))))
        self.environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "site_settings", "PYTHONPATH": path}

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
        return subprocess.run(
            [*self.command, *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [*self.command, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def site(directory: Path, engine: str, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site"), directory, None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_serves_until_it_is_interrupted(site: Site, directory: Path, place: Place, number: int) -> None:
    with site.start() as process:
        line = process.stdout.readline()
        found = embedded.status(directory)
        assert line == str(found) + "\n"
        assert found.url in process.stdout.readline()
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
    eventually(lambda: not place.server_lives(), "the server stops")


def test_run_ends_with_an_error_when_the_server_dies(site: Site, place: Place) -> None:
    with site.start("run") as process:
        process.stdout.readline()
        kill_9(place.read_pid(place.server))
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "has stopped. Its log is" in errors


def test_run_takes_an_engine(site: Site) -> None:
    with site.start("--engine", "moto") as process:
        assert process.stdout.readline().startswith("DynamoDB endpoint: moto ")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_status_says_whether_it_runs(site: Site, directory: Path, engine: str) -> None:
    done = site.run("status")
    assert (done.returncode, done.stdout) == (0, f"DynamoDB endpoint: none runs on the data in {directory}\n")
    assert json.loads(site.run("status", "--format", "json").stdout) == {"running": False, "directory": str(directory)}
    with embedded.endpoint(directory, engine) as found:
        assert site.run("status").stdout == f"{found}\n"
        shown = json.loads(site.run("status", "--format", "json").stdout)
    assert shown == {
        "running": True,
        "directory": str(directory),
        "url": found.url,
        "engine": engine,
        "version": found.version,
        "description": found.description,
        "keeps_data": True,
        "pid": found.pid,
        "users": [os.getpid()],
    }


def test_stop_refuses_while_it_is_in_use_unless_forced(site: Site, directory: Path, place: Place, engine: str) -> None:
    assert site.run("stop").stdout == "Nothing to stop: it does not run.\n"
    with User(directory, engine) as user:
        user.server()
        refused = site.run("stop")
        assert refused.returncode == 1
        assert f"in use (process {user.process.pid})" in refused.stderr
        assert place.server_lives()
        done = site.run("stop", "--force")
        assert (done.returncode, done.stdout) == (0, "Stopped.\n")
        assert not place.server_lives()
        assert not place.keeper_lives()
        assert user.leave() == ""


def test_stop_stops_a_server_without_a_keeper(site: Site, directory: Path, place: Place, engine: str) -> None:
    with User(directory, engine) as user:
        user.server()
        kill_9(place.read_pid(place.keeper))
        kill_9(user.process.pid)
    assert place.server_lives()
    assert site.run("stop").stdout == "Stopped.\n"
    assert not place.server_lives()


def test_reset_deletes_the_data_and_nothing_else(site: Site, directory: Path, engine: str) -> None:
    (directory / "mine.txt").write_text("not the endpoint's")
    with embedded.endpoint(directory, engine):
        refused = site.run("reset", "--noinput")
        assert refused.returncode == 1
        assert "a server runs on it" in refused.stderr
    embedded.stop(directory)
    assert (directory / "dynoxide.db").exists()
    assert site.run("reset", stdin="no\n").returncode == 1
    assert "--noinput" in site.run("reset").stderr
    assert (directory / "dynoxide.db").exists()
    done = site.run("reset", "--noinput")
    assert done.returncode == 0
    assert str(directory / "dynoxide.db") in done.stdout
    assert not (directory / "dynoxide.db").exists()
    assert (directory / "mine.txt").exists()
    assert site.run("reset").stdout == "Nothing to delete.\n"


def test_reset_asks_first(site: Site, directory: Path, engine: str) -> None:
    with embedded.endpoint(directory, engine):
        pass
    embedded.stop(directory)
    assert site.run("reset", stdin="yes\n").returncode == 0
    assert not (directory / "dynoxide.db").exists()


def test_fetch_has_the_engine_ready_and_starts_nothing(site: Site, place: Place) -> None:
    done = site.run("fetch")
    assert done.returncode == 0
    assert done.stdout.startswith("Ready: dynoxide ")
    assert not place.server_lives()


def test_an_engine_of_the_settings_that_is_none_is_an_error(
    directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    done = Site(tmp_path_factory.mktemp("site"), directory, "dynamo").run("run")
    assert done.returncode == 1
    assert "'dynamo', and there is no such engine" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("serve",), ("status", "--force"), ("stop", "--engine", "moto"), ("run", "--engine", "dynamo"), ("--frobnicate",)],
)
def test_what_cannot_be_meant_is_a_usage_error(site: Site, arguments: tuple[str, ...]) -> None:
    done = site.run(*arguments)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
