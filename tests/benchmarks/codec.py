"""What an item costs to construct, encode and decode, and what first calls cost, each as a part of PynamoDB's cost.

``python -m tests.benchmarks.codec [--format text|json]``; exit code 1 where a bar of the project's performance page is
not reached. Ratios hold to about 8 % from run to run; the times behind them are noise, and are not shown.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial

from django.conf import settings

from tests.benchmarks import first_calls
from tests.benchmarks.measure import Row, ratio, report, row


def rows(*, repeats: int, seconds: float) -> list[Row]:
    """The figures of the codec. Both sides are asserted to make the same item and the same values of it."""
    from dynamo_models.codec import codec_of
    from tests.benchmarks.item import KEYS, VALUES, Problem, Reference

    codec = codec_of(Problem)
    problem, reference = Problem(**VALUES), Reference(**KEYS, **VALUES)
    wire = codec.encode(problem)
    assert wire == reference.serialize()
    ours, theirs = codec.decode(wire), Reference.from_raw_data(wire)
    for name, value in VALUES.items():
        held = getattr(theirs, name)
        assert getattr(ours, name) == (held.as_dict() if name == "limits" else held) == value, name

    def part(product: object, other: object) -> float:
        return ratio(product, other, repeats=repeats, seconds=seconds)

    return [
        row("construct", part(partial(Problem, **VALUES), partial(Reference, **KEYS, **VALUES)), 0.12),
        row("encode", part(partial(codec.encode, problem), reference.serialize), 0.16),
        row("decode", part(partial(codec.decode, wire), partial(Reference.from_raw_data, wire)), 0.08),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.codec", description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--repeats", type=int, default=9, help="turns, of which the median is taken (9)")
    parser.add_argument("--seconds", type=float, default=0.1, help="the length of a turn (0.1)")
    parser.add_argument("--classes", type=int, default=20, help="classes whose first calls are counted (20)")
    options = parser.parse_args(arguments)
    found = rows(repeats=options.repeats, seconds=options.seconds)
    found += first_calls.rows(repeats=options.repeats, classes=options.classes)
    return report(found, options.format)


if __name__ == "__main__":
    if not settings.configured:
        settings.configure(DYNAMO_MODELS={})
    raise SystemExit(main())
