"""What the patterns came to, for a person as a table of at most 120 columns and for a program as one object."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from algoitny.patterns.running import Row

_NAME, _FAULT = 42, 112  # characters of a pattern's name, and of a fault on its own line


@dataclass(frozen=True, kw_only=True)
class Report:
    """`database` and `endpoint` are None where that store was not asked."""

    store: str
    database: str | None
    endpoint: str | None
    rows: list[Row]
    seconds: float

    @property
    def ok(self) -> bool:
        return not any(row.faults for row in self.rows)

    def as_dict(self) -> dict[str, Any]:
        rows = [row.as_dict() for row in self.rows]
        return {
            "ok": self.ok,
            "store": self.store,
            "database": self.database,
            "endpoint": self.endpoint,
            "rows": rows,
            "requests": sum(row["requests"] or 0 for row in rows),
            "read_units": sum(row["read_units"] or 0 for row in rows),
            "write_units": sum(row["write_units"] or 0 for row in rows),
            "seconds": self.seconds,
        }

    def lines(self) -> Iterator[str]:
        """ms: the median of one call."""
        head = (
            f"{'#':>2} {'pattern':<{_NAME}} {'calls':>5} {'found':>6} {'requests':>8} {'RCU':>8} {'WCU':>6} {'scan':>4}"
        )
        yield f"{head} {'SQL ms':>7} {'DDB ms':>7} {'equal':>6}"
        for row in self.rows:
            yield _line(row.as_dict())
            for fault in row.faults:
                yield f"   {fault if len(fault) <= _FAULT else f'{fault[:_FAULT]}…'}"
        bad = sum(bool(row.faults) for row in self.rows)
        yield ""
        what = "ask as they should" if self.store != "both" else "are equal in both stores"
        yield f"{len(self.rows) - bad} of {len(self.rows)} patterns {what}; {self.seconds:.1f} s"


def _line(row: dict[str, Any]) -> str:
    equal = {None: "", True: "yes", False: "NO"}[row["equal"]]
    ms = [_figure(row["ms"].get(which)) for which in ("sql", "dynamodb")]
    return (
        f"{row['number']:>2} {row['name'].partition(' ')[2][:_NAME]:<{_NAME}} {row['calls']:>5,} {row['records']:>6,} "
        f"{_figure(row['requests']):>8} {_figure(row['read_units']):>8} {_figure(row['write_units']):>6} "
        f"{'yes' if row['scanned'] else '':>4} {ms[0]:>7} {ms[1]:>7} {equal:>6}"
    ).rstrip()


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.6g}"
