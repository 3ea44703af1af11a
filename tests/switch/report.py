"""The rows of a check as it prints them, and the code that it ends with."""

import json
import sys


def printed(rows, form):
    ok = all(row["ok"] for row in rows)
    if form == "json":
        sys.stdout.write(json.dumps({"ok": ok, "rows": rows}) + "\n")
    else:
        for row in rows:
            sys.stdout.write(f"{'ok  ' if row['ok'] else 'FAIL'} {row['name']}: {row['value']} ({row['bar']})\n")
            for more in row.get("said", row.get("of", [])) if not row["ok"] else []:
                sys.stdout.write(f"       {more}\n")
    return 0 if ok else 1
