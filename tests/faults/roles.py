"""What the processes do: relays, writers, a backfill. Each may be killed at any time."""

import logging
import random
import time
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connections

from dynamo_models.mirror import after_commit, fence, relay
from dynamo_models.mirror import sync as sync_module
from dynamo_models.mirror.enqueue import enqueue_rows, text_of
from dynamo_models.mirror.registration import mirrors
from tests.faults.operations import Writer
from tests.faults.transport import usual


def _prepare(using, seed):
    logging.disable(logging.CRITICAL)
    connections[using].close()
    fence.send = usual(seed)
    relay.LEASE = timedelta(seconds=0.5)  # less than a slow sync takes: more than one relay is at a row then
    relay.FIRST_DELAY = 0.05
    after_commit.PAUSE = 0.2
    sync_module.FEWEST_NEW = 2  # of the few rows that there are
    return fence.send


def work(using, seed, stop):
    """A relay."""
    faulty = _prepare(using, seed)
    while not stop.is_set():
        try:
            if not relay.work(using, batch=8, stopped=stop.is_set).claimed:
                time.sleep(0.02)
        except DatabaseError:
            connections[using].close()
    faulty.settle()


def write(using, seed, operations, pace, counted):
    """A writer; pace is the mean time between two operations in seconds."""
    faulty = _prepare(using, seed)
    dice = random.Random(seed)
    after = {"AFTER_COMMIT": dice.random() < 0.5}
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "MIRROR": after}
    writer = Writer(using, dice)
    for _ in range(operations):
        done = writer.one()
        with counted.get_lock():
            counted.value += done
        time.sleep(dice.uniform(0, 2 * pace))
    faulty.settle()


def backfill(using, seed, stop):
    """Logs every row again and mirrors it, as a backfill does."""
    faulty = _prepare(using, seed)
    dice = random.Random(seed)
    while not stop.is_set():
        try:
            for mirror in mirrors("default"):
                enqueue_rows(mirror, mirror.model._base_manager.all(), using)
                pks = mirror.model._base_manager.using(using).values_list("pk", flat=True)
                row_keys = [text_of(mirror, pk, using) for pk in pks if dice.random() < 0.5]
                relay.attempt_many(mirror.label, dice.sample(row_keys, len(row_keys)), using)
        except DatabaseError:
            connections[using].close()
        time.sleep(dice.uniform(0.2, 1))
    faulty.settle()
