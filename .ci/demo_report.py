"""Fails where the report of a main job does not say what it should, whatever the job's exit code was."""

# ruff: noqa: PLR2004 - the figures are what is looked for
import json
import sys
from pathlib import Path

GROUPS = ["activity", "jobs", "problems", "accounts"]
KINDS = ("missing", "extra", "different")
WHEN = {"under writes", "under people's writes", "under DynamoDB's authority", "at rest"}


def main(path: str) -> int:
    report = json.loads(Path(path).read_text(encoding="utf-8"))
    page = Path(path).with_suffix(".html").read_text(encoding="utf-8")
    patterns, verify, requests = report["patterns"], report["verify"], report["requests"]
    switches = [(each["group"], each["to"]) for each in report["switches"]]
    expected = {
        "nothing is different": report["ok"] and report["differences"] == [],
        "every row is within its bar": all(row["ok"] for row in report["rows"]),
        "164 problems, and those of the traffic": report["compared"]["problems"] > 164 + 3,
        "runs besides those that were there": report["compared"]["runs"] > report["activity"]["runs"] > 100,
        "verified at rest, 0/0/0": verify["compared"] > 2_000
        and (verify["missing"], verify["extra"], verify["different"], verify["unjudged"]) == (0, 0, 0, 0),
        "verified on the way, 0/0/0": set(report["verify_at"]) == WHEN
        and not any(
            found[kind] for found in report["verify_at"].values() for kind in ("missing", "extra", "different")
        ),
        "authority there in the guards' order, and back in the reverse": switches
        == [(group, "dynamodb") for group in GROUPS] + [(group, "reading") for group in reversed(GROUPS)],
        "each switch says its pause": all(0 < each["pause_seconds"] < 30 for each in report["switches"]),
        "nothing acknowledged is lost": report["lost"] == [],
        "acknowledged writes of each kind": len(report["acknowledged"]) == 9 and all(report["acknowledged"].values()),
        "no error that a pause does not explain": requests["errors"] == requests["stale"] == 0,
        "answered over HTTP": requests["answered"] > 500,
        "each store served each group": all(
            report["served"][group].get(f"served_{store}", 0) > 0 for group in GROUPS for store in ("sql", "dynamodb")
        ),
        "reads were compared, and none was different": all(
            report["served"][group].get("same", 0) >= 80 and not report["served"][group].get("different", 0)
            for group in GROUPS
        ),
        "latencies of each store": all(found["p99_ms"] >= found["p50_ms"] > 0 for found in report["latency"].values()),
        "the kill switch within a second": report["rollback_seconds"] <= 1.0,
        "writes past the interface of each kind": len(report["writes"]) == 12 and all(report["writes"].values()),
        "33 patterns, two of which scan": len(patterns) == 33
        and {row["number"] for row in patterns if row["scanned"]} == {23, 28},
        "three more systems": set(report["systems"]) == {"experiments", "tutor", "chat analytics"},
        "a page with three plots that loads nothing": page.count("<svg") == 3
        and not any(each in page for each in ("<script", "src=", "<link", "url(", "@import")),
    }
    for name, held in expected.items():
        print(f"{'ok ' if held else 'NOT'} {name}")
    return 0 if all(expected.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
