"""There and back again and again while clients write; what was acknowledged is in both stores at the end."""

import math

from tests.switch import crashes, world

PAUSE = 5.0  # seconds, of the 99th percentile


def run(database, times, count):
    """Rows of the report."""
    pauses, writes = [], []
    with world.world(database) as directory:
        with crashes.relay(), crashes.clients(directory, count) as (logs, ended):
            for _ in range(times):
                for to in ("dynamodb", "reading"):
                    world.switch(crashes.GROUP, to)
                    pauses.append(world.status(crashes.GROUP)["switch"]["pause_seconds"])
        lost, differences = crashes.settled(logs)
    for each in ended:
        writes += each["seconds"]
    return [
        {"name": "switches", "value": len(pauses), "bar": 2 * times, "ok": len(pauses) == 2 * times},
        {"name": "acknowledged and lost", "value": len(lost), "bar": 0, "ok": not lost, "of": lost[:20]},
        {"name": "differences", "value": differences, "bar": 0, "ok": not differences},
        crashes.unexplained(ended),
        {"name": "writes acknowledged", "value": len(writes), "bar": times, "ok": len(writes) >= times},
        _seconds("pause, 99th percentile, seconds", pauses, 0.99, PAUSE),
        _seconds("pause, median, seconds", pauses, 0.5, PAUSE),
        _seconds("longest wait of a client's write, seconds", writes, 1.0, 30.0),
    ]


def _seconds(name, values, share, bar):
    ranked = sorted(values)
    value = round(ranked[max(0, math.ceil(share * len(ranked)) - 1)], 3)
    return {"name": name, "value": value, "bar": bar, "ok": value <= bar}
