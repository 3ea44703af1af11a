"""What is done in a process that is killed while it does it."""

import os
import signal

from dynamo_models import transport
from dynamo_models.mirror import fence
from tests.capture import tiers
from tests.mirror.shop.models import Product


def _killed_at(number):
    """From now on the process dies at that call to DynamoDB."""
    left = [number]

    def send(table, operation, request):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return transport.call(table, operation, request)

    fence.send = send


def one(using, tier):
    tiers.choose(tier)
    _killed_at(1)
    product = Product.objects.using(using).get(sku="p0")
    product.name = "new"
    product.save()


def half_of_many(using, tier):
    tiers.choose(tier)
    from django.db import transaction

    _killed_at(5)  # two calls for each of them: its item, and the one that its id leads to
    with transaction.atomic(using=using):
        for product in Product.objects.using(using).order_by("pk"):
            product.name = "new"
            product.save()
