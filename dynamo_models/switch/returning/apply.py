"""Makes rows what their items are now: the way of ``mirror.sync`` with the stores' parts exchanged.

The stream names keys and no more; what is there is read when it is brought back, so that doing it twice, late or in
another order is harmless. For each row all keys that it may be at are locked while they are read, so that two workers
cannot overtake one another. What SQL refuses (a child whose parent is still on its way) is tried again, and holds
nothing else up.

The triggers log these writes as they log all; who wrote them clears the log of them in the same transaction, so that
no relay ever sees them. A trigger that let them pass unlogged would hide them as well from items of other groups that
are made of these rows.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import DatabaseError, connections
from django.db.models import Max, Q
from django.utils import timezone

from dynamo_models.backend.rows import decoded, row_of
from dynamo_models.cutover.in_flight import sources_of
from dynamo_models.cutover.records import GroupState
from dynamo_models.cutover.state import of_row
from dynamo_models.errors import DynamoModelsError, RawItem
from dynamo_models.mirror import fence
from dynamo_models.mirror.capture.columns import pk_of
from dynamo_models.mirror.log.models import Change, MirroredKey
from dynamo_models.mirror.registration import Mirror, mirror_of, mirrors
from dynamo_models.mirror.sync import digest_of
from dynamo_models.mirror.verify.leads import Leads
from dynamo_models.mirror.verify.target import Target
from dynamo_models.schema.table import Table
from dynamo_models.switch.gate import passage
from dynamo_models.switch.records import ReturningKey
from dynamo_models.transport import call as send
from dynamo_models.writing import batch

AT_ONCE = 50
FIRST_DELAY, LONGEST_DELAY = 0.1, 30.0  # seconds, doubled with each attempt, with jitter
_ATOMIC = 25  # keys of a row that are read as of one moment

Identity = tuple[str, str]
"""A row: the label of its mirror, and its key."""


class Two(DynamoModelsError):  # noqa: N818 - an outcome, as the library's other errors are
    """Two items say that they are the same row."""


@dataclass(kw_only=True)
class Returned:
    """done: rows that SQL has now. failed: by row, what kept SQL from it."""

    done: int = 0
    failed: dict[Identity, Exception] = field(default_factory=dict)


@dataclass(kw_only=True)
class _Row:
    mirror: Mirror
    row_key: str
    keys: list[ReturningKey]
    item: RawItem | None = None

    @property
    def pk(self) -> Any:
        return pk_of(self.mirror.model, self.row_key)


def work(using: str, *, groups: Iterable[str] | None = None, stopped: Callable[[], bool] = lambda: False) -> Returned:
    """Bring back some of what waits and is due, of these groups or of all."""
    total = Returned()
    chosen = _due(using, groups)
    if not chosen or stopped():
        return total
    try:
        total.done += _together(chosen, using)
    except (DatabaseError, DynamoModelsError):
        for each in chosen:
            if stopped():
                break
            try:
                total.done += _together([each], using)
            except (DatabaseError, DynamoModelsError) as error:
                _put_off(each, error, using)
                total.failed[each] = error
    return total


def waiting(using: str, groups: Iterable[str]) -> Any:
    """The keys of these groups that SQL does not have yet."""
    labels = [mirror.label for group in groups for mirror in mirrors(group)]
    return ReturningKey.objects.using(using).filter(waiting=True, source__in=labels)


def _due(using: str, groups: Iterable[str] | None) -> list[Identity]:
    rows = ReturningKey.objects.using(using).filter(waiting=True)
    if groups is not None:
        rows = waiting(using, groups)
    due = rows.filter(Q(not_before=None) | Q(not_before__lte=timezone.now())).order_by("pk")
    return list(dict.fromkeys(due.values_list("source", "row_key")[:AT_ONCE]))


def _together(chosen: Sequence[Identity], using: str) -> int:
    with passage(using):
        back = _flowing_back(using)
        rows = [row for row in _locked(chosen, using) if row.mirror.group in back]
        if not rows:
            return 0
        before = Change.objects.using(using).aggregate(last=Max("seq"))["last"] or 0
        _read_items(rows, using)
        ranks = _ranks()
        for row in sorted((row for row in rows if row.item is None), key=lambda row: -ranks[row.mirror.label]):
            row.mirror.model._base_manager.using(using).filter(pk=row.pk)._raw_delete(using)  # noqa: SLF001
        remembered = [
            each
            for row in sorted((row for row in rows if row.item is not None), key=lambda row: ranks[row.mirror.label])
            for each in _write(row, using)
        ]
        # Where items are, for when SQL is mirrored again.
        MirroredKey.objects.using(using).bulk_create(remembered, ignore_conflicts=True)
        sources = [source for group in back for source in sources_of(group)]
        Change.objects.using(using).filter(seq__gt=before, source__in=sources).delete()
        done = [key.pk for row in rows for key in row.keys]  # they are locked: nobody has marked them since
        ReturningKey.objects.using(using).filter(pk__in=done).update(
            waiting=False, attempts=0, not_before=None, reason=""
        )
    return len(rows)


def _locked(chosen: Sequence[Identity], using: str) -> list[_Row]:
    """The rows whose keys are all had for this transaction; another worker has the others."""
    by_row: dict[Identity, list[ReturningKey]] = {each: [] for each in chosen}
    wanted = Q(pk__in=[])
    for label in {label for label, _ in chosen}:
        wanted |= Q(source=label, row_key__in=[row_key for each, row_key in chosen if each == label])
    rows = ReturningKey.objects.using(using).filter(wanted).order_by("pk")
    for each in rows:
        by_row.setdefault((each.source, each.row_key), []).append(each)
    if connections[using].features.has_select_for_update_skip_locked:
        had = {each.pk: each for each in rows.select_for_update(skip_locked=True)}
        by_row = {
            identity: [had[each.pk] for each in found]
            for identity, found in by_row.items()
            if all(each.pk in had for each in found)
        }
    return [
        _Row(mirror=mirror_of(label), row_key=row_key, keys=found)
        for (label, row_key), found in by_row.items()
        if any(each.waiting for each in found)
    ]


def _flowing_back(using: str) -> set[str]:
    rows = GroupState.objects.using(using).all()
    return {row.group for row in rows if of_row(vars(row)).place.mirrors_back}


def _read_items(rows: Sequence[_Row], using: str) -> None:
    """Read the items of rows, wherever each is by now; None where there is none."""
    keys: dict[Identity, dict[str, fence.WireKey]] = {}
    for row in rows:
        keys[row.mirror.label, row.row_key] = {each.digest: json.loads(each.key) for each in row.keys}
    remembered = MirroredKey.objects.using(using).filter(
        source__in={label for label, _ in keys}, row_key__in=[row_key for _, row_key in keys]
    )
    for label, row_key, digest, key in remembered.values_list("source", "row_key", "digest", "key"):
        if (label, row_key) in keys:
            keys[label, row_key].setdefault(digest, json.loads(key))
    alone: dict[str, list[tuple[_Row, fence.WireKey]]] = {}
    for row in rows:
        table = row.mirror.entity.schema.table
        places = list(keys[row.mirror.label, row.row_key].values())
        if len(places) == 1:
            alone.setdefault(table.name, []).append((row, places[0]))
        else:
            row.item = _chosen(row, _read(table, places), using)
    for found in alone.values():
        table = found[0][0].mirror.entity.schema.table
        for (row, _), raw in zip(found, batch.get_all(table, [key for _, key in found], consistent=True), strict=True):
            row.item = _chosen(row, [raw], using)


def _chosen(row: _Row, held: Sequence[RawItem | None], using: str) -> RawItem | None:
    """The one among what is at a row's keys that is its item."""
    schema = row.mirror.entity.schema
    table = schema.table
    leads = Leads((row.mirror,), Target(), using)
    found = [
        raw
        for raw in held
        if raw
        and schema.owns(raw)
        and not fence.is_tombstone(table, raw)
        and leads.row_keys(table, [(row.mirror, raw)]) == [row.row_key]
    ]
    if len(found) > 1:
        raise Two(
            f"{row.mirror.label} {row.row_key} is at {len(found)} keys of {table.endpoint_name}: remove one item."
        )
    return found[0] if found else None


def _read(table: Table, keys: list[fence.WireKey]) -> list[RawItem | None]:
    """Read what is at the keys of one row, as of one moment."""
    name = table.endpoint_name
    found: list[RawItem | None] = []
    for at in range(0, len(keys), _ATOMIC):
        gets = [{"Get": {"TableName": name, "Key": key}} for key in keys[at : at + _ATOMIC]]
        found += [each.get("Item") for each in send(table, "TransactGetItems", {"TransactItems": gets})["Responses"]]
    return found


def _write(row: _Row, using: str) -> list[MirroredKey]:
    """Make the row what its item is; the keys of that."""
    mirror = row.mirror
    item = decoded(mirror, row.item or {})
    columns = row_of(mirror, item)
    others = {name: value for name, value in columns.items() if name != mirror.model._meta.pk.attname}
    if not mirror.model._base_manager.using(using).filter(pk=row.pk).update(**others):
        instance: Any = mirror.model(**columns)
        instance.save_base(raw=True, using=using, force_insert=True)
    table = mirror.entity.schema.table.name
    return [
        MirroredKey(
            source=mirror.label, row_key=row.row_key, digest=digest_of(table, key), table=table, key=json.dumps(key)
        )
        for key, _ in fence.images(item)
    ]


def _put_off(identity: Identity, error: Exception, using: str) -> None:
    label, row_key = identity
    rows = ReturningKey.objects.using(using).filter(source=label, row_key=row_key, waiting=True)
    for each in rows:
        ceiling = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(each.attempts, 20))
        delay = timedelta(seconds=random.uniform(ceiling / 2, ceiling))  # noqa: S311 - not for secrets
        ReturningKey.objects.using(using).filter(pk=each.pk, marks=each.marks).update(
            attempts=each.attempts + 1, not_before=timezone.now() + delay, reason=f"{type(error).__name__}: {error}"
        )


@cache
def _ranks_of(labels: tuple[str, ...]) -> dict[str, int]:
    """Parents before children, as far as there is such an order."""
    models = {mirror_of(label).model: label for label in labels}
    ranks: dict[str, int] = {}

    def rank(label: str, above: tuple[str, ...]) -> int:
        if label in above:
            return 0
        if label not in ranks:
            fields = mirror_of(label).model._meta.concrete_fields
            parents = {models[field.related_model] for field in fields if field.related_model in models}
            ranks[label] = 1 + max((rank(each, (*above, label)) for each in parents - {label}), default=0)
        return ranks[label]

    for label in labels:
        rank(label, ())
    return ranks


def _ranks() -> dict[str, int]:
    return _ranks_of(tuple(sorted(mirror.label for mirror in mirrors())))
