"""What the main job found, for a person as lines and for a program as one object."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from algoitny.activity.seed import Seeded
from algoitny.copying import Comparison, CopyReport
from algoitny.demo.pages import Pages
from algoitny.patterns.report import Report as Patterns
from algoitny.problems.importing.report import ImportReport
from dynamo_models import Usage

MOST_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class DemoReport:
    """The parts of the main job, in their order. `ok` is that nothing is different and everything came in.

    seeded: None where there was activity already.
    """

    endpoint: str
    imported: ImportReport
    seeded: Seeded | None
    tables: list[str]
    copied: CopyReport
    copy_usage: Usage
    items: Comparison
    pages: Pages
    patterns: Patterns

    @property
    def ok(self) -> bool:
        return all(row["ok"] for row in self.rows())

    def rows(self) -> list[dict[str, Any]]:
        imported, items, pages = self.imported, self.items, self.pages
        equal = sum(not row.faults for row in self.patterns.rows)
        return [
            _row("problems not imported", len(imported.failures), 0),
            _row("test cases not confirmed", imported.unconfirmed, 0),
            _row("items missing", len(items.missing), 0),
            _row("items extra", len(items.extra), 0),
            _row("items different", len(items.different), 0),
            _row("pages different", len(pages.different), 0),
            _row("scans by pages", len(pages.usage.scans), 0),
            _row("access patterns equal", equal, len(self.patterns.rows)),
        ]

    def as_dict(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "rows": self.rows(),
            "endpoint": self.endpoint,
            "database": self.patterns.database,
            "import": self.imported.as_dict(),
            "activity": self.seeded.as_dict() if self.seeded else None,
            "compared": self.items.compared,
            "lists": self.pages.lists,
            "problem_pages": 2 * self.pages.problems,
            "requests": len(self.pages.usage),
            "read_units": self.pages.usage.read_units,
            "write_units": self.copy_usage.write_units,
            "median_ms": {which: self.pages.median_ms(which) for which in self.pages.seconds},
            "patterns": [row.as_dict() for row in self.patterns.rows],
            "differences": [
                *self.items.missing,
                *self.items.extra,
                *self.items.different,
                *self.pages.different,
                *(f"{row.pattern.title}: {fault}" for row in self.patterns.rows for fault in row.faults),
            ],
        }

    def lines(self) -> Iterator[str]:
        found = self.as_dict()
        yield ""
        yield from self.patterns.lines()
        yield ""
        counts = ", ".join(f"{n:,} {name}" for name, n in self.items.compared.items())
        yield f"Compared item by item: {counts}"
        yield f"  equal in both stores: {'yes' if self.items.equal else 'NO'}"
        yield f"{self.pages.lists} pages of lists and {found['problem_pages']} pages of problems, from both stores:"
        yield f"  equal: {'NO' if self.pages.different else 'yes'}"
        yield (
            f"  DynamoDB answered with {found['requests']:,} requests, {found['read_units']:,g} read units, "
            f"{len(self.pages.usage.scans)} scans"
        )
        medians = ", ".join(f"{which} {value} ms" for which, value in found["median_ms"].items())
        yield f"  a page, median with the view's own work: {medians}"
        differences = found["differences"]
        for line in differences[:MOST_SHOWN]:
            yield f"  different: {line}"
        if len(differences) > MOST_SHOWN:
            yield f"  … and {len(differences) - MOST_SHOWN} more; --format json has all"
        yield ""
        yield "Nothing is different." if self.ok else "The stores DIFFER."


def _row(name: str, value: int, bar: int) -> dict[str, Any]:
    return {"name": name, "value": value, "bar": bar, "ok": value == bar}
