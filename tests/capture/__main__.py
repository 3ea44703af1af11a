"""``python -m tests.capture``: every situation on every database."""

import argparse
import json
import sys
import time
from collections import Counter

from tests.mirror.stage import staged


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.capture", description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--database", default="sqlite,postgresql,mariadb", help="aliases, with commas between")
    parser.add_argument("--tier", choices=("triggers", "orm"), default="triggers", help="who tells of writes")
    options = parser.parse_args(arguments)
    rows = []
    for alias in options.database.split(","):
        with staged(alias):
            rows += _all(alias, options.tier)
    report = {"ok": all(row["ok"] for row in rows), "rows": rows}
    if options.format == "json":
        sys.stdout.write(json.dumps(report, indent=1) + "\n")
    else:
        for row in rows:
            sys.stdout.write(f"{'ok ' if row['ok'] else 'NOT'} {row['name']}: {row['value']}\n")
    return 0 if report["ok"] else 1


def _all(alias, tier):
    from tests.capture import situations, tiers
    from tests.mirror.emptied import emptied

    allowed = {"triggers": ("equal", "refused"), "orm": ("equal", "refused", "detected")}[tier]
    counts = Counter()
    with tiers.in_tier(tier, alias):
        for name in situations.SITUATIONS:
            started = time.monotonic()
            with emptied(alias):
                result = situations.run(name, alias)
            counts[result.outcome] += 1
            yield {
                "name": f"{alias}: {name}",
                "outcome": result.outcome,
                "value": result.refused or ", ".join(result.alarms) or result.differences or "equal",
                "bar": f"{', '.join(allowed)}; refused before the write",
                "ok": result.outcome in allowed,
                "seconds": round(time.monotonic() - started, 2),
            }
    total = len(situations.SITUATIONS)
    yield {
        "name": f"{alias}: situations",
        "outcomes": {each: counts[each] for each in (*allowed, "lost")},
        "value": f"{', '.join(f'{counts[each]} {each}' for each in allowed)}, of {total}",
        "bar": f"{total} of {total}",
        "ok": sum(counts[each] for each in allowed) == total,
    }


if __name__ == "__main__":
    sys.exit(main())
