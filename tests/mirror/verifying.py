"""Verifications in a process of their own, which is killed or told to stop while it is at it."""

import os
import signal
import sys
import time

from django.core.management import CommandError, call_command

from dynamo_models import transport
from dynamo_models.mirror import verify
from dynamo_models.mirror.registration import mirrors
from dynamo_models.mirror.verify import keeper, looks, settle, target, walks


def _small():
    """Batches and pages of a few, and a place that is saved at once."""
    walks.BATCH = 5
    keeper.SAVE = keeper.LOOK = 0.01
    settle.FIRST_PAUSE = settle.LONGEST_PAUSE = 0.01
    pages_of(7)


def pages_of(items):
    real = transport.call

    def call(table, operation, request):
        return real(table, operation, {**request, "Limit": items} if operation == "Scan" else request)

    target.transport = type("_Transport", (), {"call": staticmethod(call)})


class _Saves:
    """Which savings of the place have begun and which have ended, by number."""

    def __init__(self):
        self.begun = self.ended = 0
        real = keeper.Keeper.save

        def save(of):
            self.begun += 1
            number = self.begun
            real(of)
            self.ended = number

        keeper.Keeper.save = save

    def wait(self):
        """Until one is done that began after this call, and so has all that is reached by now."""
        before, deadline = self.begun, time.monotonic() + 60
        while self.ended <= before:
            if time.monotonic() > deadline:
                raise AssertionError("Nothing was saved.")
            time.sleep(0.01)


def killed(using, where, candidates):
    """Killed at the fifth batch of rows, or at the third page of items, with what was reached before saved."""
    _small()
    walks.CANDIDATES = candidates
    left, saves = {"rows": 5, "items": 3}, _Saves()

    def at(kind, real):
        def done(*arguments):
            left[kind] -= 1
            if kind == where and not left[kind]:
                saves.wait()
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments)

        return done

    looks.Looker.compared = at("rows", looks.Looker.compared)
    walks.Walks._look_at = at("items", walks.Walks._look_at)
    verify.verify(mirrors("default"), using, verify.Options(workers=1))


def slowly(using):
    """The command, which waits in its third batch of rows for a parent that ends it with a signal."""
    _small()
    compared, begin, calls, asked = looks.Looker.compared, verify.verify, [], []

    def waiting(*arguments):
        calls.append(arguments)
        while len(calls) == 3 and not asked[0]():
            time.sleep(0.01)
        return compared(*arguments)

    def begun(*arguments, stopped, **options):
        asked.append(stopped)
        return begin(*arguments, stopped=stopped, **options)

    looks.Looker.compared, verify.verify = waiting, begun
    try:
        call_command("dynamo_verify", "--group", "default", "--workers", "1", database=using)
    except CommandError as error:
        sys.stderr.write(str(error))
        sys.exit(error.returncode)
