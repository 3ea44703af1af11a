"""The main job, part by part: import, activity, tables, copy, and both stores beside each other."""

import time
from collections.abc import Callable
from typing import TextIO

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from algoitny import store
from algoitny.activity.seed import Seeded, seed
from algoitny.copying import CopyReport, compare_all, copy_all, endpoint
from algoitny.demo.pages import Pages, compare_pages
from algoitny.demo.report import DemoReport
from algoitny.history.models import SearchHistory
from algoitny.patterns.catalogue import PATTERNS
from algoitny.patterns.report import Report as Patterns
from algoitny.patterns.running import run
from algoitny.patterns.sample import pick
from algoitny.problems.importing.report import ImportReport
from algoitny.problems.importing.run import import_humaneval
from algoitny.progress import Progress
from dynamo_models import Usage, capture, tables

# Activity on top of the problems, where there is none yet.
USERS, RUNS, DAYS, SEED = 40, 1_000, 60, 1

Say = Callable[[str], None]


class MainJob:
    """Runs the parts in their order, and says what each came to. What is there already is used again."""

    def __init__(self, say: Say, bars: TextIO) -> None:
        self._say = say
        self._bars = bars

    def run(self) -> DemoReport:
        where = endpoint.ready()
        self._say(where)
        call_command("migrate", verbosity=0, interactive=False)
        self._say(f"SQL: {connection.vendor}, migrated")
        imported = self._import()
        seeded = self._seed()
        names = self._tables()
        copied, usage = self._copy()
        pages = self._pages()
        patterns = self._patterns(where)
        return DemoReport(
            endpoint=where,
            imported=imported,
            seeded=seeded,
            tables=names,
            copied=copied,
            copy_usage=usage,
            items=compare_all(),
            pages=pages,
            patterns=patterns,
        )

    def _import(self) -> ImportReport:
        progress = Progress("importing problems", self._bars)
        imported = import_humaneval(progress)
        progress.clear()
        for line in imported.lines():
            self._say(f"import: {line}")
        return imported

    def _seed(self) -> Seeded | None:
        there = SearchHistory.objects.count()
        if there:
            self._say(f"activity: {there:,} runs are there already")
            return None
        progress = Progress("making activity", self._bars)
        made = seed(users=USERS, runs=RUNS, days=DAYS, seed=SEED, now=timezone.now(), progress=progress)
        progress.clear()
        self._say(f"activity: {made.users:,} users, {made.runs:,} runs, {made.uses:,} uses over {DAYS} days")
        return made

    def _tables(self) -> list[str]:
        names = []
        for result in tables.apply():
            if result.error is not None:
                raise result.error
            unknown = ", ".join(sorted({each.aspect for each in result.unknowns}))
            changes = f"{len(result.done)} changes" if result.done else "nothing to change"
            self._say(
                f"table {result.plan.table}: {changes}"
                + (f"; this endpoint does not know: {unknown}" if unknown else "")
            )
            names.append(result.plan.table)
        return names

    def _copy(self) -> tuple[CopyReport, Usage]:
        progress = Progress("copying to DynamoDB", self._bars)
        with capture() as usage:
            copied = copy_all(progress)
        progress.clear()
        self._say(
            f"copy: {copied.written:,} items put, {copied.unchanged:,} were right already, {copied.removed:,} removed; "
            f"{len(usage):,} requests, {usage.write_units:,g} write units"
        )
        return copied, usage

    def _pages(self) -> Pages:
        progress = Progress("comparing pages", self._bars)
        pages = compare_pages(progress)
        progress.clear()
        return pages

    def _patterns(self, where: str) -> Patterns:
        started = time.monotonic()
        with store.serving("sql"):
            sample = pick()
        progress = Progress("asking both stores", self._bars)
        rows = []
        for done, pattern in enumerate(PATTERNS, 1):
            rows.append(run(pattern, sample, store.STORES))
            progress(done, len(PATTERNS))
        progress.clear()
        seconds = round(time.monotonic() - started, 3)
        return Patterns(store="both", database=connection.vendor, endpoint=where, rows=rows, seconds=seconds)
