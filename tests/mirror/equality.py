"""Both stores compared by nothing of the mirror's own but its mapping: every row's item, and every item's row."""

from decimal import Decimal

from dynamo_models import transport
from dynamo_models.mirror import fence
from dynamo_models.mirror.registration import mirrors
from tests.mirror.shop.items import shop


def stored():
    """Every item of the table but tombstones, by its key, without its bookkeeping."""
    client, found, start = transport.client(shop.name), {}, {}
    while True:
        answer = client.scan(TableName=shop.endpoint_name, ConsistentRead=True, **start)
        for item in answer["Items"]:
            if not fence.is_tombstone(shop, item):
                plain = {name: each for name, each in item.items() if name not in fence.BOOKKEEPING}
                found[item["PK"]["S"], item["SK"]["S"]] = as_stored(plain)
        if "LastEvaluatedKey" not in answer:
            return found
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def as_stored(value):
    """A value of the wire's as DynamoDB gives it back: it writes every number in one way."""
    if isinstance(value, dict):
        return {
            name: str(Decimal(each).normalize()) if name == "N" and isinstance(each, str) else as_stored(each)
            for name, each in value.items()
        }
    return [as_stored(each) for each in value] if isinstance(value, list) else value


def wanted(using):
    found = {}
    for mirror in mirrors("default"):
        for row in mirror.rows(using):
            for key, raw in fence.images(mirror.item(row)):
                found[key["PK"]["S"], key["SK"]["S"]] = as_stored(raw)
    return found


def differences(using):
    """Keys of what is missing, extra or different; nothing where both stores are the same."""
    rows, held = wanted(using), stored()
    return sorted(
        [("missing", key) for key in rows.keys() - held.keys()]
        + [("extra", key) for key in held.keys() - rows.keys()]
        + [("different", key) for key in rows.keys() & held.keys() if rows[key] != held[key]]
    )
