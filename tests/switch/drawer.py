"""Makes accounts until it is told to end, and says their numbers: ``python -m tests.switch.drawer SEED BRANCH``.

It looks at the stage so rarely that it has not heard of a new one for a while.
"""

import json
import signal
import sys
import threading

import django

django.setup()

from django.db import DatabaseError  # noqa: E402

from dynamo_models.cutover import state  # noqa: E402
from tests.switch.bank.models import Account  # noqa: E402


def main():
    state.FRESH = 2.0
    ended, drawn, tried = threading.Event(), [], 0
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    sys.stdout.write("at work\n")
    sys.stdout.flush()
    while not ended.is_set():
        tried += 1
        ended.wait(0.02)
        try:
            drawn.append(
                Account.objects.create(number=f"d{sys.argv[1]}-{tried}", owner="d", branch_id=int(sys.argv[2])).pk
            )
        except DatabaseError:
            continue
    sys.stdout.write(json.dumps(drawn))


if __name__ == "__main__":
    main()
