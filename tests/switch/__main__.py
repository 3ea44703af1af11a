"""``python -m tests.switch NAME --database sqlite``: one scenario, as JSON."""

import argparse
import sys

from tests.switch import ending  # noqa: F401 - it has scenarios of its own
from tests.switch.scenarios import SCENARIOS, run


def main():
    parser = argparse.ArgumentParser(prog="tests.switch")
    parser.add_argument("name", choices=sorted(SCENARIOS))
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgresql", "mariadb"))
    parser.add_argument("--fault", default="", help="one of tests.switch.faults, to be seen")
    options = parser.parse_args()
    sys.stdout.write(run(options.name, options.database, options.fault) + "\n")


if __name__ == "__main__":
    main()
