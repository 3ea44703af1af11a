"""``python -m tests.switch_crashes --format json``: the switch killed before and after each of its steps."""

import argparse
import sys

from tests.switch import crashes
from tests.switch.report import printed


def main():
    parser = argparse.ArgumentParser(prog="tests.switch_crashes", description=crashes.__doc__)
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgresql", "mariadb"))
    parser.add_argument("--only", type=int, nargs="*", help="places by their numbers; all where none is given")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    rows = crashes.run(options.database, set(options.only) if options.only else None)
    return printed(rows, options.format)


if __name__ == "__main__":
    sys.exit(main())
