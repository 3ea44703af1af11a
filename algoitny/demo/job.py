"""The main job, part by part: import, activity, tables, the way to DynamoDB and back under people's requests, and both
stores beside each other at its end."""

import time
from collections.abc import Callable
from typing import TextIO

from django.db import connection
from django.utils import timezone

from algoitny import endpoint, store
from algoitny.activity.seed import Seeded, seed
from algoitny.chat import demonstration as chat
from algoitny.counting.catch_up import catch_up
from algoitny.counting.recount import recount
from algoitny.demo import ladder, migration, mirroring
from algoitny.demo.board import Board
from algoitny.demo.display import Display
from algoitny.demo.load.crowd import Crowd
from algoitny.demo.load.ledger import Ledger
from algoitny.demo.migrating import migrate, migrate_without_triggers
from algoitny.demo.migration import Migrated
from algoitny.demo.pace import Pace
from algoitny.demo.pages import Pages, compare_pages
from algoitny.demo.processes import Beside, beside, server
from algoitny.demo.report import DemoReport
from algoitny.demo.served import served
from algoitny.experiments import demonstration as experiments
from algoitny.history.models import SearchHistory
from algoitny.landing.overview import count_rows
from algoitny.patterns.catalogue import PATTERNS
from algoitny.patterns.report import Report as Patterns
from algoitny.patterns.running import run
from algoitny.patterns.sample import pick
from algoitny.problems.importing.report import ImportReport
from algoitny.problems.importing.run import import_humaneval
from algoitny.progress import Progress
from algoitny.tutor import demonstration as tutor
from dynamo_models import tables

# Systems on the mapper alone, each doing what it is for.
SYSTEMS: dict[str, Callable[[], list[str]]] = {
    "experiments": experiments.demonstrate,
    "tutor": tutor.demonstrate,
    "chat analytics": chat.demonstrate,
}

# Activity on top of the problems, where there is none yet.
USERS, DAYS, SEED = 40, 60, 1
MOST_SAID = 50_000  # characters of what the server said that the report has

Say = Callable[[str], None]


class MainJob:
    """Runs the parts in their order, and says what each came to. What is there already is used again.

    address: where the application is served. say: takes a line. bars: where progress is shown, if it is a terminal.
    """

    def __init__(self, *, pace: Pace, address: str, say: Say, bars: TextIO) -> None:
        self._pace = pace
        self._address = address
        self._say = say
        self._bars = bars

    def run(
        self, told: Callable[[DemoReport], None] = lambda _: None, serve: Callable[[], None] | None = None
    ) -> DemoReport:
        """The report, of which ``told`` is told first. serve: called where all is as it should be, while the server,
        the relay and the consumer of streams run."""
        where = endpoint.ready()
        self._say(where)
        fresh = migrate_without_triggers()
        self._say(f"SQL: {connection.vendor}, migrated{', without triggers' if fresh else ''}")
        imported = self._import()
        seeded = self._seed()
        names = self._tables()
        if fresh:
            migrate()
            self._say("SQL: migrated, with triggers from here on")
        before = ladder.from_the_start()
        streams = mirroring.has_streams()
        commands = ["dynamo_relay", *(["dynamo_streams"] if streams else [])]
        if not streams:
            self._say("streams: this endpoint gives none, so the totals are counted again at the end")
        with server(self._address) as serving:
            self._say(f"beside this run manage.py {' and '.join(commands)}, and the server at http://{self._address}/")
            with beside(*commands) as processes:
                board, migrated = self._migrate([*processes, serving], streams=streams)
            # Without them: what the patterns write to DynamoDB, past its authority, is taken away again before a relay
            # could take it for a late write.
            catch_up()
            counters = recount(mend=False)
            if counters.ahead:  # as an operator would; the report says which they were
                recount(mend=True)
            pages, patterns = self._pages(), self._patterns(where)
            systems = self._systems()
            migration.end_kill()
            report = DemoReport(
                endpoint=where,
                imported=imported,
                seeded=seeded,
                tables=names,
                board=board,
                migrated=migrated,
                served=served(before),
                counters=counters,
                rows_there=count_rows(),
                pages=pages,
                patterns=patterns,
                systems=systems,
                said=serving.said(MOST_SAID),
            )
            told(report)
            if serve is not None and report.ok:
                with beside(*commands):
                    serve()
        return report

    def _migrate(self, processes: list[Beside], *, streams: bool) -> tuple[Board, Migrated]:
        board = Board(Ledger())
        with Display(board, self._say, self._bars) as display:
            with board, Crowd(self._address, self._pace, board.ledger):
                found = migration.there_and_back(board, self._pace, display.say, streams=streams)
            for each in processes:
                each.check()
            with board:
                migration.settle(board, found, display.say)
        return board, found

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
        made = seed(users=USERS, runs=self._pace.runs, days=DAYS, seed=SEED, now=timezone.now(), progress=progress)
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

    def _systems(self) -> dict[str, list[str]]:
        found = {}
        for name, demonstrate in SYSTEMS.items():
            found[name] = demonstrate()
            for line in found[name]:
                self._say(f"{name}: {line}")
        return found

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
