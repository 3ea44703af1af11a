"""For tests of code whose models are being moved: put a group at a stage, and see what its reads are like there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from dynamo_models.cutover import shadow
from dynamo_models.cutover.normal import kept
from dynamo_models.cutover.stages import Place, Stage
from dynamo_models.cutover.state import State, overridden
from dynamo_models.mirror.registration import mirrors

_WHOLE = 100


@contextmanager
def override_stage(
    group: str,
    stage: str,
    share: int | None = None,
    *,
    killed: bool = False,
    allow: Iterable[str] = (),
    deny: Iterable[str] = (),
) -> Iterator[None]:
    """A group is at a stage for the block, in every thread of the process, whatever is stored; no guard is asked.

    share: of reads at stage reading, in per cent; all where none is given. From stage dynamodb on writes go to DynamoDB
    as well, and to no other store: nothing is mirrored back. Reads are compared at once, on the
    connection of the test: AssertionError at the end of the block with those that the stores answered differently. What
    has a change in flight is not compared, so mirror first: ``drain()`` of ``dynamo_models.testing.mirror``.
    """
    if group not in {mirror.group for mirror in mirrors()}:
        raise LookupError(f"There is no group {group!r}: dual_write(..., group={group!r}).")
    of_stage = Stage(stage)
    given = share if share is not None else _WHOLE
    place = Place(stage=of_stage, share=given if of_stage in {Stage.READING, Stage.SWITCHING} else 0)
    before, already = overridden.get(group), len(shadow.differing)
    overridden[group] = State(group=group, place=place, killed=killed, allow=frozenset(allow), deny=frozenset(deny))
    try:
        yield
        found = shadow.differing[already:]
    finally:
        del shadow.differing[already:]
        if before is None:
            del overridden[group]
        else:
            overridden[group] = before
    if found:
        lines = [
            f"  {read.what}\n    SQL {kept(difference.sql)}\n    DynamoDB {kept(difference.dynamodb)}"
            for read, difference in found
        ]
        raise AssertionError("\n".join(["SQL and DynamoDB answer differently:", *lines]))
