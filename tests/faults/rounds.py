"""Rounds of faults: a burst under faults, then quiet, then both stores compared exactly."""

import multiprocessing
import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import DatabaseError, connections
from django.utils import timezone

from dynamo_models.models import Change, Failure
from tests.capture.situations import settle
from tests.faults import operations, roles

PROCESSES = multiprocessing.get_context("fork")


@dataclass
class Tally:
    rounds: int = 0
    divergent: list = field(default_factory=list)
    operations: int = 0
    kills: int = 0
    seconds: float = 0.0


def rounds(using, seed, count, *, writers=2, relays=3, each=50, pace=0.03):
    """So many rounds on one database, of ``writers`` times ``each`` operations; what came of them."""
    started = time.monotonic()
    tally, dice = Tally(), random.Random(seed)
    operations.stock(using)
    differences = settle(using)
    if differences:
        raise AssertionError(differences)
    for number in range(count):
        _round(using, dice, tally, writers=writers, relays=relays, each=each, pace=pace)
        differences = settle(using)
        if differences:
            tally.divergent.append({"round": number, "differences": [str(one) for one in differences[:5]]})
            _begin_again(using)
        tally.rounds += 1
    tally.seconds = time.monotonic() - started
    return tally


def _round(using, dice, tally, *, writers, relays, each, pace):
    stop, counted = PROCESSES.Event(), PROCESSES.Value("i", 0)

    def start(role, *arguments):
        connections.close_all()  # a child must not have the parent's
        # A daemon: should this process fail, its children do not go on.
        process = PROCESSES.Process(target=role, args=(using, dice.randrange(2**32), *arguments), daemon=True)
        process.start()
        return process

    working = [start(roles.work, stop) for _ in range(relays)]
    writing = [start(roles.write, each, pace, counted) for _ in range(writers)]
    filling = start(roles.backfill, stop)
    while any(process.is_alive() for process in writing):
        time.sleep(dice.uniform(0.2, 1.0))
        victim = dice.choice(["relay", "relay", "relay", "writer", "backfill"])
        if victim == "relay":
            at = dice.randrange(len(working))
            tally.kills += _kill(working[at])
            working[at] = start(roles.work, stop)
        elif victim == "backfill":
            tally.kills += _kill(filling)
            filling = start(roles.backfill, stop)
        elif dice.random() < 0.3:
            at = dice.randrange(len(writing))
            tally.kills += _kill(writing[at])
    _wait(using)
    stop.set()
    for process in [*working, *writing, filling]:
        process.join(30)
        if process.is_alive():
            _kill(process)
    tally.operations += counted.value
    connections.close_all()


def _wait(using):
    """Let the relays get to the end, for a moment: the rest is the drain's."""
    over = time.monotonic() + 1.5
    while time.monotonic() < over and Change.objects.using(using).exists():
        with suppress(DatabaseError):  # this update may be the one that a deadlock is resolved by
            Failure.objects.using(using).filter(dead=False).update(not_before=timezone.now())
        time.sleep(0.1)


def _kill(process):
    alive = process.is_alive()
    if alive:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return alive


def _begin_again(using):
    """Make both stores the same by force, so that the next round is judged by itself."""
    from dynamo_models import transport
    from tests.mirror.shop.items import shop

    client = transport.client(shop.name)
    for item in client.scan(TableName=shop.endpoint_name)["Items"]:
        client.delete_item(TableName=shop.endpoint_name, Key={name: item[name] for name in ("PK", "SK")})
    from dynamo_models.mirror.enqueue import enqueue_rows
    from dynamo_models.mirror.registration import mirrors

    for mirror in mirrors("default"):
        enqueue_rows(mirror, mirror.model._base_manager.all(), using)
    settle(using)
