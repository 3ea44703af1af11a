"""What clients were told, beside what is in the stores."""

import json
from collections import defaultdict


def compare(logs):
    """Sentences about what was acknowledged and is not there, or the other way round."""
    from tests.switch.bank.models import Account, Entry

    told = _told(logs)
    for store in ("sql", "dynamodb"):
        accounts, entries = _accounts(store, Account), _entries(store, Entry)
        for number, version in told["versions"].items():
            held = accounts.get(number)
            if held is None or held < version:
                yield f"{store}: account {number} has version {held}, and {version} was acknowledged"
        there = set(entries)
        yield from (f"{store}: entry {each} was acknowledged and is not there" for each in told["made"] - there)
        yield from (f"{store}: entry {each} was removed, and is there" for each in told["left"] & there)
        yield from (f"{store}: entry {each} is there {n} times" for each, n in entries.items() if n > 1)


def _told(logs):
    """The last version of each account; the entries that have to be there, and those that must not."""
    said = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    leaving = {each["leaving"] for each in said if "leaving" in each}
    return {
        "versions": {each["account"]: each["version"] for each in said if "account" in each},
        "made": {each["entry"] for each in said if "entry" in each} - leaving,
        "left": {each["left"] for each in said if "left" in each},
    }


def _accounts(store, model):
    if store == "sql":
        return dict(model._base_manager.using("default").values_list("number", "version"))
    return {item["Number"]["S"]: int(item["Version"]["N"]) for item in _items("Account")}


def _entries(store, model):
    found = defaultdict(int)
    rows = (
        model._base_manager.using("default").values_list("text", flat=True)
        if store == "sql"
        else (item["Text"]["S"] for item in _items("Entry"))
    )
    for text in rows:
        found[text] += 1
    return found


def _items(kind):
    from dynamo_models import transport
    from tests.switch.bank.items import bank

    pages = (
        transport.client(bank.name).get_paginator("scan").paginate(TableName=bank.endpoint_name, ConsistentRead=True)
    )
    return [item for page in pages for item in page["Items"] if item.get("EntityType", {}).get("S") == kind]
