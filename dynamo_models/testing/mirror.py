"""For tests of code whose models are mirrored: mirror now, compare both stores, and let DynamoDB fail on purpose."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from django.db import models

from dynamo_models import transport
from dynamo_models.errors import ConditionFailed, EndpointError, RawItem, Throttled
from dynamo_models.mirror import fence, relay
from dynamo_models.mirror.log.models import Change, Failure
from dynamo_models.mirror.registration import Mirror, mirrors
from dynamo_models.schema.table import Table

# Passes over the log that ``drain`` makes while requests fail that may succeed another time.
PASSES = 100


def drain(using: str = "default") -> int:
    """Mirror everything that waits, on the connection of the test, also within its transaction; how many rows it was.

    Neither delays after failures nor claims of relays are waited for. AssertionError with the reasons where something
    cannot be mirrored.
    """
    changes, done = Change.objects.using(using), 0
    for _ in range(PASSES):
        keys: dict[str, list[str]] = {}
        for source, row_key in changes.order_by("seq").values_list("source", "row_key"):
            keys.setdefault(source, []).append(row_key)
        worked = [
            each
            for source, row_keys in keys.items()
            for each in relay.attempt_many(source, list(dict.fromkeys(row_keys)), using).values()
        ]
        done += sum(each.done for each in worked)
        if all(each.dead for each in worked):  # or there were none
            break
    if changes.exists():
        failures = Failure.objects.using(using).order_by("source", "row_key")
        reasons = [f"  {each.source} {each.row_key}: {each.reason}" for each in failures]
        raise AssertionError("\n".join(["Not everything was mirrored:", *reasons]))
    return done


def assert_mirrored(*models_or_mirrors: type[models.Model] | Mirror, using: str = "default") -> None:
    """Both stores hold the same, of these models or of all that are mirrored: AssertionError lists what differs.

    Reads every row, and every item of their tables.
    """
    found = list(differences(chosen(models_or_mirrors), using))
    if found:
        raise AssertionError("\n".join(["SQL and DynamoDB differ:", *(f"  {each}" for each in found)]))


def chosen(models_or_mirrors: Iterable[type[models.Model] | Mirror]) -> list[Mirror]:
    """The mirrors of these models; all where none is named. LookupError for a model without one."""
    wanted = [
        each.label if isinstance(each, Mirror) else each._meta.concrete_model._meta.label_lower  # type: ignore[union-attr]
        for each in models_or_mirrors
    ]
    by_label = {each.label: each for each in mirrors()}
    missing = [label for label in wanted if label not in by_label]
    if missing:
        raise LookupError(f"{', '.join(missing)}: not registered with dual_write().")
    return [by_label[label] for label in wanted] if wanted else list(by_label.values())


def differences(chosen: Iterable[Mirror], using: str) -> Iterator[str]:
    """What is missing, extra or different in DynamoDB, a line for each item."""
    by_table: dict[str, list[Mirror]] = {}
    for mirror in chosen:
        by_table.setdefault(mirror.entity.schema.table.name, []).append(mirror)
    for several in by_table.values():
        table = several[0].entity.schema.table
        rows = {
            _key_text(key): (f"{mirror.label} {row.pk}", _plain(raw))
            for mirror in several
            for row in mirror.rows(using)
            for key, raw in fence.images(mirror.item(row))
        }
        items = {_key_text(_key(table, raw)): raw for raw in _items(table)}
        for key, (row, wanted) in rows.items():
            if key not in items:
                yield f"missing: {key} of {row}"
            elif (held := _plain(items[key])) != wanted:
                names = sorted(name for name in {*held, *wanted} if held.get(name) != wanted.get(name))
                said = "; ".join(f"{name} is {held.get(name)} and not {wanted.get(name)}" for name in names)
                yield f"different: {key} of {row}: {said}"
        for key, raw in items.items():
            if key not in rows and _belongs(table, raw, several):
                yield f"extra: {key}, from {fence.owner_of(raw) or 'nobody known'}"


class Faults:
    """Stands in the place of the mirror's transport. ``settle()`` waits for requests that are still on their way.

    throttle, timeout_after_apply, late: chances, 0 to 1, that a request is refused, is carried out without an answer,
    or is carried out only after its caller was told that it timed out; of a request of several statements each is
    refused by that chance. delay: the longest delay in seconds; delayed:
    the share of requests that have one.
    """

    def __init__(
        self,
        *,
        throttle: float = 0.0,
        timeout_after_apply: float = 0.0,
        late: float = 0.0,
        delay: float = 0.0,
        delayed: float = 1.0,
        seed: int = 0,
    ) -> None:
        self.throttle, self.timeout_after_apply, self.late = throttle, timeout_after_apply, late
        self.delay, self.delayed = delay, delayed
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._threads: list[threading.Thread] = []

    def __call__(self, table: Table, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "BatchExecuteStatement":
            return self._several(table, request["Statements"])
        return self._one(table, operation, request)

    def _several(self, table: Table, statements: list[dict[str, Any]]) -> dict[str, Any]:
        passed = [self._random.random() >= self.throttle for _ in statements]
        sent = [each for each, passes in zip(statements, passed, strict=True) if passes]
        answers = iter(self._one(table, "BatchExecuteStatement", {"Statements": sent})["Responses"] if sent else ())
        refused = {"Error": {"Code": "ThrottlingError", "Message": "Throttled on purpose, by mirror_faults()."}}
        return {"Responses": [next(answers) if passes else refused for passes in passed]}

    def _one(self, table: Table, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        draw = self._random.random
        wait = self._random.uniform(0, self.delay)
        if draw() < self.throttle:
            raise Throttled("Throttled on purpose, by mirror_faults().")
        if draw() < self.late:
            thread = threading.Thread(target=_later, args=(wait, table, operation, request))
            thread.start()
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]
            raise EndpointError("No answer in time, on purpose, by mirror_faults(); the request is still on its way.")
        if draw() < self.delayed:
            time.sleep(wait)
        answer = transport.call(table, operation, request)
        if draw() < self.timeout_after_apply:
            raise EndpointError("No answer in time, on purpose, by mirror_faults(); the request was carried out.")
        return answer

    def settle(self) -> None:
        for thread in self._threads:
            thread.join()


@contextmanager
def mirror_faults(
    *, throttle: float = 0.0, timeout_after_apply: float = 0.0, late: float = 0.0, delay: float = 0.0, seed: int = 0
) -> Iterator[Faults]:
    """The mirror's requests to DynamoDB fail in the block, by these chances, in the same way for the same seed.

    What is still on its way at the end of the block has landed after it. See ``Faults`` for what the chances mean.
    """
    faults = Faults(throttle=throttle, timeout_after_apply=timeout_after_apply, late=late, delay=delay, seed=seed)
    with patch.object(fence, "send", faults):
        try:
            yield faults
        finally:
            faults.settle()


def _later(wait: float, table: Table, operation: str, request: dict[str, Any]) -> None:
    time.sleep(wait)
    with suppress(ConditionFailed):
        transport.call(table, operation, request)


def _items(table: Table) -> Iterator[RawItem]:
    """Every live item of a table."""
    start: dict[str, Any] = {}
    while True:
        request = {"TableName": table.endpoint_name, "ConsistentRead": True, **start}
        answer = transport.call(table, "Scan", request)
        yield from (raw for raw in answer["Items"] if not fence.is_tombstone(table, raw))
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _belongs(table: Table, raw: RawItem, several: list[Mirror]) -> bool:
    """Whether an item is of one of these mirrors: by the row that it comes from, or by its type."""
    owner = fence.owner_of(raw)
    if owner:
        return owner.partition(":")[0] in {each.label for each in several}
    type_name = raw.get(table.type_attribute, {}).get("S")
    return type_name in {each.entity.schema.type_name for each in several}


def _key(table: Table, raw: RawItem) -> dict[str, Any]:
    return {each.name: raw[each.name] for each in (table.pk, table.sk) if each is not None}


def _key_text(key: fence.WireKey) -> str:
    return " / ".join(str(next(iter(value.values()))) for value in key.values())


def _plain(raw: RawItem) -> dict[str, Any]:
    return {name: _stored(value) for name, value in raw.items() if name not in fence.BOOKKEEPING}


def _stored(value: Any) -> Any:
    """A value as DynamoDB gives it back: it writes every number in one way, and keeps no order of sets."""
    if isinstance(value, dict):
        return {name: _of_kind(name, each) for name, each in value.items()}
    return [_stored(each) for each in value] if isinstance(value, list) else value


def _of_kind(kind: str, value: Any) -> Any:
    if kind == "N" and isinstance(value, str):
        return str(Decimal(value).normalize())
    if kind in {"SS", "NS", "BS"} and isinstance(value, list):
        return sorted(str(Decimal(each).normalize()) if kind == "NS" else each for each in value)
    return _stored(value)
