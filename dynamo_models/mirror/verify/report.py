"""What a verification found, as rows that outlive it: each with what is needed to look at it again."""

from __future__ import annotations

import base64
import json
import shlex
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from dynamo_models.mirror.log.models import Change
from dynamo_models.mirror.log.runs import Mismatch, VerifyRun
from dynamo_models.mirror.transactions import writing
from dynamo_models.mirror.verify.compare import Difference
from dynamo_models.mirror.verify.settle import Settled

MOST_STORED = 10_000  # mismatches of one run that are written down; the others are counted
MOST_SHOWN = 20  # keys that are shown of those that were not settled


@dataclass
class Report:
    """Takes down what a run finds, from any thread."""

    run: VerifyRun
    using: str
    mismatches: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    unsettled: int = 0
    unsettled_keys: list[str] = field(default_factory=list)
    dead: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    _known: set[tuple[str, str, str, str]] = field(default_factory=set)

    def counted(self) -> dict[str, Any]:
        """What is saved of it."""
        names = ("mismatches", "kinds", "unsettled", "unsettled_keys", "dead")
        return {name: getattr(self, name) for name in names}

    def restore(self, counted: dict[str, Any]) -> None:
        """Go on with what was counted; what was written down after that was saved counts as well, and only once."""
        for name, value in counted.items():
            setattr(self, name, value)
        rows = (
            Mismatch.objects.using(self.using).filter(run=self.run).values_list("kind", "source", "row_key", "digest")
        )
        self._known = set(rows)
        if len(self._known) > self.mismatches:
            self.mismatches, self.kinds = len(self._known), Counter(kind for kind, *_ in self._known)

    def add(self, settled: Settled) -> None:
        if self._known:
            settled.differences = [each for each in settled.differences if _named(each) not in self._known]
        with self._lock:
            room = max(0, MOST_STORED - self.mismatches)
            self.mismatches += len(settled.differences)
            for each in settled.differences:
                self.kinds[each.kind] = self.kinds.get(each.kind, 0) + 1
            self.unsettled += len(settled.unsettled)
            self.unsettled_keys += settled.unsettled[: max(0, MOST_SHOWN - len(self.unsettled_keys))]
            self.dead += len(settled.dead)
        Mismatch.objects.using(self.using).bulk_create(
            [_mismatch(self.run, each) for each in settled.differences[:room]], batch_size=200
        )


def draw_seq(using: str) -> int:
    """A number of the change log, as a change of now would have it; it leaves nothing there."""
    with writing(using):
        change = Change.objects.using(using).create(source="", row_key="")
        Change.objects.using(using).filter(pk=change.pk).delete()
    return change.seq


def reproduction(mismatch: Mismatch, using: str) -> str:
    """The command that looks at a mismatch again."""
    database = "" if using == "default" else f" --database {shlex.quote(using)}"
    which = (
        f"--keys {shlex.quote(mismatch.row_key.replace(',', chr(92) + ','))}"
        if mismatch.row_key
        else f"--item {shlex.quote(mismatch.key)}"
    )
    return f"manage.py dynamo_verify {mismatch.source} {which}{database}"


def shown(mismatch: Mismatch, using: str) -> dict[str, Any]:
    """A mismatch as JSON has it."""
    return {
        "kind": mismatch.kind,
        "mirror": mismatch.source,
        "row_key": mismatch.row_key,
        "key": json.loads(mismatch.key),
        "attributes": json.loads(mismatch.attributes),
        "old": json.loads(mismatch.old),
        "new": json.loads(mismatch.new),
        "seq": mismatch.seq,
        "repaired": mismatch.repaired_at is not None,
        "reproduce": reproduction(mismatch, using),
    }


def _named(each: Difference) -> tuple[str, str, str, str]:
    return each.kind, each.mirror.label, each.row_key, each.digest


def _mismatch(run: VerifyRun, each: Difference) -> Mismatch:
    return Mismatch(
        run=run,
        kind=each.kind,
        source=each.mirror.label,
        row_key=each.row_key,
        digest=each.digest,
        key=_json(each.key),
        attributes=json.dumps(each.attributes),
        old=_json(each.old),
        new=_json(each.new),
        seq=each.seq,
    )


def _json(value: Any) -> str:
    return json.dumps(value, default=_text, ensure_ascii=False)


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
