"""What a check of a limit costs with 0 to 10,000 uses that day: by the counter, and by counting the log.

``python -m tests.benchmarks.limits [--format text|json] [--uses 0,100,1000,10000]``; exit code 1 where a check by the
counter costs more requests or units with more uses than with none. Requests and units are what is compared, no times.
Units are those that dynoxide reports: none of a transaction that is refused, which AWS bills.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.benchmarks.measure import Row, report, row

AT = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
ACTION = "execution"


def rows(sizes: Sequence[int]) -> list[Row]:
    """Of each way for each number of uses. The bar of a check by the counter is what the first of them costs; counting
    the log is shown beside it, and has none but itself."""
    from tests.limits.entities import a_limiter

    found, first = [], {}
    fill = _Filling()
    for size in sizes:
        user = f"user{size}"
        fill(user, size)
        ways = {
            "counter, with the row": lambda who=user: check(a_limiter(), who),
            "counter first, then the row": lambda who=user: check(a_limiter(atomic_log=False), who),
            "counter, refused": lambda who=user, most=size + 2: check(a_limiter(), who, limit=most),
            "peek": lambda who=user: a_limiter().peek(who, ACTION, limit=-1, at=AT),
            "counting the log": lambda who=user: by_counting(who),
        }
        for way, carry_out in ways.items():
            for what, value in _cost(carry_out).items():
                bar = value if way == "counting the log" else first.setdefault((way, what), value)
                found.append(row(f"{way}: {what}, {size:,} uses", value, bar))
    return found


def check(limiter: Any, user: str, limit: int = 1_000_000) -> None:
    limiter.consume(user, ACTION, limit=limit, at=AT)


def by_counting(user: str) -> None:
    """The design that the counter stands in for: count the day's rows, and put one more."""
    from tests.limits.entities import UseLog

    UseLog.objects.filter(user_id=user, date=AT.date(), action=ACTION).consistent().count()
    UseLog(user_id=user, date=AT.date(), action=ACTION, created_at=AT, request_id="counted").put()


class _Filling:
    """A day's uses, as they are after so many."""

    def __call__(self, user: str, size: int) -> None:
        from tests.limits.entities import UseLog, a_limiter, main

        main.put_all(
            UseLog(user_id=user, date=AT.date(), action=ACTION, created_at=AT, request_id=f"before{number:06d}")
            for number in range(size)
        )
        a_limiter().reconcile(user, ACTION, at=AT)


def _cost(carry_out: Any) -> dict[str, float]:
    from dynamo_models import capture

    with capture() as usage:
        carry_out()
    return {"requests": len(usage), "read units": usage.read_units, "write units": usage.write_units}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.limits", description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "--uses", default="0,100,1000,10000", help="uses that day, the smallest first (0,100,1000,10000)"
    )
    options = parser.parse_args(arguments)
    from dynamo_models import embedded
    from dynamo_models.testing import fresh_tables
    from tests.limits.entities import main as table

    with tempfile.TemporaryDirectory() as directory, embedded.serve_throwaway("dynoxide", Path(directory)) as endpoint:
        settings.DYNAMO_MODELS["ENDPOINT"] = endpoint.url
        with fresh_tables([table]):
            return report(rows([int(each) for each in options.uses.split(",")]), options.format)


if __name__ == "__main__":
    if not settings.configured:
        settings.configure(DYNAMO_MODELS={})
    sys.exit(main())
