"""Each variant is the real code with one small patch, for as long as its block lasts."""

import json
from contextlib import contextmanager
from unittest.mock import patch

from dynamo_models.mirror import fence, memory, snapshot
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
    real, finish = sync_module.remember, sync_module.finish

    def finish_after(mirror, rows, using):
        real(mirror, rows, using)
        return finish(mirror, rows, using)

    with (
        patch.object(sync_module, "remember", lambda mirror, rows, using: rows),
        patch.object(sync_module, "finish", finish_after),
    ):
        yield


def _backfill(condition):
    def program(mirror, rows):
        found = list(mirror.rows("model").filter(pk__in=[int(row) for row in rows]))
        for _, raw in (image for row in found for image in fence.images(mirror.item(row))):
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
    real, real_bury = fence.put, fence.bury

    def put(table, raw, seq, owner=""):
        return real(table, raw, (seq + 1) // 2, owner)

    def bury(table, key, seq, owner="", *, meets):
        return real_bury(table, key, (seq + 1) // 2, owner, meets=meets)

    with patch.object(fence, "put", put), patch.object(fence, "bury", bury):
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
    def clear(changes, seqs):
        keys = set(changes.filter(seq__in=seqs).values_list("row_key", flat=True))
        return changes.filter(row_key__in=keys).delete()[0]

    with patch.object(memory, "clear", clear):
        yield


@variant("insert", "delete and reinsert")
def clean_up_to_the_highest_number():
    def clear(changes, seqs):
        keys = set(changes.filter(seq__in=seqs).values_list("row_key", flat=True))
        return sum(changes.filter(row_key__in=keys, seq__lte=max(seqs)).delete()[0] for _ in seqs[:1])

    with patch.object(memory, "clear", clear):
        yield


@variant("update", "move")
def read_outside_the_snapshot():
    """The row first, and then its number: a change between the two passes for mirrored."""

    def take(mirror, row_keys, using):
        rows = list(mirror.rows(using).filter(pk__in=[int(each) for each in row_keys]))
        with patch.object(mirror, "rows", lambda using: _Read(rows)):
            return snapshot.take(mirror, row_keys, using)

    with patch.object(sync_module, "take", take):
        yield


class _Read:
    def __init__(self, rows):
        self.rows = rows

    def prefetch_related(self):
        return self

    def filter(self, **_):
        return self

    def __iter__(self):
        return iter(self.rows)


@variant("insert and rename elsewhere")
def strays_left_alone():
    """What was remembered since the row was read is not looked at."""
    real = sync_module.finish

    def finish(mirror, rows, using):
        for row in rows:
            row.buried |= real(mirror, [row], using).get(row.key, {}).keys()
        return real(mirror, rows, using)

    with patch.object(sync_module, "finish", finish):
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

    def forget(changes, keys, using):
        memory.MirroredKey.objects.using(using).filter(pk__in=[pk for found in keys.values() for pk in found]).delete()

    with patch.object(memory, "_forget", forget):
        yield


@variant("hand over, together", "insert two, together", "insert two and backfill, together")
def inserts_of_several_without_a_condition():
    real = explore.stand_ins._insertion

    def insertion(said):
        return {"Item": real(said)["Item"]}

    with patch.object(explore.stand_ins, "_insertion", insertion):
        yield


@variant("insert two and rename elsewhere, together", "hand over elsewhere, together", "rename elsewhere, with a death")
def rows_of_a_batch_that_another_has_finished():
    """They pass for the batch's own: nobody looks whether their changes are still there."""
    with patch.object(memory, "lock", lambda changes, seqs: set(seqs)):
        yield


@variant("hand over elsewhere and delete, together")
def forgetting_a_key_for_every_row():
    """By its digest, and not as the one row's."""
    real = memory._forget

    def forget(changes, keys, using):
        held = list(memory.MirroredKey.objects.using(using).filter())
        digests = {each.digest for each in held if any(each.pk in found for found in keys.values())}
        real(changes, {key: [each.pk for each in held if each.digest in digests] for key in keys}, using)

    with patch.object(memory, "_forget", forget):
        yield
