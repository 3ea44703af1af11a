"""What the keys of a stored item have to be, said again and apart from the library: by hand, of stored attributes."""

from __future__ import annotations

import zlib


def _text(item, name):
    held = item.get(name)
    return None if held is None else held["S"]


def _time(item, name):
    text = _text(item, name)  # 2025-01-15T10:30:00.000000+0000
    assert text.endswith("+0000"), text
    return text[:-5] + "Z"


def _bool(item, name):
    return item[name]["BOOL"]


def record_keys(item):
    """The index keys of a Record, by stored name."""
    created, topic = _time(item, "CreatedAt"), _text(item, "Topic")
    public, deleted = _bool(item, "IsPublic"), _bool(item, "IsDeleted")
    keys = {}
    if public and not deleted:
        keys |= {"GSI1PK": "PUBLIC", "GSI1SK": created}
    if topic is not None:
        keys |= {"GSI2PK": f"LANGUAGE#{_text(item, 'Language')}#{topic}", "GSI2SK": created}
        keys |= {"GSI4PK": f"OWNER#{_text(item, 'Owner')}", "GSI4SK": topic}
    if not deleted:
        shard = zlib.crc32(f"{item['PK']['S']}\0{item['SK']['S']}".encode()) % 4
        score = int(item["Score"]["N"])
        keys |= {"GSI3PK": f"STATE#{'true' if public else 'false'}#{shard}", "GSI3SK": f"{score:06d}#{created}"}
    return keys


def account_keys(item):
    name, number = _text(item, "Name"), int(item["Id"]["N"])
    if not name:
        return {}
    shard = zlib.crc32(f"{item['PK']['S']}\0{item['SK']['S']}".encode()) % 2
    return {"GSI1PK": f"NAMES#{shard}", "GSI1SK": f"{name}#{number:06d}"}


KEYS = {"Record": record_keys, "Account": account_keys}


def primary(item):
    if item["EntityType"]["S"] == "Record":
        return f"RECORD#{_text(item, 'Owner')}", f"{int(item['Number']['N']):06d}"
    return f"ACCOUNT#{int(item['Id']['N']):06d}", "ACCOUNT"


def unique_items(item):
    """The keys of the unique items of an Account."""
    if item["EntityType"]["S"] != "Account":
        return []
    email = _text(item, "Email")
    found = [f"UNIQUE#Account#by_handle#{_text(item, 'Site')}#{_text(item, 'Handle')}"]
    return found + ([f"UNIQUE#Account#by_email#{email}"] if email is not None else [])


def check(items):
    """AssertionError where a table of Records and Accounts is not what its items say."""
    owners = {}
    for (pk, sk), item in items.items():
        kind = item["EntityType"]["S"]
        if kind == "Unique":
            continue
        assert (pk, sk) == primary(item)
        stored = {name: value["S"] for name, value in item.items() if name.startswith("GSI")}
        assert stored == KEYS[kind](item), f"{pk} {sk}"
        for unique in unique_items(item):
            assert unique not in owners, f"{unique} is held twice"
            owners[unique] = {"PK": {"S": pk}, "SK": {"S": sk}}
    held = {pk: item["Owner"]["M"] for (pk, _), item in items.items() if item["EntityType"]["S"] == "Unique"}
    assert held == owners
