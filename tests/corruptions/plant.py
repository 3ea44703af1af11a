"""Corruptions of every kind among items whose neighbours are being written: each must be found, and nothing else."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress

from django.db import OperationalError, connections
from django.utils import timezone

from dynamo_models import transport
from dynamo_models.mirror import relay, verify
from dynamo_models.mirror.registration import mirrors
from dynamo_models.mirror.sync import digest_of
from dynamo_models.mirror.verify.corruptions import KINDS, RESURRECTED, Planter
from dynamo_models.models import Change, Failure, Mismatch
from tests.mirror.shop.items import shop
from tests.mirror.shop.models import Product, Supplier

MOST_WAITING = 20


def drain(using):
    Change.objects.using(using).update(claimed_until=None)
    Failure.objects.using(using).filter(dead=False).update(not_before=timezone.now())
    while relay.work(using).claimed:
        pass


def stock(using, count, live):
    """Products to corrupt, each of a supplier that stays, and ``live`` others to write to, of one that does not."""
    calm, busy = (Supplier.objects.using(using).create(name=name) for name in ("calm", "busy"))
    for start in range(0, count, 500):
        Product.objects.using(using).bulk_create(
            Product(sku=f"c{n:05}", name=f"Name {n}", stock=n, hidden=n % 10 == 0, supplier=calm)
            for n in range(start, min(start + 500, count))
        )
    Product.objects.using(using).bulk_create(
        Product(sku=f"w{n:04}", name=f"Name {n}", supplier=busy) for n in range(live)
    )
    drain(using)


def stored(sku):
    key = {"PK": {"S": f"PRODUCT#{sku}"}, "SK": {"S": "METADATA"}}
    request = {"TableName": shop.endpoint_name, "Key": key, "ConsistentRead": True}
    return transport.call(shop, "GetItem", request)["Item"]


def plant(using, count, seed):
    """That many corruptions, one of a row, the kinds in turn; by the digest of the key."""
    planter = Planter(shop, random.Random(seed))
    kinds = list(KINDS)
    planted, revived = {}, []
    for number in range(count):
        item = stored(f"c{number:05}")
        kind = kinds[number % len(kinds)]
        if kind == RESURRECTED:
            revived.append((f"c{number:05}", item))
            continue
        carry_out(planter.make(kind, item, number), planted)
    Product._base_manager.using(using).filter(sku__in=[sku for sku, _ in revived]).delete()
    drain(using)
    for number, (_, item) in enumerate(revived):
        carry_out(planter.make(RESURRECTED, item, number), planted)
    return planted


def carry_out(corruption, planted):
    if corruption.delete:
        transport.call(shop, "DeleteItem", {"TableName": shop.endpoint_name, "Key": corruption.key})
    else:
        transport.call(shop, "PutItem", {"TableName": shop.endpoint_name, "Item": corruption.put})
    planted[digest_of(shop.name, corruption.key)] = corruption


class Live:
    """Writers on the other rows (values, keys, deletions, what they depend on), and a relay that follows them."""

    def __init__(self, using, *, writers, pause=0.01):
        self.using, self.pause, self.over = using, pause, threading.Event()
        self.failures, self.writes = [], 0
        works = [(self.write, number) for number in range(writers)] + [(self.mirror, 0)]
        self.threads = [threading.Thread(target=self.run, args=each) for each in works]

    def run(self, work, number):
        turn = 0
        try:
            while not self.over.is_set():
                turn += 1
                with suppress(OperationalError):  # two that wait for each other
                    work(turn, number)
        except Exception as error:  # noqa: BLE001 - told at the end
            self.failures.append(error)
        finally:
            connections[self.using].close()

    def write(self, turn, number):
        while Change.objects.using(self.using).count() > MOST_WAITING and not self.over.is_set():
            time.sleep(0.02)  # near what the relay can do, and not beyond it
        rows = Product._base_manager.using(self.using)
        chance = random.Random(turn * 31 + number)
        pks = list(rows.filter(sku__startswith="w").order_by("pk").values_list("pk", flat=True))
        one = rows.filter(pk=chance.choice(pks))
        what = chance.randrange(10)
        if what < 6:
            one.update(stock=turn)
        elif what < 8:
            one.update(sku=f"w{number}-{turn}")
        elif what < 9:
            one.delete()
            rows.create(sku=f"w{number}-{turn}n", name=f"Name {turn}")
        elif turn % 20 == 0:
            Supplier.objects.using(self.using).filter(name__startswith="busy").update(name=f"busy {turn}")
        self.writes += 1
        time.sleep(self.pause)

    def mirror(self, _turn, _number):
        if not relay.work(self.using).claimed:
            time.sleep(0.01)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()
        if self.failures:
            raise self.failures[0]


def figures(using, count, *, seed=0, live=100, writers=2):
    """What was planted and found: {name: number}."""
    stock(using, count, live)
    planted = plant(using, count, seed)
    begun = time.monotonic()
    with Live(using, writers=writers) as writes:
        verified = verify.verify(mirrors(), using, verify.Options(workers=2))
        written = writes.writes
    found = {each.digest: each.kind for each in Mismatch.objects.using(using).filter(run=verified.run)}
    right = [digest for digest, each in planted.items() if found.get(digest) == each.found_as]
    return {
        "planted": len(planted),
        "kinds": len({each.kind for each in planted.values()}),
        "missed": len(planted) - len(right),
        "false": len(found.keys() - planted.keys()),
        "mismatches": verified.run.mismatches,
        "unsettled": verified.run.unsettled,
        "live_writes": written,
        "seconds": time.monotonic() - begun,
        "rows": verified.run.rows,
        "items": verified.run.items,
    }
