"""What the main job found, for a person as lines and for a program as one object."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from algoitny.activity.seed import Seeded
from algoitny.counting.recount import Recounted
from algoitny.demo import figures
from algoitny.demo.board import Board
from algoitny.demo.migration import Migrated
from algoitny.demo.pages import Pages
from algoitny.patterns.report import Report as Patterns
from algoitny.problems.importing.report import ImportReport

MOST_SHOWN = 10
MOST_LINES = 60  # of what the server said; the JSON has more
MOST_AHEAD = 5  # counters by one answer each that a busy machine has lost on its way
SWITCHES = 8  # of four groups, there and back


@dataclass(frozen=True, kw_only=True)
class DemoReport:
    """The parts of the main job, in their order. `ok` is that nothing is different, nothing was lost, and everything
    came in.

    seeded: None where there was activity already. served: queries by group and store, as the library counts them.
    said: the last that the server wrote to standard error.
    """

    endpoint: str
    imported: ImportReport
    seeded: Seeded | None
    tables: list[str]
    board: Board
    migrated: Migrated
    served: dict[str, Counter[str]]
    counters: Recounted
    rows_there: dict[str, int]
    pages: Pages
    patterns: Patterns
    systems: dict[str, list[str]]
    said: str = ""

    @property
    def ok(self) -> bool:
        return all(row["ok"] for row in self.rows())

    def rows(self) -> list[dict[str, Any]]:
        imported, pages, migrated, ledger = self.imported, self.pages, self.migrated, self.migrated.ledger
        equal = sum(not row.faults for row in self.patterns.rows)
        return [
            _row("problems not imported", len(imported.failures), 0),
            _row("test cases not confirmed", imported.unconfirmed, 0),
            *(
                _row(f"items {name}, {when}", value, 0)
                for when, found in migrated.verified.items()
                for name, value in (
                    ("missing", found.of("missing")),
                    ("extra", found.of("extra")),
                    ("different", found.different),
                )
            ),
            _row("items not judged, at rest", migrated.verified["at rest"].unjudged, 0),
            *([] if migrated.skipped else [_row("switches of authority", len(migrated.switches), SWITCHES)]),
            _row("acknowledged and lost", len(migrated.lost), 0),
            _row("errors that no pause explains", ledger.failed, 0),
            _row("own writes not seen", len(ledger.stale), 0),
            _row("reads answered differently", self._compared()["different"], 0),
            _row("counters wrong", len(self.counters.untrue), 0),
            _at_most("counters of uses ahead of their log", len(self.counters.ahead), MOST_AHEAD),
            _row("pages different", len(pages.different), 0),
            _row("scans by pages", len(pages.usage.scans), 0),
            _row("access patterns equal", equal, len(self.patterns.rows)),
        ]

    def as_dict(self) -> dict[str, Any]:
        migrated, ledger = self.migrated, self.migrated.ledger
        return {
            "ok": self.ok,
            "rows": self.rows(),
            "endpoint": self.endpoint,
            "database": self.patterns.database,
            "import": self.imported.as_dict(),
            "activity": self.seeded.as_dict() if self.seeded else None,
            "compared": {**self.rows_there, **self.counters.counted},
            "verify": migrated.verified["at rest"].as_dict(),
            "verify_at": {when: found.as_dict() for when, found in migrated.verified.items()},
            "writes": migrated.written,
            "acknowledged": dict(ledger.written),
            "lost": migrated.lost,
            "requests": {
                "answered": len(ledger.samples),
                "told_to_come_again": ledger.paused,
                "errors": ledger.failed,
                "stale": len(ledger.stale),
                "by_route": figures.routes(ledger.samples),
            },
            "served": {group: dict(counts) for group, counts in self.served.items()},
            "latency": figures.latencies(ledger.samples),
            "switches": [each.as_dict() for each in migrated.switches],
            "switches_skipped": migrated.skipped,
            "rollback_seconds": None if migrated.rollback is None else round(migrated.rollback, 3),
            "backfill": {"rows": migrated.backfilled.rows, "seconds": round(migrated.backfilled.seconds, 3)},
            "lag": round(self._most_lag, 3),
            "lag_back": round(self._most_back, 3),
            "caught_up": round(migrated.caught_up, 3),
            "lists": self.pages.lists,
            "problem_pages": 2 * self.pages.problems,
            "page_requests": len(self.pages.usage),
            "read_units": self.pages.usage.read_units,
            "write_units": migrated.backfilled.write_units,
            "median_ms": {which: self.pages.median_ms(which) for which in self.pages.seconds},
            "patterns": [row.as_dict() for row in self.patterns.rows],
            "systems": self.systems,
            "moments": [asdict(each) for each in figures.moments(ledger.samples, self.board.began)],
            "lags": [asdict(each) for each in self.board.points],
            "marks": [{"at": round(at, 2), "what": what} for at, what in self.board.marks],
            "differences": self.differences(),
            "server_said": self.said,
        }

    def differences(self) -> list[str]:
        """Whatever is not as it should be, in words."""
        migrated, ledger = self.migrated, self.migrated.ledger
        return [
            *(line for found in migrated.verified.values() for line in found.first),
            *(f"lost: {line}" for line in migrated.lost),
            *(f"error: {line}" for line in ledger.errors),
            *(f"not seen: {line}" for line in ledger.stale),
            *self.counters.untrue,
            *self.pages.different,
            *(f"{row.pattern.title}: {fault}" for row in self.patterns.rows for fault in row.faults),
        ]

    def lines(self) -> Iterator[str]:
        yield ""
        yield from self.patterns.lines()
        yield ""
        yield from self._of_the_way()
        yield from self._of_the_traffic()
        counts = ", ".join(f"{n:,} {name}" for name, n in self.counters.counted.items())
        yield f"Counted again: {counts}"
        yield f"  right: {'NO' if self.counters.untrue else 'yes'}"
        if self.counters.ahead:
            yield f"  ahead of their log, by answers that were lost: {'; '.join(self.counters.ahead)}"
        yield f"{self.pages.lists} pages of lists and {2 * self.pages.problems} pages of problems, from both stores:"
        yield f"  equal: {'NO' if self.pages.different else 'yes'}"
        medians = ", ".join(f"{which} {self.pages.median_ms(which)} ms" for which in self.pages.seconds)
        yield (
            f"  DynamoDB answered with {len(self.pages.usage):,} requests, {self.pages.usage.read_units:,g} read "
            f"units, {len(self.pages.usage.scans)} scans; a page, median with the view's own work: {medians}"
        )
        differences = self.differences()
        for line in differences[:MOST_SHOWN]:
            yield f"  different: {line}"
        if len(differences) > MOST_SHOWN:
            yield f"  … and {len(differences) - MOST_SHOWN} more; the JSON has all"
        if self.migrated.ledger.failed and self.said:
            yield "  the server said last:"
            yield from (f"    {line}" for line in self.said.splitlines()[-MOST_LINES:])
        for row in self.rows():
            if not row["ok"]:
                yield f"  NOT as it should be: {row['name']}: {row['value']} ({row['bar']})"
        yield ""
        yield "Nothing is different, and nothing was lost." if self.ok else "NOT all is as it should be."

    def _of_the_way(self) -> Iterator[str]:
        migrated = self.migrated
        yield (
            f"Backfilled {migrated.backfilled.total:,} rows in {migrated.backfilled.seconds:.1f} s, "
            f"{migrated.backfilled.write_units:,.0f} write units; the mirror was at most {self._most_lag:.1f} s "
            f"behind, SQL at most {self._most_back:.1f} s"
        )
        for when, found in migrated.verified.items():
            yield f"Both stores attribute by attribute, {when}: {found}"
        if migrated.skipped:
            yield f"Authority was not switched. {migrated.skipped}"
        for each in migrated.switches:
            more = f"; given up before: {'; '.join(each.aborted)}" if each.aborted else ""
            yield f"  switch of {each.group} to {each.to}: writes waited for {each.pause:.2f} s{more}"
        if migrated.rollback is not None:
            yield f"Kill switch at 100 %: after {migrated.rollback:.2f} s no read came from DynamoDB"

    def _of_the_traffic(self) -> Iterator[str]:
        migrated, ledger = self.migrated, self.migrated.ledger
        yield (
            f"Answered over HTTP: {len(ledger.samples):,} requests; {ledger.paused:,} were told by a pause to come "
            f"again, {ledger.failed} errors besides, {len(ledger.stale)} own writes not seen"
        )
        for store, found in figures.latencies(ledger.samples).items():
            yield f"  reads by {store}: {found['reads']:,}, median {found['p50_ms']} ms, p99 {found['p99_ms']} ms"
        for group, counts in self.served.items():
            yield (
                f"  queries of {group}: {counts['served_sql']:,} by SQL, {counts['served_dynamodb']:,} by DynamoDB; "
                f"compared: {counts['same']:,} the same, {counts['different']} different, "
                f"{counts['unsettled']} not settled"
            )
        written = ", ".join(f"{n:,} {name}" for name, n in ledger.written.items())
        yield f"Acknowledged: {written}"
        yield f"  lost: {len(migrated.lost) or 'none'}"
        past = ", ".join(f"{n:,} {name}" for name, n in migrated.written.items())
        yield f"Written to SQL past the interface: {past}"

    def _compared(self) -> Counter[str]:
        return sum(self.served.values(), Counter())

    @property
    def _most_lag(self) -> float:
        return max((each.lag for each in self.board.points), default=0.0)

    @property
    def _most_back(self) -> float:
        return max((each.back for each in self.board.points), default=0.0)


def _at_most(name: str, value: int, bar: int) -> dict[str, Any]:
    return {"name": name, "value": value, "bar": bar, "ok": value <= bar}


def _row(name: str, value: int, bar: int) -> dict[str, Any]:
    return {"name": name, "value": value, "bar": bar, "ok": value == bar}
