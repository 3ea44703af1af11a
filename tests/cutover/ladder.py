"""What takes a shop up the ladder: rows that are mirrored, runs that are through, reads that were compared."""

import json

from django.utils import timezone

from dynamo_models.cutover import background, moves, serving
from dynamo_models.cutover.evidence import Evidence
from dynamo_models.cutover.records import GroupState
from dynamo_models.cutover.stages import Place, Stage
from dynamo_models.cutover.state import forget, learn, of_row
from dynamo_models.mirror import backfill, relay, verify
from dynamo_models.mirror.registration import mirror_of, mirrors
from dynamo_models.models import Change, Failure
from tests.mirror.shop.models import Part, Product

GROUP = "default"
PRODUCT, PART = "shop.product", "shop.part"


def stock(using, count=3):
    return [Product.objects.using(using).create(sku=f"s{n:02}", name=f"Name {n}") for n in range(count)]


def drain(using):
    Change.objects.using(using).update(claimed_until=None)
    Failure.objects.using(using).filter(dead=False).update(not_before=timezone.now())
    while relay.work(using).claimed:
        pass


def backfilled(using):
    for mirror in mirrors(GROUP):
        backfill.carry_out(mirror, backfill.start(mirror, using), using, backfill.Options(workers=1))
    drain(using)


def verified(using):
    found = verify.verify(mirrors(GROUP), using, verify.Options(workers=1))
    assert (found.run.status, found.run.mismatches, found.run.unsettled) == ("completed", 0, 0)
    return found.run


def compared(using, count=5, label=PRODUCT):
    for _ in range(count):
        serving.compare(
            mirror_of(label),
            ask_other=lambda: [("a", 1)],
            ask_again=lambda: [("a", 1)],
            answer=[("a", 1)],
            what="a read",
            store="sql",
            took=0.001,
            using=using,
        )
    background.finish()


def go(using, stage, share=None, **options):
    return moves.carry_out(moves.plan(GROUP, Stage(stage), using=using, share=share), **options)


def put(using, stage, share=0, **fields):
    """Put a group at a place without its guards, as if it had come there."""
    known = Evidence(GROUP, using)
    with moves.locked(GROUP, using) as row:
        place = Place(stage=Stage(stage), share=share)
        step = moves.note(row, "move", place, using=using, who="a test", reason="", evidence={})
        held = {"stage": stage, "share": share, "step": step.pk, "mapping": known.mapping, **fields}
        state = moves.put(row, using, captured_at=timezone.now(), since=timezone.now(), **held)
    learn(state, using)
    return state


def place(using):
    """Where the group stands, as SQL has it."""
    row = GroupState.objects.using(using).filter(group=GROUP).first()
    return str(of_row(vars(row)).place) if row else "off"


def choice(using, label=PRODUCT, pks=None, partition=None):
    return serving.choose(mirror_of(label), pks=pks, partition=partition, using=using)


def evidence(step):
    return json.loads(step.evidence)


__all__ = ["Part", "Product", "forget"]
