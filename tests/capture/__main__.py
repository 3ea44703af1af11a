"""``python -m tests.capture``: every situation on every database."""

import argparse
import json
import sys
import time

from tests.mirror.stage import staged


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.capture", description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--database", default="sqlite,postgresql,mariadb", help="aliases, with commas between")
    options = parser.parse_args(arguments)
    rows = []
    for alias in options.database.split(","):
        with staged(alias):
            rows += _all(alias)
    report = {"ok": all(row["ok"] for row in rows), "rows": rows}
    if options.format == "json":
        sys.stdout.write(json.dumps(report, indent=1) + "\n")
    else:
        for row in rows:
            sys.stdout.write(f"{'ok ' if row['ok'] else 'NOT'} {row['name']}: {row['value']}\n")
    return 0 if report["ok"] else 1


def _all(alias):
    from tests.capture import situations
    from tests.mirror.emptied import emptied

    equal = refused = 0
    for name in situations.SITUATIONS:
        started = time.monotonic()
        with emptied(alias):
            result = situations.run(name, alias)
        equal, refused = equal + (result.ok and not result.refused), refused + (result.ok and bool(result.refused))
        yield {
            "name": f"{alias}: {name}",
            "value": result.refused or ("equal" if result.ok else result.differences),
            "bar": "equal, or refused before the write",
            "ok": result.ok,
            "seconds": round(time.monotonic() - started, 2),
        }
    total = len(situations.SITUATIONS)
    said = f"{equal} equal, {refused} refused, of {total}"
    yield {"name": f"{alias}: situations", "value": said, "bar": f"{total} of {total}", "ok": equal + refused == total}


if __name__ == "__main__":
    sys.exit(main())
