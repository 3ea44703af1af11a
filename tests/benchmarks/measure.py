"""Process CPU of two functions, in turns in one process, so that what disturbs the one disturbs the other."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Row:
    """One figure: a ratio to PynamoDB, or a count. It is good where it is not above its bar."""

    name: str
    value: float
    bar: float
    ok: bool


def row(name: str, value: float, bar: float) -> Row:
    return Row(name, round(value, 4), bar, value <= bar)


def ratio(product: Callable[[], Any], reference: Callable[[], Any], *, repeats: int, seconds: float) -> float:
    """The median CPU of ``product`` as a part of ``reference``'s, over ``repeats`` turns of about ``seconds`` each."""
    counts = [max(1, int(seconds / max(_cpu(each, 20) / 20, 1e-7))) for each in (product, reference)]
    turns = []
    for _ in range(repeats):
        gc.collect()
        turns.append([_cpu(each, count) / count for each, count in zip((product, reference), counts, strict=True)])
    return median(turn[0] for turn in turns) / median(turn[1] for turn in turns)


def _cpu(function: Callable[[], Any], count: int) -> float:
    begin = time.process_time()
    for _ in range(count):
        function()
    return time.process_time() - begin


def report(rows: Sequence[Row], form: str) -> int:
    """Print the rows as a table or as one JSON object; the exit code, 1 where a bar is not reached."""
    ok = all(each.ok for each in rows)
    if form == "json":
        json.dump({"ok": ok, "rows": [asdict(each) for each in rows]}, sys.stdout)
        sys.stdout.write("\n")
    else:
        width = max(len(each.name) for each in rows)
        sys.stdout.write(f"{'':{width}}  {'value':>8}  {'bar':>6}\n")
        for each in rows:
            said = "" if each.ok else "  not reached"
            sys.stdout.write(f"{each.name:{width}}  {each.value:8.3f}  {each.bar:6.2f}{said}\n")
    return 0 if ok else 1
