"""``python -m tests.corruptions [--count 1000] [--database postgresql] --format json``: does a verification find all?

Plants corruptions of ten kinds under live writes. The bar: every one found, no false alarm. Exit code 1 where not.
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.mirror.stage import staged


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.corruptions", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database", default="postgresql")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    with staged(options.database) as using:
        from tests.corruptions.plant import figures

        found = figures(using, options.count, seed=options.seed)
    recall = 1 - found["missed"] / found["planted"]
    rows = [
        {"name": "kinds planted", "value": found["kinds"], "bar": 10, "ok": found["kinds"] == 10},
        {"name": "corruptions planted", "value": found["planted"], "bar": options.count, "ok": True},
        {"name": "recall", "value": recall, "bar": 1.0, "ok": recall == 1.0},
        {"name": "false alarms", "value": found["false"], "bar": 0, "ok": found["false"] == 0},
        {"name": "live writes meanwhile", "value": found["live_writes"], "bar": 1, "ok": found["live_writes"] > 0},
        {"name": "keys never settled", "value": found["unsettled"], "bar": 0, "ok": found["unsettled"] == 0},
        {"name": "seconds", "value": round(found["seconds"], 1), "bar": None, "ok": True},
    ]
    ok = all(row["ok"] for row in rows)
    if options.format == "json":
        sys.stdout.write(json.dumps({"ok": ok, "rows": rows}) + "\n")
    else:
        for row in rows:
            sys.stdout.write(f"{row['name']:24} {row['value']}{'' if row['ok'] else '  not reached'}\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
