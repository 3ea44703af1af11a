"""A process that uses up what people have of hints: ``python -m tests.limits_switch.client SEED``.

By standard input a plan, JSON: ``users`` in the order in which they come, ``tries`` of this process for each of them,
``limit``, ``every`` so many seconds one more, each there for ``window`` seconds, and ``at`` of ``time.time()`` the
first. By standard output what it was told.
"""

import json
import os
import random
import sys
import time
from collections import Counter

import django

django.setup()

from django.db import DatabaseError, connections  # noqa: E402

from algoitny.usage import access  # noqa: E402
from dynamo_models.cutover.pause import is_of_pause  # noqa: E402

PATIENCE = 40.0


def main():
    seed, plan = sys.argv[1], json.load(sys.stdin)
    found = random.Random(seed)
    tries = sorted(
        (number * plan["every"] + found.uniform(0, plan["window"]), user)
        for number, user in enumerate(plan["users"])
        for _ in range(plan["tries"])
    )
    decided, errors, longest = Counter(), [], 0.0
    parent = os.getppid()
    for turn, (at, user) in enumerate(tries):
        if os.getppid() != parent:
            return  # nobody is left behind by a program that is killed
        time.sleep(max(0.0, plan["at"] + at - time.time()))
        began = time.monotonic()
        reason = take(user, plan["limit"], f"{seed}-{turn}", errors)
        longest = max(longest, time.monotonic() - began)
        decided[f"{user} {reason}"] += 1
    late = time.time() - plan["at"] - tries[-1][0]
    sys.stdout.write(json.dumps({"decided": decided, "errors": errors, "longest": longest, "late": late}) + "\n")


def take(user, limit, name, errors):
    """As a client does that is told to come again: the same request, until it is decided."""
    until, parent = time.monotonic() + PATIENCE, os.getppid()
    while os.getppid() == parent:
        try:
            decision = access.take(user, "hint", limit=limit, request_id=name).decision
        except DatabaseError as error:
            connections.close_all()
            if not is_of_pause(error):
                errors.append(f"{type(error).__name__}: {error}"[:300])
            if time.monotonic() > until:
                return "error"
        else:
            if decision.reason != "unavailable" or time.monotonic() > until:
                return decision.reason
        time.sleep(0.05)
    return "error"


if __name__ == "__main__":
    main()
