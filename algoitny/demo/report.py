"""What the main job found, for a person as lines and for a program as one object."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from algoitny.demo.pages import Pages
from algoitny.problems.copying import Comparison, CopyReport
from algoitny.problems.importing.report import ImportReport
from dynamo_models import Usage

MOST_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class DemoReport:
    """The parts of the main job, in their order. `ok` is that nothing is different and everything came in."""

    endpoint: str
    imported: ImportReport
    tables: list[str]
    copied: CopyReport
    copy_usage: Usage
    items: Comparison
    pages: Pages

    @property
    def ok(self) -> bool:
        return (
            self.items.equal
            and not self.pages.different
            and not self.imported.failures
            and not self.imported.unconfirmed
        )

    def as_dict(self) -> dict[str, Any]:
        rows = [
            _row("problems equal in both stores", self.items.problems, "all", self.items.equal),
            _row("test cases equal in both stores", self.items.test_cases, "all", self.items.equal),
            _row("items missing", len(self.items.missing), 0, not self.items.missing),
            _row("items extra", len(self.items.extra), 0, not self.items.extra),
            _row("fields different", len(self.items.different), 0, not self.items.different),
            _row("pages different", len(self.pages.different), 0, not self.pages.different),
            _row("scans by pages", len(self.pages.usage.scans), 0, not self.pages.usage.scans),
        ]
        return {
            "ok": self.ok,
            "rows": rows,
            "endpoint": self.endpoint,
            "import": self.imported.as_dict(),
            "lists": self.pages.lists,
            "problem_pages": 2 * self.pages.problems,
            "requests": len(self.pages.usage),
            "read_units": self.pages.usage.read_units,
            "write_units": self.copy_usage.write_units,
            "median_ms": {which: self.pages.median_ms(which) for which in self.pages.seconds},
            "differences": [*self.items.missing, *self.items.extra, *self.items.different, *self.pages.different],
        }

    def lines(self) -> Iterator[str]:
        found = self.as_dict()
        differences = found["differences"]
        yield ""
        yield f"{self.items.problems:,} problems and {self.items.test_cases:,} test cases, compared item by item:"
        yield f"  equal in both stores: {'yes' if self.items.equal else 'NO'}"
        yield f"{self.pages.lists} pages of lists and {found['problem_pages']} pages of problems, from both stores:"
        yield f"  equal: {'NO' if self.pages.different else 'yes'}"
        yield (
            f"  DynamoDB answered with {found['requests']:,} requests, {found['read_units']:,g} read units, "
            f"{len(self.pages.usage.scans)} scans"
        )
        medians = ", ".join(f"{which} {value} ms" for which, value in found["median_ms"].items())
        yield f"  a page, median with the view's own work: {medians}"
        for line in differences[:MOST_SHOWN]:
            yield f"  different: {line}"
        if len(differences) > MOST_SHOWN:
            yield f"  … and {len(differences) - MOST_SHOWN} more; --format json has all"
        yield ""
        yield "Nothing is different." if self.ok else "The stores DIFFER."


def _row(name: str, value: int, bar: object, ok: bool) -> dict[str, Any]:
    return {"name": name, "value": value, "bar": bar, "ok": ok}
