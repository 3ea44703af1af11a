"""``python -m tests.mutants``: every variant, what sees it, and that the same sees nothing in the real code."""

import argparse
import json
import os
import sys
import time


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    rows = list(_rows())
    report = {"ok": all(row["ok"] for row in rows), "rows": rows}
    if options.format == "json":
        sys.stdout.write(json.dumps(report, indent=1) + "\n")
    else:
        for row in rows:
            sys.stdout.write(f"{'ok ' if row['ok'] else 'NOT'} {row['name']}: {row['value']} ({row['seconds']} s)\n")
    return 0 if report["ok"] else 1


def _rows():
    from tests.interleavings.explore import Diverged, Explorer
    from tests.mutants.run import BY_NAME, judge
    from tests.mutants.variants import VARIANTS

    used = set()
    for name in VARIANTS:
        verdict = judge(name)
        used.add(verdict.killed_by)
        said = f"killed by {verdict.killed_by}" if verdict.killed_by else "survived"
        yield _row(f"mutant: {name}", said, "killed", ok=bool(verdict.killed_by), seconds=verdict.seconds)
    for name in sorted(used - {""}):
        started = time.monotonic()
        try:
            found = Explorer(BY_NAME[name]).explore()
            said, ok = f"equal after each of {found.schedules} orders", True
        except Diverged as error:
            said, ok = str(error), False
        yield _row(f"unmutated: {name}", said, "equal", ok=ok, seconds=time.monotonic() - started)
    yield from _on_databases()
    yield from _on_the_switch()


def _on_databases():
    from django.conf import settings

    from tests.mirror.stage import staged
    from tests.mutants.on_databases import ON_DATABASES

    for name, (block, schedule, databases) in ON_DATABASES.items():
        alias = next((each for each in databases if each in settings.DATABASES), None)
        if alias is None:
            yield _row(f"mutant: {name}", "no database here shows it", "killed", ok=False, seconds=0)
            continue
        with staged(alias):
            started = time.monotonic()
            with block():
                found = schedule(alias)
            said = f"killed by {schedule.__name__.replace('_', ' ')}, on {alias}" if found else "survived"
            yield _row(f"mutant: {name}", said, "killed", ok=bool(found), seconds=time.monotonic() - started)
        with staged(alias):
            started = time.monotonic()
            found = schedule(alias)
            said = "; ".join(map(str, found)) or "equal"
            what = f"unmutated: {schedule.__name__.replace('_', ' ')}, on {alias}"
            yield _row(what, said, "equal", ok=not found, seconds=time.monotonic() - started)


def _on_the_switch():
    from django.conf import settings

    from tests.mutants.on_the_switch import ON_THE_SWITCH, right

    for name, (scenario, judge, databases) in ON_THE_SWITCH.items():
        alias = next((each for each in databases if each == "sqlite" or each in settings.DATABASES), None)
        if alias is None:
            yield _row(f"mutant: {name}", "no database here shows it", "killed", ok=False, seconds=0)
            continue
        for fault in (name, ""):
            started = time.monotonic()
            ended_well, said = right(scenario, judge, alias, fault)
            seconds = time.monotonic() - started
            if fault:
                by = f"killed by {scenario.replace('_', ' ')}, on {alias}: {said}"
                yield _row(
                    f"mutant: {name}", "survived" if ended_well else by, "killed", ok=not ended_well, seconds=seconds
                )
            else:
                what = f"unmutated: {scenario.replace('_', ' ')}, on {alias}"
                yield _row(what, "as it should be" if ended_well else said, "equal", ok=ended_well, seconds=seconds)


def _row(name, value, bar, *, ok, seconds):
    return {"name": name, "value": value, "bar": bar, "ok": ok, "seconds": round(seconds, 2)}


if __name__ == "__main__":
    sys.exit(main())
