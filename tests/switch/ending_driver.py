"""``dynamo_cutover`` to final or complete, killed where it is told to be: GROUP TO WHERE [ARGUMENT]..."""

import os
import signal
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from dynamo_models.switch import run  # noqa: E402
from dynamo_models.switch.remains import items  # noqa: E402
from tests.switch.ending import let_go  # noqa: E402


def die():
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def main():
    group, to, where, *more = sys.argv[1:]

    def reached(here):
        if here == where:
            die()

    run.reached = reached
    let_go()
    if where == "in a page":
        items.PAGE, cleared, done = 4, items._cleared, []

        def dying(table, raw):
            if len(done) == 5:
                die()
            done.append(cleared(table, raw))
            return done[-1]

        items._cleared = dying
    call_command("dynamo_cutover", group, "--to", to, "--noinput", *more)


if __name__ == "__main__":
    main()
