"""``python -m tests.benchmarks.backfill [--rows 200000] --format json``: a backfill beside a naive loop of save().

The naive loop keeps nothing: no lock, no number, no log, no memory of keys, no unique item. It is measured before the
backfill, on a table of its own, and again after it, as machines are shared and noisy. The bars: at least as many rows a
second, no more CPU a row, no more memory at the end than at a quarter of the way, and every row mirrored. Exit code 1
where not. CPU is this process's; that of the database and of the endpoint is not in it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from tests.mirror.stage import staged

# The memory that a run may have gained between a quarter of its rows and the last: it is noise, and not a list of rows.
MOST_GROWTH = 1.10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.backfill", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--database", default="postgresql")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    with staged(options.database) as using:
        rows = measured(using, options.rows, options.workers)
    ok = all(row["ok"] for row in rows)
    if options.format == "json":
        sys.stdout.write(json.dumps({"ok": ok, "rows": rows}) + "\n")
    else:
        for row in rows:
            sys.stdout.write(f"{row['name']:40} {row['value']:>12,}{'' if row['ok'] else '  not reached'}\n")
    return 0 if ok else 1


def measured(using, count, workers):
    from dynamo_models.mirror import backfill
    from dynamo_models.mirror.registration import mirror_of
    from dynamo_models.models import BackfillRange, Change
    from dynamo_models.testing import fresh_tables
    from tests.benchmarks import naive
    from tests.mirror.shop.items import shop
    from tests.mirror.shop.models import Product

    for start in range(0, count, 1000):
        Product.objects.using(using).bulk_create(
            Product(sku=f"s{n:07}", name=f"Name {n}", stock=n) for n in range(start, min(start + 1000, count))
        )
        Change.objects.using(using).all().delete()
    some = min(count, 2500)

    def naively():
        with fresh_tables([shop]):
            found = spent(lambda: naive.fill(using, some), some)
        Change.objects.using(using).all().delete()
        return found

    memory = {}

    def told(done, total, _note):
        if total:
            memory[min(4, done * 4 // total)] = resident()

    mirror = mirror_of("shop.product")
    before = naively()
    run = backfill.start(mirror, using)
    options = backfill.Options(workers=workers)
    seconds, cpu = spent(lambda: backfill.carry_out(mirror, run, using, options, told=told), count)
    naive_seconds, naive_cpu = (sum(pair) / 2 for pair in zip(before, naively(), strict=True))
    done = sum(each.done for each in BackfillRange.objects.using(using).filter(run=run))
    growth = max(memory[quarter] for quarter in memory if quarter) / memory[min(memory.keys() - {0})]
    pace, work = naive_seconds / seconds, cpu / naive_cpu
    return [
        row("rows", count),
        row("rows mirrored", done, count, ok=done == count),
        row("rows a second, backfill", round(1 / seconds, 1)),
        row("rows a second, naive save() and put", round(1 / naive_seconds, 1)),
        row("rows a second, to the naive loop's", round(pace, 2), 1.0, ok=pace >= 1),
        row("CPU ms a row, backfill", round(cpu * 1000, 3)),
        row("CPU ms a row, naive", round(naive_cpu * 1000, 3)),
        row("CPU a row, to the naive loop's", round(work, 2), 1.0, ok=work <= 1),
        *(row(f"resident MB after {25 * quarter} %", round(memory[quarter] / 2**20, 1)) for quarter in sorted(memory)),
        row("growth of memory", round(growth, 3), MOST_GROWTH, ok=growth <= MOST_GROWTH),
    ]


def spent(function, rows):
    """Seconds, and seconds of CPU, that a function takes for each of so many rows."""
    begun, cpu = time.monotonic(), time.process_time()
    function()
    return (time.monotonic() - begun) / rows, (time.process_time() - cpu) / rows


def row(name, value, bar=None, *, ok=True):
    return {"name": name, "value": value, "bar": bar, "ok": ok}


def resident():
    """Bytes that this process has in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


if __name__ == "__main__":
    sys.exit(main())
