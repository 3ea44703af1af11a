"""``python -m tests.switch_load --format json``: there and back, twenty times, under load."""

import argparse
import sys

from tests.switch import load
from tests.switch.report import printed


def main():
    parser = argparse.ArgumentParser(prog="tests.switch_load", description=load.__doc__)
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgresql", "mariadb"))
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    return printed(load.run(options.database, options.times, options.clients), options.format)


if __name__ == "__main__":
    sys.exit(main())
