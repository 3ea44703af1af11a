"""The command that makes AlgoItny look used."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from algoitny.activity.seed import MOST_DAYS, NothingToRunError, Seeded, seed
from algoitny.progress import Progress


class Command(BaseCommand):
    help = (
        "Makes up plans, users, runs, hints, uses and jobs on top of the problems that are there, in the SQL database. "
        "Run again, it adds more; the users are the same ones."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--users", type=int, default=50, help="how many people there are; 50")
        parser.add_argument("--runs", type=int, default=2_000, help="how many runs are added; 2000")
        parser.add_argument(
            "--days",
            type=int,
            default=60,
            help=f"over how many days up to now they are spread; 60, at most {MOST_DAYS}",
        )
        parser.add_argument(
            "--seed", type=int, default=1, help="the same number makes the same history, up to its times; 1"
        )
        parser.add_argument("--format", choices=["text", "json"], default="text", help="json: one object on stdout")

    def handle(self, *_args: Any, users: int, runs: int, days: int, seed: int, format: str, **_options: Any) -> None:  # noqa: A002 - the option's name
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(
                f"--days {days}: give 1 to {MOST_DAYS}. Uses are kept for {MOST_DAYS + 1} days, and older ones would "
                "be gone before anybody looked at them."
            )
        if users < 0 or runs < 0:
            raise CommandError("--users and --runs take 0 or more.")
        report = self.seed(users=users, runs=runs, days=days, seed=seed)
        if format == "json":
            self.stdout.write(json.dumps(report.as_dict()))
            return
        for name, value in report.as_dict().items():
            self.stdout.write(f"{name.replace('_', ' '):<18}{value:>10,}")
        if report.left_out:
            self.stdout.write(
                f"{report.left_out:,} runs were left out: nobody's plan had room for them. More users help."
            )

    def seed(self, **how_much: int) -> Seeded:
        progress = Progress("making runs", self.stderr)
        try:
            return seed(**how_much, now=timezone.now(), progress=progress)
        except NothingToRunError as error:
            raise CommandError(
                "There are no problems to run. Import some first: manage.py import_problems humaneval"
            ) from error
        finally:
            progress.clear()
