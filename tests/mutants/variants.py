"""Each variant is the real code with one small patch, for as long as its block lasts."""

import json
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from dynamo_models.mirror import fence, snapshot
from dynamo_models.mirror import sync as sync_module
from tests.interleavings import explore

VARIANTS = {}


def variant(*scenarios):
    """A variant, and the scenarios that are tried on it, the likeliest first."""

    def register(function):
        VARIANTS[function.__name__.replace("_", " ")] = (contextmanager(function), scenarios)
        return function

    return register


@variant("update", "update, with a death")
def no_fence():
    def write(table, item, condition, *named):
        fence.send(table, "PutItem", {"TableName": table.endpoint_name, "Item": item})

    with patch.object(fence, "_write", write):
        yield


@variant("delete and reinsert", "insert")
def fence_with_less_or_equal():
    with patch.object(fence, "OLDER", "attribute_not_exists(#v) OR #v <= :seq"):
        yield


@variant("delete", "update and delete", "move")
def no_tombstone():
    def bury(table, key, seq, owner="", *, meets=None):
        request = {
            "TableName": table.endpoint_name,
            "Key": key,
            "ConditionExpression": fence.OLDER,
            "ExpressionAttributeNames": {"#v": fence.VERSION},
            "ExpressionAttributeValues": {":seq": {"N": str(seq)}},
        }
        try:
            fence.send(table, "DeleteItem", request)
        except fence.ConditionFailed:
            return fence.Outcome.THERE
        return fence.Outcome.WRITTEN

    with patch.object(fence, "bury", bury):
        yield


@variant("update and delete, with a death", "move and back, with a death")
def tombstone_that_expires():
    real = explore._land

    def land(world, request):
        for key, text in list(world.items.items()):
            if json.loads(text)["EntityType"]["S"] == fence.TOMBSTONE:
                del world.items[key]
        real(world, request)

    with patch.object(explore, "_land", land):
        yield


@variant("insert and rename elsewhere, with a death")
def key_remembered_after_the_put():
    real, finish = sync_module._remember, sync_module._finish
    late = []

    def remember(*args):
        late[:] = [args]
        return True

    def finish_after(*args, **kwargs):
        real(*late[0])
        finish(*args, **kwargs)

    with patch.object(sync_module, "_remember", remember), patch.object(sync_module, "_finish", finish_after):
        yield


def _backfill(condition):
    def program(mirror, row):
        found = mirror.rows("model").filter(pk=int(row)).first()
        if found is None:
            return
        for _, raw in fence.images(mirror.item(found)):
            try:
                fence.send(mirror.entity.schema.table, "PutItem", {"Item": raw, **condition})
            except fence.ConditionFailed:
                continue

    return patch.dict(explore.PROGRAMS, {"backfill": program})


@variant("update of what was there before", "delete of what was there before")
def backfill_that_puts_unconditionally():
    with _backfill({}):
        yield


@variant("delete by a key from elsewhere of what was there before")
def backfill_that_puts_if_absent():
    absent = {
        "ConditionExpression": "attribute_not_exists(#k)",
        "ExpressionAttributeNames": {"#k": "PK"},
        "ExpressionAttributeValues": {},
    }
    with _backfill(absent):
        yield


@variant("update")
def clock_as_version():
    """A clock of a coarse tick: two changes may have the same time."""
    real = sync_module.take

    def take(*args):
        found = real(*args)
        return found if found.seq is None else replace(found, seq=(found.seq + 1) // 2)

    with patch.object(sync_module, "take", take):
        yield


@variant("insert", "delete and reinsert")
def polling_by_id():
    """A relay that keeps the highest number that it has seen, and asks for higher ones."""
    real = explore.Explorer._commit

    def commit(self, world):
        number = world.open[-1]
        passed = isinstance(number, int) and any(n not in world.changes for n in range(number + 1, world.last + 1))
        real(self, world)
        if passed:
            del world.changes[number]

    with patch.object(explore.Explorer, "_commit", commit):
        yield


@variant("update", "update and delete")
def clean_up_past_the_sequence():
    with patch.object(sync_module, "clear", lambda changes, seqs: changes.delete()[0]):
        yield


@variant("insert", "delete and reinsert")
def clean_up_to_the_highest_number():
    with patch.object(sync_module, "clear", lambda changes, seqs: changes.filter(seq__lte=max(seqs)).delete()[0]):
        yield


@variant("update", "move")
def read_outside_the_snapshot():
    """The row first, and then its number: a change between the two passes for mirrored."""

    def take(mirror, source, row_key, pk, using):
        row = mirror.rows(using).filter(pk=pk).first()
        with patch.object(mirror, "rows", lambda using: _Read(row)):
            return snapshot.take(mirror, source, row_key, pk, using)

    with patch.object(sync_module, "take", take):
        yield


class _Read:
    def __init__(self, row):
        self.row = row

    def filter(self, **_):
        return self

    def first(self):
        return self.row


@variant("insert and rename elsewhere")
def strays_left_alone():
    """What was remembered since the row was read is not looked at."""
    real = sync_module._finish

    def finish(*args, **kwargs):
        try:
            real(*args, **kwargs)
        except sync_module._StraysError as strays:
            real(*args, wanted=kwargs["wanted"], buried={*kwargs["buried"], *strays.keys})

    with patch.object(sync_module, "_finish", finish):
        yield


@variant("hand over elsewhere", "hand over", "hand over elsewhere, with a death")
def burying_without_asking_whose():
    real = fence._write

    def write(table, item, condition, *named):
        return real(table, item, condition.split(" AND (")[0], *named)

    with patch.object(fence, "_write", write):
        yield


@variant("insert", "delete and reinsert")
def no_second_look_when_overtaken():
    with _never_overtaken():
        yield


@contextmanager
def _never_overtaken():
    put, bury = fence.put, fence.bury

    def told(function):
        def call(*args, **kwargs):
            found = function(*args, **kwargs)
            return fence.Outcome.THERE if found is fence.Outcome.OVERTAKEN else found

        return call

    with patch.object(fence, "put", told(put)), patch.object(fence, "bury", told(bury)):
        yield


@variant("rename elsewhere", "rename elsewhere, with a death", "hand over elsewhere, with a death")
def forgetting_while_others_rely_on_it():
    """Keys are forgotten although a later change waits."""
    real = sync_module._finish

    def finish(mirror, row_key, using, found, *, wanted, buried):
        real(mirror, row_key, using, found, wanted=wanted, buried=buried)
        memory = sync_module.MirroredKey.objects.using(using).filter(source=mirror.label, row_key=row_key)
        memory.filter(digest__in=list(buried)).delete()

    with patch.object(sync_module, "_finish", finish):
        yield
