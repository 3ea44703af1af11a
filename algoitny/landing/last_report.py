"""The report of the last main job, kept in a file: what was in DynamoDB when both stores were last compared."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings


def keep(report: dict[str, Any]) -> Path:
    """Write the report in place of the last one; where it is."""
    path = Path(settings.ALGOITNY_REPORT)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_text(json.dumps({**report, "at": datetime.now(UTC).isoformat(timespec="seconds")}), encoding="utf-8")
    part.replace(path)  # a reader sees the old one or the new one, whole
    return path


def read() -> dict[str, Any] | None:
    """The last report; None where there is none, or one of another version."""
    try:
        found = json.loads(Path(settings.ALGOITNY_REPORT).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return found if isinstance(found, dict) and {"ok", "at", "compared", "patterns"} <= found.keys() else None
