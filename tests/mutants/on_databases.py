"""Variants that take a database to see: each with one schedule, which says whether something is wrong."""

import threading
from contextlib import contextmanager
from unittest.mock import patch

from django.db import connections, transaction

from dynamo_models.mirror import relay, verify
from dynamo_models.mirror import sync as sync_module
from dynamo_models.mirror.registration import mirrors
from dynamo_models.mirror.verify import settle
from dynamo_models.mirror.verify.source import Source
from tests.capture.situations import settle as everything_mirrored
from tests.mirror.shop.models import Product, Tag

ON_DATABASES = {}


def variant(schedule, *databases):
    """A variant, the schedule that sees it, and the databases on which it is to be seen."""

    def register(function):
        ON_DATABASES[function.__name__.replace("_", " ")] = (contextmanager(function), schedule, databases)
        return function

    return register


def a_verification_while_a_change_is_in_flight(using):
    """What it reports wrongly."""
    Product.objects.using(using).create(sku="a", name="A")
    everything_mirrored(using)
    Product.objects.using(using).update(name="B")
    with patch.object(settle, "FIRST_PAUSE", 0.01), patch.object(settle, "LONGEST_PAUSE", 0.02):
        verified = verify.verify(mirrors("default"), using, verify.Options())
    return [f"{verified.run.mismatches} mismatches"] if verified.run.mismatches else []


def two_transactions_that_tag_one_product(using):
    """The tag with the lower number is committed while the relay is between fanning out and clearing the log."""
    product = Product.objects.using(using).create(sku="a", name="A")
    tags = [Tag.objects.using(using).create(name=name) for name in ("first", "second")]
    everything_mirrored(using)
    written, fanned_out = threading.Event(), threading.Event()

    def first():
        with transaction.atomic(using=using):
            Product.objects.using(using).get(pk=product.pk).tags.add(tags[0])
            written.set()
            fanned_out.wait(10)
        connections[using].close()

    thread = threading.Thread(target=first)
    thread.start()
    written.wait(10)
    product.tags.add(tags[1])
    real = relay._fan_out

    def fan_out(*args):
        real(*args)
        sync_module.sync(args[0], str(product.pk), using)  # another relay is at it at once
        fanned_out.set()
        thread.join()

    with patch.object(relay, "_fan_out", fan_out):
        relay.work(using)
    thread.join()
    return everything_mirrored(using)


@variant(a_verification_while_a_change_is_in_flight, "sqlite", "postgresql", "mariadb")
def verify_without_the_in_flight_rule():
    with patch.object(Source, "in_flight", lambda *_: set()):
        yield


@variant(two_transactions_that_tag_one_product, "postgresql")  # elsewhere the fan-out waits for the first to commit
def fan_out_clears_up_to_the_highest_number():
    with patch.object(relay, "clear", lambda changes, seqs: changes.filter(seq__lte=max(seqs)).delete()[0]):
        yield
