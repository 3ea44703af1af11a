"""The command that counts all counters again."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from algoitny import endpoint
from algoitny.counting.catch_up import count_again
from algoitny.counting.recount import recount
from dynamo_models import DynamoModelsError

MOST_SHOWN = 10


class Command(BaseCommand):
    help = (
        "Counts DynamoDB's counters (totals, ranking, uses) again from the items and puts right what is wrong: where a "
        "stream was lost, or the endpoint has none. Otherwise manage.py dynamo_streams keeps them up. For a time in "
        "which nobody writes; it reads the main table as a whole."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 where something is wrong")
        parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one object on stdout")

    def handle(self, *_args: Any, check: bool, format: str, **_options: Any) -> None:  # noqa: A002 - the option's name
        try:
            where = endpoint.ready()
            found = recount(mend=False) if check else count_again()
        except DynamoModelsError as error:
            raise CommandError(str(error)) from error
        ok = found.right or not check
        if format == "json":
            rows = [{"name": "counters wrong", "value": len(found.wrong), "bar": 0, "ok": ok}]
            report = {"ok": ok, "rows": rows, "endpoint": where, "counted": found.counted, "wrong": found.wrong}
            self.stdout.write(json.dumps(report))
        else:
            self.stdout.write(where)
            for name, count in found.counted.items():
                self.stdout.write(f"{name:<20}{count:>10,}")
            for line in found.wrong[:MOST_SHOWN]:
                self.stdout.write(f"wrong: {line}")
            if len(found.wrong) > MOST_SHOWN:
                self.stdout.write(f"… and {len(found.wrong) - MOST_SHOWN} more; --format json has all")
            done = "is wrong" if check else "was wrong, and is put right"
            self.stdout.write(f"{len(found.wrong):,} of them {done}." if found.wrong else "All are right.")
        if not ok:
            raise CommandError("Counters are wrong; without --check they are put right.")
