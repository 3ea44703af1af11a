"""``python -m tests.benchmarks.capture``: what the triggers cost a write, as the ratio with and without them.

Each figure is the median of several turns, with and without taken in turn, on the shop of the tests. There is no bar:
that saving a row costs at most one more indexed insert is what the trigger does, and tests/mirror/test_capture.py sees
that it does no more.
"""

import argparse
import json
import statistics
import sys
import time

from tests.mirror.stage import staged

WRITES = ("save", "bulk insert", "update of many")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.capture", description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--database", default="sqlite,postgresql,mariadb", help="aliases, with commas between")
    parser.add_argument("--insert", type=int, default=10_000)
    parser.add_argument("--update", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args(arguments)
    rows = []
    for alias in options.database.split(","):
        with staged(alias):
            rows += _measured(alias, options)
    report = {"ok": True, "rows": rows}
    if options.format == "json":
        sys.stdout.write(json.dumps(report, indent=1) + "\n")
    else:
        for row in rows:
            sys.stdout.write(f"{row['name']}: {row['value']} times ({row['of']})\n")
    return 0


def _measured(alias, options):
    from dynamo_models.mirror.capture import installed

    triggers = [each for each in installed.migrated(alias) if each.event != "truncate"]
    seconds = {(name, on): [] for name in WRITES for on in (True, False)}
    for turn in range(2 * options.turns):
        on = turn % 2 == 0
        _set(alias, triggers, on=on)
        for name, work in zip(WRITES, (_save, _insert, _update), strict=True):
            seconds[name, on].append(work(alias, options))
    for name in WRITES:
        with_them, without = (statistics.median(seconds[name, on]) for on in (True, False))
        ratio = round(with_them / without, 2)
        said = f"{with_them:.4f} s with, {without:.4f} s without"
        yield {"name": f"{alias}: {name}", "value": ratio, "bar": None, "ok": True, "of": said}


def _set(alias, triggers, *, on):
    from django.db import connections

    from dynamo_models.mirror.capture import dialects

    connection = connections[alias]
    with connection.cursor() as cursor:
        for trigger in triggers:
            for statement in (dialects.create if on else dialects.remove)(connection.vendor, trigger):
                cursor.execute(statement)


def _save(alias, options):
    """A save of one row, the mean of 200."""
    _stock(alias, 1)
    from tests.mirror.shop.models import Product

    product = Product.objects.using(alias).get()
    started = time.perf_counter()
    for number in range(200):
        product.stock = number
        product.save()
    return (time.perf_counter() - started) / 200


def _insert(alias, options):
    return _stock(alias, options.insert)


def _update(alias, options):
    from tests.mirror.shop.models import Product

    _stock(alias, options.update)
    started = time.perf_counter()
    Product.objects.using(alias).update(stock=7)
    return time.perf_counter() - started


def _stock(alias, count):
    """The seconds that an insert of so many takes, into an empty table beside an empty log."""
    from django.db import transaction

    from dynamo_models.models import Change
    from tests.mirror.shop.models import Product

    for model in (Product, Change):
        model._base_manager.using(alias)._raw_delete(alias)
    Change.objects.using(alias)._raw_delete(alias)
    rows = [Product(sku=str(number), name="x") for number in range(count)]
    started = time.perf_counter()
    with transaction.atomic(using=alias):
        Product.objects.using(alias).bulk_create(rows, batch_size=1000)
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
