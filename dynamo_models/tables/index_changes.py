"""Which indexes to add, replace and drop, in which order, and which changes of indexes DynamoDB cannot make."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from dynamo_models.schema.table import MAX_GLOBAL_INDEXES
from dynamo_models.tables.report import Extra, Refusal
from dynamo_models.tables.state import IndexState, TableState, same_keys
from dynamo_models.tables.steps import AddIndex, DropIndex, ReplaceIndex, Step

_NEW_TABLE = "Put it back in the definition as it is, or define a table under another name and copy the items to it."
_ANEW = "to add it anew with other keys or another projection; readers are without it until it is backfilled"


def same_shape(one: IndexState, other: IndexState) -> bool:
    """Whether two indexes are the same but for their capacity."""
    return (
        one.local == other.local
        and same_keys(one.keys, other.keys)
        and one.projection == other.projection
        and one.attributes == other.attributes
    )


def index_changes(wanted: TableState, live: TableState, *, drop: bool) -> tuple[list[Step], list[Extra], list[Refusal]]:
    """Steps in the order to take them, what is left, and what cannot be done.

    What is new comes before what goes, so that readers of either find theirs for as long as can be, unless an index
    that goes is in the way: by a key attribute's type, or by the number of indexes that a table takes.
    """
    refusals = list(_local_refusals(wanted, live))
    now = {index.name: index for index in live.global_indexes()}
    then = {index.name: index for index in wanted.global_indexes()}
    local = {index.name for index in live.indexes.values() if index.local}
    adds = [index for name, index in then.items() if name not in now and name not in local]
    changed = [index for name, index in then.items() if name in now and not same_shape(index, now[name])]
    gone = [name for name in now if name not in then and name not in wanted.indexes]
    extras = [] if drop else [Extra(what=f"index {name}", flag="--drop") for name in gone]
    if not drop:
        refusals += [_needs_flag(index, now[index.name]) for index in changed]
    replaced = changed if drop else []
    dropped = gone if drop else []

    goes = {index.name for index in replaced} | set(dropped)
    stays = [index for name, index in now.items() if name not in goes]
    stays += [index for index in live.indexes.values() if index.local]
    for index in (*adds, *replaced):
        refusals += _type_refusals(index, stays)
    count = len(now) + len(adds)
    if count - len(dropped) > MAX_GLOBAL_INDEXES:
        refusals.append(_too_many(count, gone))

    first = [
        name for name in goes if any(_conflict(index, now[name]) for index in (*adds, *replaced) if index.name != name)
    ]
    early = _early_drops(dropped, first, spare=count - MAX_GLOBAL_INDEXES)
    split = [index.name for index in replaced if index.name in first]
    steps: list[Step] = [DropIndex(name=name) for name in early]
    steps += [DropIndex(name=name, reason=_ANEW) for name in split]
    steps += [AddIndex(index=index) for name, index in then.items() if index in adds or name in split]
    steps += [
        ReplaceIndex(index=index, was=now[index.name].describe()) for index in replaced if index.name not in split
    ]
    steps += [DropIndex(name=name) for name in dropped if name not in early]
    return steps, extras, refusals


def _early_drops(dropped: list[str], first: Collection[str], *, spare: int) -> list[str]:
    """Of the indexes to drop, those that go before anything is added: what is in the way, and ``spare`` at least."""
    early = [name for name in dropped if name in first]
    others = [name for name in dropped if name not in first]
    return early + others[: max(0, spare - len(early))]


def _local_refusals(wanted: TableState, live: TableState) -> Iterator[Refusal]:
    for name in dict.fromkeys((*wanted.indexes, *live.indexes)):
        one, other = wanted.indexes.get(name), live.indexes.get(name)
        if not (one and one.local) and not (other and other.local):
            continue
        if other is None:
            yield Refusal(
                what=f"local index {name}",
                reason="DynamoDB makes a local index with its table, and this table is there without it.",
                remedy="Define it as a global Index, or define a table under another name and copy the items to it.",
            )
        elif one is None:
            yield Refusal(what=f"local index {name}", reason="DynamoDB cannot drop a local index.", remedy=_NEW_TABLE)
        elif one.local != other.local:
            kinds = ("local", "global") if other.local else ("global", "local")
            yield Refusal(
                what=f"index {name}",
                reason=f"It is a {kinds[0]} index, and DynamoDB cannot make it a {kinds[1]} one.",
                remedy="Give the new index another name, or define another table and copy the items to it.",
            )
        elif not same_shape(one, other):
            yield Refusal(
                what=f"local index {name}",
                reason=f"DynamoDB cannot change a local index; it is {other.describe()}.",
                remedy=_NEW_TABLE,
            )


def _needs_flag(index: IndexState, was: IndexState) -> Refusal:
    return Refusal(
        what=f"index {index.name}",
        reason=(
            f"DynamoDB cannot change it in place from {was.describe()} to {index.describe()}, "
            "and readers are without it while it is dropped and added anew."
        ),
        remedy="Define the new index under another name and move its readers; or give --drop to replace it.",
    )


def _conflict(index: IndexState, other: IndexState) -> str:
    """The key attribute that both have with different types, or ""."""
    types = dict(other.keys)
    return next((name for name, kind in index.keys if types.get(name, "") not in ("", kind)), "")


def _type_refusals(index: IndexState, stays: Iterable[IndexState]) -> Iterator[Refusal]:
    for other in stays:
        attribute = _conflict(index, other)
        if attribute:
            yield Refusal(
                what=f"index {index.name}",
                reason=f"Its key attribute {attribute} has another type in index {other.name}, which stays.",
                remedy="Name another attribute; or, where that index is not in the definition, give --drop.",
            )


def _too_many(count: int, gone: list[str]) -> Refusal:
    spare = f" Indexes that are not in the definition: {', '.join(gone)}." if gone else ""
    return Refusal(
        what="indexes",
        reason=f"There would be {count} global indexes; DynamoDB takes {MAX_GLOBAL_INDEXES}.{spare}",
        remedy="Give --drop to drop what the definition does not have.",
    )
