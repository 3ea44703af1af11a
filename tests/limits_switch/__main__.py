"""``python -m tests.limits_switch --format json``: a limit of 50, raced for across switches of authority."""

import argparse
import sys
from dataclasses import fields

from tests.limits_switch import race
from tests.switch.report import printed


def main():
    parser = argparse.ArgumentParser(prog="tests.limits_switch", description=race.__doc__)
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgresql", "mariadb"))
    for option in fields(race.Race):
        parser.add_argument(f"--{option.name}", type=option.type, default=option.default)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    given = vars(parser.parse_args())
    database, form = given.pop("database"), given.pop("format")
    return printed(race.run(database, race.Race(**given)), form)


if __name__ == "__main__":
    sys.exit(main())
