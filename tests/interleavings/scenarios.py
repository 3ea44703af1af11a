"""What happens to rows while workers and a backfill are at it."""

from dataclasses import replace

from tests.interleavings.accounts import foreign, own
from tests.interleavings.explore import Scenario

WORKERS = {"worker1": ("sync", 1), "worker2": ("sync", 1)}
ONE = {"worker": ("sync", 1), "backfill": ("backfill", 1)}
ALL = {**WORKERS, "backfill": ("backfill", 1)}
HANDED_OVER = {**WORKERS, "another": ("sync", 2)}

ALIVE = (
    Scenario("update", own, (("update", 1, None), ("update", 1, None)), ALL, deaths=0),
    Scenario("insert", own, (("insert", 1, "a"),), ALL, start=(), deaths=0),
    Scenario("move", own, (("update", 1, "b"),), ONE, deaths=0),
    Scenario("move and back", own, (("update", 1, "b"), ("update", 1, "a")), WORKERS, deaths=0),
    Scenario("delete", own, (("delete", 1, None),), ALL, deaths=0),
    Scenario("update and delete", own, (("update", 1, None), ("delete", 1, None)), ONE, deaths=0),
    Scenario("delete and reinsert", own, (("delete", 1, None), ("insert", 1, "a")), ALL, deaths=0),
    Scenario("reinsert elsewhere", own, (("delete", 1, None), ("insert", 1, "b")), WORKERS, deaths=0),
    Scenario("hand over", own, (("update", 1, "b"), ("insert", 2, "a"), ("update", 1, None)), HANDED_OVER, deaths=0),
    Scenario(
        "hand over by deletion",
        own,
        (("delete", 1, None), ("insert", 2, "a"), ("insert", 1, "b")),
        HANDED_OVER,
        deaths=0,
    ),
    Scenario(
        "rename elsewhere",
        foreign,
        (("update", 1, None), ("rename", 1, "b")),
        {**WORKERS, "fan-out": ("fan-out", 1)},
        deaths=0,
    ),
    Scenario(
        "insert and rename elsewhere",
        foreign,
        (("insert", 1, "a"), ("rename", 1, "b")),
        {**WORKERS, "fan-out": ("fan-out", 1)},
        start=(),
        deaths=0,
    ),
    Scenario(
        "hand over elsewhere",
        foreign,
        (("rename", 1, "b"), ("rename", 2, "a"), ("update", 1, None)),
        {
            "worker": ("sync", 1),
            "fan-out": ("fan-out", 1),
            "another": ("sync", 2),
            "another fan-out": ("fan-out", 2),
        },
        start=(("insert", 1, "a"), ("insert", 2, "c")),
        deaths=0,
    ),
)
# Rows from before the mirror, which a backfill brings while they change.
BEFORE = tuple(
    Scenario(
        f"{name} of what was there before",
        mirror,
        operations,
        {"worker": ("sync", 1), "backfill": ("backfill", 1)},
        deaths=0,
        unmirrored=True,
    )
    for name, mirror, operations in (
        ("update", own, (("update", 1, None),)),
        ("delete", own, (("delete", 1, None),)),
        ("move", own, (("update", 1, "b"),)),
        ("delete by a key from elsewhere", foreign, (("delete", 1, None),)),
    )
)
# The same with one that dies at any step, its request perhaps still on its way, and one worker less.
DEADLY = tuple(
    replace(
        each,
        name=f"{each.name}, with a death",
        deaths=1,
        processes={
            name: what
            for name, what in (each.processes | WORKERS if "backfill" in each.processes else each.processes).items()
            if name not in {"backfill", "worker"} or "backfill" not in each.processes
        },
    )
    for each in ALIVE
)
# Rows that are mirrored together by one, while another is at one of them: with inserts of several where both are new.
BOTH, BACKWARDS = {"both": ("sync", (1, 2))}, {"both": ("sync", (2, 1))}
TOGETHER = tuple(
    Scenario(f"{name}, together", mirror, operations, processes, start=start, deaths=deaths)
    for name, mirror, start, operations, processes, deaths in (
        ("insert two", own, (), (("insert", 1, "a"), ("insert", 2, "b")), BOTH | {"worker": ("sync", 1)}, 1),
        (
            "insert two and backfill",
            own,
            (),
            (("insert", 1, "a"),),
            {"both": ("backfill", (1, 2)), "worker": ("sync", 1)},
            0,
        ),
        (
            "update two",
            own,
            (("insert", 1, "a"), ("insert", 2, "b")),
            (("update", 1, None), ("update", 2, None)),
            BOTH | {"worker": ("sync", 2)},
            1,
        ),
        (
            "hand over",
            own,
            (("insert", 1, "a"),),
            (("update", 1, "b"), ("insert", 2, "a"), ("update", 1, None)),
            BOTH | {"worker": ("sync", 1)},
            1,
        ),
        (
            "hand over by deletion",
            own,
            (("insert", 1, "a"),),
            (("delete", 1, None), ("insert", 2, "a"), ("insert", 1, "b")),
            BACKWARDS | {"worker": ("sync", 2)},
            0,
        ),
        (
            "hand over elsewhere",
            foreign,
            (("insert", 1, "a"), ("insert", 2, "c")),
            (("rename", 1, "b"), ("rename", 2, "a"), ("update", 1, None)),
            BOTH | {"fan-out": ("fan-out", 1), "another fan-out": ("fan-out", 2)},
            0,
        ),
        (
            "hand over elsewhere and delete",
            foreign,
            (("insert", 1, "a"), ("insert", 2, "c")),
            (("rename", 1, "b"), ("rename", 2, "a"), ("update", 1, None), ("update", 2, None), ("delete", 2, None)),
            BOTH | {"worker": ("sync", 2)},
            0,
        ),
        (
            "insert two and rename elsewhere",
            foreign,
            (),
            (("insert", 1, "a"), ("insert", 2, "c"), ("rename", 1, "b")),
            BOTH | {"worker": ("sync", 1), "fan-out": ("fan-out", 1)},
            1,
        ),
    )
)
SCENARIOS = ALIVE + BEFORE + DEADLY + TOGETHER
