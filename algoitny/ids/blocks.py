"""Blocks of ids: a process takes so many at once, so that an id costs a request only now and then.

Ids are never handed out twice. Those of a block that a process did not come to use are lost, as a rolled-back row's id
is lost in SQL.
"""

import threading
from collections.abc import Iterator

from algoitny.ids.items import Sequence
from dynamo_models import ConditionFailed

BLOCK = 50

_lock = threading.Lock()
_blocks: dict[tuple[str, str], Iterator[int]] = {}


def next_id(name: str) -> int:
    """The next id of that kind of row; one request for every BLOCK of them."""
    # The table's name on its endpoint is part of what a block belongs to: tests and settings change it.
    of = (Sequence.schema.table.endpoint_name, name)
    with _lock:
        for found in _blocks.get(of, iter(())):
            return found
        last = Sequence.objects.upsert(Sequence.last.add(BLOCK), name=name).last
        _blocks[of] = iter(range(last - BLOCK + 2, last + 1))
        return last - BLOCK + 1


def raise_to(name: str, last: int) -> None:
    """Let no id up to this one be handed out any more; what is higher already stays."""
    try:
        Sequence.objects.upsert(name=name, last=last, if_=Sequence.last < last)
    except ConditionFailed:
        return
    forget()


def forget() -> None:
    """Drop the blocks that this process holds."""
    with _lock:
        _blocks.clear()
