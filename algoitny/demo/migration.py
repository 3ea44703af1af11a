"""The whole way of AlgoItny's groups to DynamoDB and back, under people's requests: what the main job is about."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from algoitny.demo import ladder, mirroring
from algoitny.demo.board import Board
from algoitny.demo.ladder import Switched
from algoitny.demo.load.ledger import Ledger
from algoitny.demo.load.lost import lost
from algoitny.demo.mirroring import Backfilled, Compared
from algoitny.demo.pace import Pace
from algoitny.demo.traffic import Traffic
from dynamo_models import conf
from dynamo_models.cutover import controls
from dynamo_models.cutover.stages import Stage

USING = "default"
WATCHED = 3.0  # seconds after the kill switch in which reads are looked at

PEOPLE = "under people's writes"
TRIES = 5  # of a verification until it could judge every key

Say = Callable[[str], None]


@dataclass(kw_only=True)
class Migrated:
    """What the way there and back came to.

    written: by who writes to SQL past the interface, by kind. verified: verifications by when they were made. switches:
    in their order. rollback: seconds after which no read was served by DynamoDB any more; None where none was asked.
    lost: what was acknowledged and is not in a store. skipped: why authority was not switched, where it was not.
    """

    ledger: Ledger
    written: dict[str, int] = field(default_factory=dict)
    backfilled: Backfilled
    verified: dict[str, Compared] = field(default_factory=dict)
    switches: list[Switched] = field(default_factory=list)
    rollback: float | None = None
    caught_up: float = 0.0
    lost: list[str] = field(default_factory=list)
    skipped: str = ""


def there_and_back(board: Board, pace: Pace, say: Say, *, streams: bool) -> Migrated:
    """Every group up the ladder, authority there and back, and the kill switch; people read and write all the time.

    Raises HeldError, NeverCaughtUpError, EndedEarlyError, and what a write or a verification failed with.
    """
    groups = ladder.groups()
    board.restart()
    board.begins("mirroring what is written", mark="mirror")
    for group in groups:
        ladder.up(group, Stage.MIRROR)
    say(f"mirror: {', '.join(groups)}; every write is captured, and mirrored")
    with Traffic() as traffic:
        board.begins("backfill", mark="backfill")
        backfilled = mirroring.fill(board.begins)
        say(
            f"backfill: {backfilled.total:,} rows in {backfilled.seconds:.1f} s, under {traffic.total:,} writes past it"
        )
        found = Migrated(ledger=board.ledger, backfilled=backfilled)
        for group in groups:
            ladder.up(group, Stage.BACKFILLED)
        board.begins("verifying under writes", mark="verify")
        found.verified["under writes"] = mirroring.compare(board.begins)
        say(f"verify, under writes: {found.verified['under writes']}")
        # Every kind has its turn, on a slow machine too.
        while not traffic.has_done_all() and not traffic.has_failed():
            time.sleep(mirroring.LOOK)
        traffic.stop()
    found.written = dict(traffic.written)
    found.verified[PEOPLE] = _judged(board)
    say(f"verify, under people's writes: {found.verified[PEOPLE]}")
    _reads(board, pace, say)
    if streams:
        _writes(board, pace, say, found)
    else:
        found.skipped = "This endpoint gives no streams: what is written to DynamoDB could not come back."
        say(f"switch: left out. {found.skipped}")
    found.rollback = _roll_back(board, say)
    return found


def _judged(board: Board) -> Compared:
    """A verification that could judge every key: of what is written without a break it cannot."""
    for _ in range(TRIES - 1):
        found = mirroring.compare(board.begins)
        if not found.unjudged or found.kinds:
            return found
    return mirroring.compare(board.begins)


def settle(board: Board, found: Migrated, say: Say) -> None:
    """When nobody writes any more: nothing waits, nothing is lost, and both stores are equal."""
    board.begins("waiting for both stores", mark="at rest")
    found.caught_up = mirroring.wait()
    found.lost = lost(board.ledger)
    say(
        f"acknowledged by the server: {sum(board.ledger.written.values()):,} writes; "
        f"{len(board.ledger.acknowledged):,} values looked for in both stores, {len(found.lost)} lost"
    )
    found.verified["at rest"] = mirroring.compare(board.begins)
    say(f"verify, at rest: {found.verified['at rest']}")


def _reads(board: Board, pace: Pace, say: Say) -> None:
    groups = ladder.groups()
    for group in groups:
        ladder.up(group, Stage.VERIFIED)
        ladder.up(group, Stage.SHADOW)
    board.begins("shadow: answers are compared", mark="shadow")
    for share in conf.cutover_settings().shares:
        for group in groups:
            ladder.up(group, Stage.READING, share)
        board.begins(f"{share} % of reads from DynamoDB", mark=f"{share} %")
        say(f"reading: {share} % of people are answered by DynamoDB")
        time.sleep(pace.soak)


def _writes(board: Board, pace: Pace, say: Say, found: Migrated) -> None:
    groups = ladder.groups()
    for to, order in ((Stage.DYNAMODB, groups), (Stage.READING, groups[::-1])):
        there = to is Stage.DYNAMODB
        for group in order:
            board.begins(f"{group} to {to}", mark=f"{group} {'→' if there else '←'}")
            switched = ladder.switch(group, to, board)
            found.switches.append(switched)
            say(f"switch: {group} to {to}, writes waited for {switched.pause:.2f} s")
        board.begins(f"{'DynamoDB' if there else 'SQL'} has authority", mark="DynamoDB" if there else "SQL")
        time.sleep(pace.soak)
        if there:
            compared = _judged(board)
            found.verified["under DynamoDB's authority"] = compared
            say(f"verify, under DynamoDB's authority and writes: {compared}")


def _roll_back(board: Board, say: Say) -> float | None:
    """The kill switch, from 100 %: how long it took until no more reads came from DynamoDB."""
    board.begins("kill switch: every read to SQL", mark="kill")
    for group in ladder.groups():
        controls.kill(group, using=USING, who=ladder.WHO, reason="The demo tries it.")
    began = time.monotonic()
    time.sleep(WATCHED)
    later = [each for each in board.ledger.since(time.monotonic() - began) if each.store == "dynamodb"]
    seconds = max([0.0, *(each.at - each.seconds - began for each in later)])
    say(f"kill switch: {seconds:.2f} s later no read came from DynamoDB")
    return seconds


def end_kill() -> None:
    """Reads go where the stage says again."""
    for group in ladder.groups():
        controls.unkill(group, using=USING, who=ladder.WHO)
