"""The command that switches, killed where it is told to be: ``python -m tests.switch.driver GROUP TO [WHERE]``."""

import os
import signal
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from dynamo_models.switch import run  # noqa: E402


def main():
    group, to, *where = sys.argv[1:]

    def reached(here):
        if [here] == where:
            sys.stdout.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    run.reached = reached
    call_command("dynamo_cutover", group, to=to)


if __name__ == "__main__":
    main()
