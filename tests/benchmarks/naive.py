"""What a backfill is compared with: a signal that puts the saved instance, and a loop that saves every row."""

from django.db.models.signals import post_save

from dynamo_models import transport
from tests.mirror.shop import items
from tests.mirror.shop.models import Product


def _put(sender, instance, **_):
    del sender
    row = instance
    item = items.Product(
        id=row.pk,
        sku=row.sku,
        name=row.name,
        label=f"{row.sku}: {row.name}",
        price=row.price,
        stock=row.stock,
        hidden=row.hidden,
        tags=[tag.name for tag in row.tags.order_by("pk")],
        updated_at=row.updated_at,
    )
    request = {"TableName": items.shop.endpoint_name, "Item": item.serialize()}
    transport.call(items.shop, "PutItem", request)


def fill(using, rows):
    """Save that many rows one after another, each put as its signal comes; how many it was."""
    post_save.connect(_put, sender=Product, dispatch_uid="naive")
    done = 0
    try:
        for row in Product._base_manager.using(using).order_by("pk")[:rows].iterator(chunk_size=500):
            row.save(using=using)
            done += 1
    finally:
        post_save.disconnect(sender=Product, dispatch_uid="naive")
    return done
