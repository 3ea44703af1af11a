"""A bank, or another project, with a database and an endpoint of its own, for a program: everything that runs beside
it is a process."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ADDRESSES = {"postgresql": 5432, "mariadb": 3306}
GROUPS = ("accounts", "branches")  # in the order in which they switch


@contextlib.contextmanager
def world(database, engine="dynoxide", *, project="tests.switch.settings", populate=None):
    """Django set up for an empty bank at all reads; exits with 2 where there is no such database here.

    project: settings of another that reads BANK too; populate then makes what it needs.
    """
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        held = stack.enter_context(_database(database, directory))
        os.environ["BANK"] = json.dumps({"database": held, "endpoint": "http://127.0.0.1:9"})
        os.environ["DJANGO_SETTINGS_MODULE"] = project
        import django
        from django.conf import settings

        django.setup()
        from dynamo_models import embedded

        url = stack.enter_context(embedded.serve_throwaway(engine, directory / "dynamo")).url
        settings.DYNAMO_MODELS["ENDPOINT"] = url
        os.environ["BANK"] = json.dumps({"database": held, "endpoint": url})
        stack.callback(_close)
        (populate or _populate)()
        yield directory


def _populate():
    from django.core.management import call_command

    from dynamo_models.tables import ensure
    from tests.switch.bank.items import bank
    from tests.switch.bank.models import Branch

    call_command("migrate", verbosity=0)
    ensure(bank)
    for number in range(3):
        Branch.objects.create(name=f"Branch {number}")
    for group in GROUPS:
        to_all_reads(group)


def to_all_reads(group):
    """Up the ladder, past the guards, to where a switch begins."""
    from dynamo_models.cutover import background, moves, serving
    from dynamo_models.cutover.stages import Stage
    from dynamo_models.mirror import backfill, relay
    from dynamo_models.mirror.registration import mirrors

    def up(stage, share=None):
        moves.carry_out(moves.plan(group, Stage(stage), using="default", share=share))

    up("mirror")
    for mirror in mirrors(group):
        backfill.carry_out(mirror, backfill.start(mirror, "default"), "default", backfill.Options(workers=1))
    while relay.work("default").claimed:
        pass
    up("backfilled")
    verified(group)
    up("verified")
    up("shadow")
    for share in (10, 50, 100):
        _compared(group, serving, background)
        up("reading", share)
    _compared(group, serving, background)


def _compared(group, serving, background):
    from dynamo_models.cutover import tallies
    from dynamo_models.mirror.registration import mirrors

    serving.compare(
        mirrors(group)[0],
        ask_other=lambda: [1],
        ask_again=lambda: [1],
        answer=[1],
        what="a read",
        store="sql",
        took=0.001,
    )
    background.finish()
    tallies.flush()


def compared(group):
    """The read that the guard of the next step asks for."""
    from dynamo_models.cutover import background, serving

    _compared(group, serving, background)


def verified(group):
    """A full verification of a group that finds nothing."""
    from dynamo_models.mirror import verify
    from dynamo_models.mirror.registration import mirrors

    for _ in range(5):  # a row that somebody writes all the time may always have a change in flight
        run = verify.verify(mirrors(group), "default", verify.Options(workers=1)).run
        if not run.unsettled:
            break
    assert (run.status, run.mismatches, run.unsettled) == ("completed", 0, 0), (run.status, run.mismatches)
    return run


def place(group):
    """Where a group stands, as SQL has it."""
    from dynamo_models.cutover.state import look_again

    return str(look_again(group, "default").place)


def switch(group, to, *, told=lambda _: None, within=60):
    """Authority of a group moved in this process, as the command does it."""
    from dynamo_models.cutover import moves
    from dynamo_models.cutover.stages import Stage
    from dynamo_models.switch import run

    verified(group)
    if to == "dynamodb":
        compared(group)
    return run.switch(moves.plan(group, Stage(to), using="default"), told=told)


def status(group):
    """What dynamo_status says of a group."""
    from dynamo_models.cutover.status import status as found

    (only,) = found("default", group)
    return only.as_dict()


def drained(seconds=30):
    """Until each store has what the other was given."""
    from dynamo_models.mirror import relay
    from dynamo_models.switch import returning
    from dynamo_models.switch.records import ReturningKey

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        worked = relay.work("default").claimed
        idle = returning.turn("default").idle
        left = ReturningKey.objects.filter(waiting=True).exists() or relay.lag("default").waiting
        if not worked and idle and not left:
            return
        time.sleep(0.02)
    raise AssertionError(f"The stores are not drained: {relay.lag('default')}, to come back: {left}.")


def process(module, *arguments):
    """Another process of the same bank."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def manage(*arguments):
    return subprocess.run([sys.executable, "-m", "django", *arguments], capture_output=True, text=True, check=False)


@contextlib.contextmanager
def _database(name, directory):
    if name == "sqlite":
        options = {"timeout": 30, "transaction_mode": "IMMEDIATE"}
        yield {"ENGINE": "django.db.backends.sqlite3", "NAME": str(directory / "bank.sqlite3"), "OPTIONS": options}
        return
    own = f"bank_{os.getpid()}"
    with _server(name) as execute:
        execute(f"CREATE DATABASE {own}")
    try:
        if name == "postgresql":
            yield {"ENGINE": "django.db.backends.postgresql", "NAME": own, "USER": "postgres", "HOST": "127.0.0.1"}
        else:
            options = {"charset": "utf8mb4"}
            yield {
                "ENGINE": "django.db.backends.mysql",
                "NAME": own,
                "USER": "root",
                "HOST": "127.0.0.1",
                "OPTIONS": options,
            }
    finally:
        with _server(name) as execute:
            execute(f"DROP DATABASE {own}{' WITH (FORCE)' if name == 'postgresql' else ''}")


@contextlib.contextmanager
def _server(name):
    try:
        if name == "postgresql":
            import psycopg

            connection = psycopg.connect("host=127.0.0.1 user=postgres dbname=postgres", autocommit=True)
        else:
            import pymysql

            connection = pymysql.connect(host="127.0.0.1", user="root")
    except Exception as error:  # noqa: BLE001 - whatever it is, there is none
        sys.stderr.write(f"There is no {name} on this machine: {error}\n")
        sys.exit(2)
    try:
        cursor = connection.cursor()
        yield cursor.execute
    finally:
        connection.close()


def _close():
    from django.db import connections

    connections.close_all()
