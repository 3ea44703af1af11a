"""Writes to the mirror that an older state can never win: each item carries the number of the change it comes from.

``_v`` is that number. A put is carried out only over an older number, or none. Where an item was removed or has another
key now, a tombstone keeps the number, so that a late put of what was there is still refused; it is no item of any
entity, and in no index.

``_r`` is the row that an item or a tombstone comes from. Numbers order the changes of one row; where a key has changed
hands, the row that leaves it must not bury the item of the row that came.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from dynamo_models import wire
from dynamo_models.errors import ConditionFailed, RawItem, RequestRefused
from dynamo_models.schema.definition import EntityDefinition, EntitySchema
from dynamo_models.schema.table import Table
from dynamo_models.transport import call as send
from dynamo_models.writing import uniques

VERSION = "_v"
OWNER = "_r"
BOOKKEEPING = frozenset({VERSION, OWNER})
"""What an item has besides its attributes, as long as it is mirrored."""
TOMBSTONE = "_Tombstone"
# As much as an item may have of both.
_WIDEST = {VERSION: {"N": "9" * 19}, OWNER: {"S": "r" * 406}}

WireKey = dict[str, dict[str, Any]]

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html, November 2026
MOST_INSERTED, LONGEST_STATEMENT = 25, 8192

logger = logging.getLogger(__name__)
_one_by_one: set[str] = set()
"""Tables, by their names at the endpoint, that take no inserts of several items from this process."""


class Outcome(Enum):
    """What came of a write; true where it was carried out."""

    WRITTEN = "written"
    THERE = "there"  # by an earlier attempt at the same change
    OVERTAKEN = "overtaken"  # by something that is no older, and is not this: the row has to be read again

    def __bool__(self) -> bool:
        return self is Outcome.WRITTEN


def images(item: EntityDefinition) -> Iterator[tuple[WireKey, RawItem]]:
    """What a row is on the DynamoDB side, by key: its item, and the unique items that lead to it."""
    schema = item.schema
    raw = item.serialize()
    wire.check_size({**raw, **_WIDEST}, f"{schema.name} {item!r}")
    key = {name: dict(raw[name]) for name in schema.key_names()}
    yield key, raw
    for unique in uniques.of_values(schema, item.attribute_values, key).values():
        yield {name: dict(unique[name]) for name in schema.key_names()}, unique


def keys_of_values(schema: EntitySchema, values: Mapping[str, Any]) -> Iterator[WireKey]:
    """The keys of those images, of facets alone; a key whose facets are not all there is left out."""
    if all(values.get(name) is not None for name in schema.primary.facets):
        yield dict(schema.primary.wire(values))
    for unique in schema.uniques.values():
        if unique.holds(values):
            yield unique.key(values)


def put(table: Table, item: RawItem, seq: int, owner: str = "") -> Outcome:
    """Write the item of a row as of a change of the row's, over what is older."""
    held = _write(table, {**item, **_bookkeeping(seq, owner)}, OLDER, _older(seq))
    if held is None:
        return Outcome.WRITTEN
    # A number alone does not tell: a row that another transaction was inserting when it was logged is there in one
    # snapshot, and not in another.
    there = version_of(held) == seq and owner_of(held) == owner and not is_tombstone(table, held)
    return Outcome.THERE if there else Outcome.OVERTAKEN


def insert(table: Table, items: Sequence[tuple[RawItem, int, str]]) -> list[bool]:
    """Write items with their numbers and owners where nothing is, up to MOST_INSERTED in one request; for each whether
    it was written, at the cost of as many ``put``. What was not, for whatever reason, is for ``put``.

    That nothing is there says more than the fence asks: where anything newer was, something still is. The statements of
    a request are independent of one another, and the request is PartiQL's, as no other takes several with conditions.
    """
    name = table.endpoint_name
    said = [_insertion(name, {**item, **_bookkeeping(seq, owner)}) for item, seq, owner in items]
    sent = [at for at, each in enumerate(said) if len(each["Statement"]) <= LONGEST_STATEMENT]
    written = [False] * len(items)
    if not sent or name in _one_by_one:
        return written
    try:
        answers = send(table, "BatchExecuteStatement", {"Statements": [said[at] for at in sent]})["Responses"]
    except RequestRefused as error:  # an endpoint that has no PartiQL, or none that is complete
        _not_again(name, str(error))
        return written
    for at, answer in zip(sent, answers, strict=True):
        code = answer.get("Error", {}).get("Code")
        written[at] = code is None
        if code == "AccessDenied":  # it is a permission of its own, dynamodb:PartiQLInsert
            _not_again(name, str(answer["Error"].get("Message", code)))
    return written


def bury(
    table: Table, key: WireKey, seq: int, owner: str = "", *, meets: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Put a tombstone where the item of a row was, as of the change in which it left.

    meets: called with the owner of a live item of another row that is in the way, before the tombstone replaces it. It
    has to see to it that the other row is mirrored again, by a number above ``seq``. That the other item is left alone
    would not do: it may be what another row has left behind, and a late put of this row's could still replace it.
    """
    tombstone = {**key, **_bookkeeping(seq, owner), table.type_attribute: {"S": TOMBSTONE}}
    mine = {"#r": OWNER, "#t": table.type_attribute}, {":owner": {"S": owner}, ":tombstone": {"S": TOMBSTONE}}
    held = _write(table, tombstone, f"{OLDER} AND (#r = :owner OR #t = :tombstone)", _older(seq), mine)
    while held is not None and (version_of(held) or 0) < seq:
        meets(owner_of(held))
        held = _write(table, tombstone, "#v = :held", ({"#v": VERSION}, {":held": dict(held[VERSION])}))
    if held is None:
        return Outcome.WRITTEN
    return Outcome.THERE if is_tombstone(table, held) or owner_of(held) != owner else Outcome.OVERTAKEN


def version_of(raw: RawItem | None) -> int | None:
    """The number that an item carries; None for none."""
    held = (raw or {}).get(VERSION, {}).get("N")
    return None if held is None else int(held)


def owner_of(raw: RawItem) -> str:
    """The row that an item comes from, as it was given to ``put``."""
    return str(raw.get(OWNER, {}).get("S", ""))


def is_tombstone(table: Table, raw: RawItem) -> bool:
    return raw.get(table.type_attribute, {}).get("S") == TOMBSTONE


OLDER = "attribute_not_exists(#v) OR #v < :seq"

Named = tuple[dict[str, str], dict[str, dict[str, Any]]]


def _older(seq: int) -> Named:
    return {"#v": VERSION}, {":seq": {"N": str(seq)}}


def _bookkeeping(seq: int, owner: str) -> dict[str, dict[str, Any]]:
    return {VERSION: {"N": str(seq)}, OWNER: {"S": owner}}


def _insertion(name: str, item: RawItem) -> dict[str, Any]:
    places = ", ".join("'{}': ?".format(each.replace("'", "''")) for each in item)
    return {"Statement": f'INSERT INTO "{name}" VALUE {{{places}}}', "Parameters": list(item.values())}


def _not_again(name: str, reason: str) -> None:
    if name not in _one_by_one:
        _one_by_one.add(name)
        logger.info("New items of %s are put one by one, as several are refused: %s", name, reason)


def _write(table: Table, item: RawItem, condition: str, *named: Named) -> RawItem | None:
    """Put an item where the condition holds; where it does not, what is there instead."""
    request = {
        "TableName": table.endpoint_name,
        "Item": item,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {name: each for names, _ in named for name, each in names.items()},
        "ExpressionAttributeValues": {name: each for _, values in named for name, each in values.items()},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    try:
        send(table, "PutItem", request)
    except ConditionFailed as error:
        return error.raw or {}
    return None
