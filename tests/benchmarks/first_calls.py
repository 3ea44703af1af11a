"""The first calls of many classes of one table: their CPU, the memory they take, and the connections they open.

Each side runs in a process of its own, ``python -m tests.benchmarks.first_calls product|reference PORT CLASSES``, which
imports first and counts from there: the classes' definitions, and one GetItem of each.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.measure import Row, row

ROOT = Path(__file__).parent.parent.parent


def rows(*, repeats: int, classes: int) -> list[Row]:
    """The figures of ``classes`` classes, as medians over ``repeats`` runs of both sides in turns."""
    runs = [{side: _run(side, classes) for side in ("product", "reference")} for _ in range(repeats)]

    def part(what: str) -> float:
        return median(run["product"][what] for run in runs) / median(run["reference"][what] for run in runs)

    return [
        row(f"first calls of {classes} classes, CPU", part("cpu"), 0.12),
        row(f"first calls of {classes} classes, memory", part("memory"), 0.25),
        row(f"first calls of {classes} classes, connections", max(run["product"]["connections"] for run in runs), 1),
    ]


def _run(side: str, classes: int) -> dict[str, float]:
    with subprocess.Popen(
        (sys.executable, "-m", "tests.benchmarks.stub"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as stub:
        assert stub.stdout is not None
        port = stub.stdout.readline().strip()
        try:
            done = subprocess.run(
                (sys.executable, "-m", "tests.benchmarks.first_calls", side, port, str(classes)),
                cwd=ROOT,
                check=True,
                capture_output=True,
                text=True,
            )
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/connections") as answer:
                return {**json.loads(done.stdout), "connections": int(answer.read())}
        finally:
            stub.communicate()


def resident() -> int:
    """The process's memory in bytes: now where the system tells that, at its most otherwise."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def product(url: str, classes: int) -> None:
    from django.conf import settings

    settings.configure(DYNAMO_MODELS={"ENDPOINT": url, "REGION": "us-east-1"})
    from dynamo_models import Entity, Index, Key, Table, Text, Timestamp, now

    def calls() -> None:
        table = Table("Benchmark", indexes=[Index("GSI1")])
        for n in range(classes):
            body: dict[str, Any] = {
                "owner": Text(),
                "name": Text(null=True),
                "made_at": Timestamp(default=now),
                "Keys": type("Keys", (), {"primary": Key(f"E{n}#{{owner}}", "METADATA")}),
                "__module__": __name__,
            }
            entity = type(Entity)(f"E{n}", (Entity,), body, table=table)
            assert entity.objects.get(owner="x").name == "x"

    measured(calls)


def reference(url: str, classes: int) -> None:
    from pynamodb import attributes
    from pynamodb.models import Model

    os.environ |= {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}

    def calls() -> None:
        class Base(Model):
            class Meta:
                table_name = "Benchmark"
                region = "us-east-1"
                host = url

            PK = attributes.UnicodeAttribute(hash_key=True)
            SK = attributes.UnicodeAttribute(range_key=True)
            EntityType = attributes.DiscriminatorAttribute()

        for n in range(classes):
            body = {
                "GSI1PK": attributes.UnicodeAttribute(null=True),
                "GSI1SK": attributes.UnicodeAttribute(null=True),
                "owner": attributes.UnicodeAttribute(),
                "name": attributes.UnicodeAttribute(null=True),
                "made_at": attributes.UTCDateTimeAttribute(null=True),
            }
            model = type(Base)(f"E{n}", (Base,), body, discriminator=f"E{n}")
            assert model.get(f"E{n}#x", "METADATA").name == "x"

    measured(calls)


def measured(calls: Any) -> None:
    memory, begin = resident(), time.process_time()
    calls()
    json.dump({"cpu": time.process_time() - begin, "memory": resident() - memory}, sys.stdout)


if __name__ == "__main__":
    side, port, classes = sys.argv[1:]
    {"product": product, "reference": reference}[side](f"http://127.0.0.1:{port}", int(classes))
