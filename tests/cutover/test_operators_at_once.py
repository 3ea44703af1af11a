"""Several operators confirm the same at the same time, in threads with connections of their own."""

import threading

import pytest
from django.db import connections

from dynamo_models.cutover.moves import MoveRefused, Overtaken
from dynamo_models.cutover.records import GroupStep
from dynamo_models.cutover.status import status
from dynamo_models.operators import acting
from tests.cutover.ladder import GROUP, backfilled, place, put, stock

OPERATORS = 6


def at_once(using, stage, kind, epoch):
    """Each has looked, and then all confirm; what came of it."""
    together, came = threading.Barrier(OPERATORS), []

    def confirm(name):
        try:
            (about,) = status(using, GROUP)
            offer = acting.offered(about, stage, 0)
            together.wait()
            try:
                acting.move(about, offer, confirmed=kind, epoch=epoch, who=name, reason="At once.")
            except MoveRefused as error:
                came.append(error)
            else:
                came.append(name)
        finally:
            connections[using].close()

    threads = [threading.Thread(target=confirm, args=[f"operator {each}"]) for each in range(OPERATORS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return [each for each in came if isinstance(each, str)], [each for each in came if not isinstance(each, str)]


@pytest.fixture
def mirrored(using):
    stock(using)
    put(using, "mirror")
    backfilled(using)
    return using


def test_one_of_them_steps_up(mirrored):
    using = mirrored
    (about,) = status(using, GROUP)
    before = GroupStep.objects.using(using).count()
    done, refused = at_once(using, "backfilled", "up", about.known.row.epoch)
    assert (len(done), len(refused)) == (1, OPERATORS - 1)
    assert place(using) == "backfilled"
    steps = GroupStep.objects.using(using).order_by("pk")[before:]
    assert [(step.who, step.to_stage) for step in steps] == [(done[0], "backfilled")]
    assert any(isinstance(each, Overtaken) for each in refused)


def test_one_of_them_steps_down_and_the_others_hear_that_it_is_there(mirrored):
    using = mirrored
    put(using, "shadow")
    (about,) = status(using, GROUP)
    done, refused = at_once(using, "off", "down", about.known.row.epoch)
    assert done
    assert place(using) == "off"
    assert GroupStep.objects.using(using).filter(to_stage="off").count() == len(done) == 1
    assert len(refused) == OPERATORS - 1
