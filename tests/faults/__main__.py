"""``python -m tests.faults``: random rounds of faults on each database, compared after every round."""

import argparse
import json
import sys
from contextlib import ExitStack

from tests.mirror.stage import staged


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--database", default="postgresql,mariadb,sqlite", help="aliases, with commas between")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--relays", type=int, default=3)
    parser.add_argument("--operations", type=int, default=50, help="of each writer in each round")
    parser.add_argument("--pace", type=float, default=0.03, help="mean seconds between two operations of a writer")
    parser.add_argument(
        "--variant", default="", help='a broken variant of tests.mutants, "no fence": it should diverge'
    )
    options = parser.parse_args(arguments)
    rows = []
    for alias in options.database.split(","):
        with staged(alias):
            for seed in range(options.first_seed, options.first_seed + options.seeds):
                rows.append(_seed(alias, seed, options))
                sys.stderr.write(f"{rows[-1]}\n")
    report = {"ok": all(row["ok"] for row in rows), "rows": rows}
    if options.format == "json":
        sys.stdout.write(json.dumps(report, indent=1) + "\n")
    else:
        for row in rows:
            sys.stdout.write(f"{'ok ' if row['ok'] else 'NOT'} {row['name']}: {row['value']} {row['of']}\n")
    return 0 if report["ok"] else 1


def _seed(alias, seed, options):
    from tests.faults.rounds import rounds
    from tests.mirror.emptied import emptied

    with ExitStack() as stack:
        stack.enter_context(emptied(alias))
        if options.variant:
            from tests.mutants.variants import VARIANTS

            stack.enter_context(VARIANTS[options.variant][0]())
        tally = rounds(
            alias,
            seed,
            options.rounds,
            writers=options.writers,
            relays=options.relays,
            each=options.operations,
            pace=options.pace,
        )
    return {
        "name": f"{alias}, seed {seed}: divergent rounds",
        "value": len(tally.divergent),
        "bar": 0,
        "ok": not tally.divergent and tally.rounds == options.rounds,
        "of": {
            "rounds": tally.rounds,
            "operations": tally.operations,
            "kills": tally.kills,
            "seconds": round(tally.seconds, 1),
            "divergent": tally.divergent,
        },
    }


if __name__ == "__main__":
    sys.exit(main())
