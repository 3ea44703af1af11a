"""A group of the shop's in each state that an operator may find it in, as runs and processes leave it in the tables."""

import json
from datetime import timedelta

from django.utils import timezone

from dynamo_models.cutover import moves, tallies
from dynamo_models.cutover.evidence import Evidence
from dynamo_models.cutover.records import ReadMismatch, UnservedRead
from dynamo_models.cutover.state import state_of
from dynamo_models.mirror.registration import mirrors
from dynamo_models.models import BackfillRange, BackfillRun, Change, Failure, VerifyRun
from tests.cutover.ladder import GROUP, PRODUCT, put

USING = "default"
BELOW = {"mirror": "off", "backfilled": "mirror", "verified": "backfilled", "shadow": "verified", "reading": "shadow"}


def at(stage, share=0, **fields):
    """At a stage since an hour, whatever its guards say."""
    then = timezone.now() - timedelta(hours=1)
    state = put(USING, stage, share, **fields)
    Evidence(GROUP, USING).row.__class__.objects.filter(group=GROUP).update(captured_at=then, since=then)
    return state


def ready_for(stage):
    """At the rung below, with all that the guards of a step to ``stage`` ask for."""
    if stage != "mirror":
        at(BELOW[stage])
        backfilled()
    if stage in {"verified", "shadow", "reading"}:
        verified()
    if stage == "reading":
        read(sql=40, same=40)


def backfilled(rows=120, status="completed", done=None):
    for mirror in mirrors(GROUP):
        run = BackfillRun.objects.create(source=mirror.label, status=status, rows=rows, whole=True)
        BackfillRun.objects.filter(pk=run.pk).update(
            started_at=timezone.now() - timedelta(minutes=50),
            ended_at=timezone.now() - timedelta(minutes=40) if status == "completed" else None,
        )
        BackfillRange.objects.create(run=run, status="completed", done=rows if done is None else done)


def verified(mismatches=0):
    labels = json.dumps([mirror.label for mirror in mirrors(GROUP)])
    return VerifyRun.objects.create(
        sources=labels, scope="full", status="completed", seq=0, rows=360, items=360, mismatches=mismatches
    )


def read(sql=0, dynamodb=0, **counts):
    """Reads that were served and timed where the group is, and comparisons of them by what came of each."""
    state = state_of(GROUP, USING)
    for store, number, seconds in (("sql", sql, 0.0021), ("dynamodb", dynamodb, 0.0068)):
        if number:
            tallies.count(state, USING, f"served_{store}", number)
        for each in range(min(number, 200)):
            tallies.took(state, USING, store, seconds * (1 + each / 100))
    for name, number in counts.items():
        tallies.count(state, USING, name, number)
    tallies.flush()


def differ(count=1):
    """Reads that the stores answered differently."""
    for number in range(count):
        ReadMismatch.objects.create(
            group=GROUP,
            step=1,
            source=PRODUCT,
            what=f"SELECT id, sku, name, label, price, stock FROM shop_product WHERE sku = 's{number}' ORDER BY id",
            sql='[[17, "s17", "Name 17", "<script>alert(1)</script>", "1.50", 3]]',
            dynamodb='[[17, "s17", "Name of another", null, "1.50", 3]]',
            served_by="dynamodb" if number % 2 else "sql",
        )


def bury(count=1):
    """Rows that cannot be mirrored as they are."""
    for number in range(count):
        change = Change.objects.create(source=PRODUCT, row_key=str(number))
        Failure.objects.create(
            source=PRODUCT,
            row_key=str(number),
            attempts=12,
            not_before=timezone.now(),
            reason="ValueRefused: Item size has exceeded the maximum allowed size of 409600 bytes.",
            dead=True,
            seq=change.seq,
        )


def miss(count=2):
    """Reads that no key serves."""
    for number in range(count):
        UnservedRead.objects.create(
            digest=str(number),
            source=PRODUCT,
            place=f"shop/views.py:{40 + number}",
            reason="icontains on name: no key serves it. A key that begins with the name would serve startswith.",
            group=GROUP,
            count=1200 - number,
        )


def live_long(steps=70):
    """A long history."""
    place = state_of(GROUP, USING).place
    with moves.locked(GROUP, USING) as row:
        for number in range(steps):
            automatic = number % 7 == 0
            moves.note(
                row,
                "move" if number % 3 else "kill",
                place,
                using=USING,
                who="dynamo_models@web-1" if automatic else "ann",
                reason="3 of 120 reads of DynamoDB failed; 1.00% are the most." if automatic else f"Trial {number}.",
                evidence={"lag_seconds": 0.2, "guards": {"lag": "The mirror is 0.2 s behind."}},
                automatic=automatic,
            )
