"""Metrics of every group for Prometheus, from the object that ``dynamo_status`` and the admin page show.

It takes ``dynamo-models[metrics]``. ``REGISTRY.register(StatusCollector())`` adds them to what a project exposes
already; ``operators.scrape`` is a view of them alone. All is read from SQL as it is asked for: one process is to be
scraped, whichever, and its answer is that of all. Where SQL does not answer, the scrape fails. Every name begins with
``dynamo_models_``; every sample has the label ``group``.

================================ ========= ==================== ======================================================
name                             type      more labels          value
================================ ========= ==================== ======================================================
group_info                       gauge     stage, authority     1
group_since_timestamp_seconds    gauge                          when it came to its place; none if nobody moved it
group_killed                     gauge                          1 while the kill switch is on
read_share_ratio                 gauge                          0 to 1, of reads, that DynamoDB answers by the stage
guard_ok                         gauge     guard, to            of the next step: 1, or 0 where the guard refuses
lag_seconds                      gauge                          since when the oldest change waits for a relay
waiting_changes                  gauge                          changes that wait, 10,000 at most
dead_letters                     gauge                          rows that cannot be mirrored as they are
unseen_writes                    gauge                          statements that wrote past the mirror
backfill_rows                    gauge     mirror, status       rows as the last run began
backfill_done_rows               gauge     mirror, status       of these, those that are done
verify_started_timestamp_seconds gauge                          when the last full verification began; none if never
verify_mismatches                gauge                          that it found, and that were found since
switch_running                   gauge     direction            1 while authority moves; none if it never did
switch_pause_seconds             gauge     direction            for how long the last switch let nobody write
returning_keys                   gauge                          keys of DynamoDB's that SQL does not have yet
returning_lag_seconds            gauge                          since when the oldest of these waits
reads_total                      counter   stage, share, store  reads served
reads_in_flight_total            counter   stage, share         of these, by SQL as a change was in flight
comparisons_total                counter   stage, share, result same, different, unsettled, dropped or late
read_errors_total                counter   stage, share, store  reads that a store failed at
read_seconds                     histogram stage, share, store  seconds of an answer, where it was timed
unserved_reads_total             counter                        reads that no key of DynamoDB's serves
================================ ========= ==================== ======================================================

``share`` is in per cent. Latencies are kept in buckets that grow by 15 %: sums and bounds hold within 7 %. Reads are
counted from when the group came to its place: a group that comes back to a stage begins at 0 again, as a counter may.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from dynamo_models.cutover.aliases import sql_alias
from dynamo_models.cutover.stages import Stage, Store
from dynamo_models.cutover.status import GroupStatus, status

BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds
STORES: tuple[Store, ...] = ("sql", "dynamodb")
RESULTS = ("same", "different", "unsettled", "dropped", "late")

_AT = ("stage", "share")
_GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "group_info": ("Where a group stands.", ("stage", "authority")),
    "group_since_timestamp_seconds": ("When a group came to its place.", ()),
    "group_killed": ("Whether SQL answers every read by the kill switch.", ()),
    "read_share_ratio": ("The share of reads that DynamoDB answers by the stage.", ()),
    "guard_ok": ("Whether a guard of the next step agrees.", ("guard", "to")),
    "lag_seconds": ("Since when the oldest change waits to be mirrored.", ()),
    "waiting_changes": ("Changes that wait to be mirrored, 10,000 at most.", ()),
    "dead_letters": ("Rows that cannot be mirrored as they are.", ()),
    "unseen_writes": ("Statements that wrote past the mirror.", ()),
    "backfill_rows": ("Rows as the last backfill began.", ("mirror", "status")),
    "backfill_done_rows": ("Rows that the last backfill has done.", ("mirror", "status")),
    "verify_started_timestamp_seconds": ("When the last full verification began.", ()),
    "verify_mismatches": ("What the last full verification found, and what was found since.", ()),
    "switch_running": ("Whether authority is on its way.", ("direction",)),
    "switch_pause_seconds": ("For how long the last switch let nobody write.", ("direction",)),
    "returning_keys": ("Keys that were written in DynamoDB and that SQL does not have.", ()),
    "returning_lag_seconds": ("Since when the oldest of these waits.", ()),
}
_COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "reads": ("Reads served.", (*_AT, "store")),
    "reads_in_flight": ("Reads that SQL served as a change was in flight.", _AT),
    "comparisons": ("Reads that both stores were asked, by what came of it.", (*_AT, "result")),
    "read_errors": ("Reads that a store failed at.", (*_AT, "store")),
    "unserved_reads": ("Reads that no key of DynamoDB's serves.", ()),
}
_LATENCY = "read_seconds"


class StatusCollector(Collector):
    """Every group that is registered. using: the SQL side; what the alias of DynamoDB names where it is not given."""

    def __init__(self, using: str | None = None) -> None:
        self.using = using

    def describe(self) -> Iterator[Metric]:
        """The names alone, so that to register it asks no database."""
        yield from _Families().all.values()

    def collect(self) -> Iterator[Metric]:
        """Raises DatabaseError where SQL does not answer."""
        families = _Families()
        for each in status(self.using or sql_alias()):
            families.add(each)
        yield from families.all.values()


class _Families:
    """One family of samples for each name."""

    def __init__(self) -> None:
        self.all: dict[str, Any] = {}
        for kind, names in ((GaugeMetricFamily, _GAUGES), (CounterMetricFamily, _COUNTERS)):
            for name, (said, labels) in names.items():
                self.all[name] = kind(f"dynamo_models_{name}", said, labels=["group", *labels])
        said = "How long a store took for an answer."
        self.all[_LATENCY] = HistogramMetricFamily(f"dynamo_models_{_LATENCY}", said, labels=["group", *_AT, "store"])

    def add(self, group: GroupStatus) -> None:
        held = group.as_dict()
        self._place(group, held)
        self._mirror(group.group, held)
        self._switch(group.group, held)
        self._reads(group, held)

    def _put(self, name: str, group: str, value: float, *labels: str) -> None:
        self.all[name].add_metric([group, *labels], value)

    def _place(self, group: GroupStatus, held: dict[str, Any]) -> None:
        name, place = group.group, group.place
        self._put("group_info", name, 1, held["stage"], held["authority"])
        self._put("group_killed", name, held["killed"])
        share = place.share / 100 if place.stage is Stage.READING else float(place.authority == "dynamodb")
        self._put("read_share_ratio", name, 0.0 if held["killed"] else share)
        if held["since"]:
            self._put("group_since_timestamp_seconds", name, _timestamp(held["since"]))
        if held["next"]:
            for guard in held["next"]["guards"]:
                self._put("guard_ok", name, guard["ok"], guard["guard"], str(group.next_place))

    def _mirror(self, name: str, held: dict[str, Any]) -> None:
        lag, verify = held["lag"], held["verify"]
        self._put("lag_seconds", name, lag["seconds"])
        self._put("waiting_changes", name, lag["waiting"])
        self._put("dead_letters", name, lag["dead"])
        self._put("unseen_writes", name, held["unseen"]["count"])
        for run in held["backfill"]:
            self._put("backfill_rows", name, run["rows"], run["mirror"], run["status"])
            self._put("backfill_done_rows", name, run["done"], run["mirror"], run["status"])
        if verify:
            self._put("verify_started_timestamp_seconds", name, _timestamp(verify["started_at"]))
            self._put("verify_mismatches", name, verify["mismatches"] + verify["found_since"])

    def _switch(self, name: str, held: dict[str, Any]) -> None:
        returning, switch = held["returning"], held["switch"]
        self._put("returning_keys", name, returning["waiting"])
        self._put("returning_lag_seconds", name, returning["seconds"])
        if switch:
            self._put("switch_running", name, switch["status"] == "running", switch["direction"])
            if switch["pause_seconds"] is not None:
                self._put("switch_pause_seconds", name, switch["pause_seconds"], switch["direction"])

    def _reads(self, group: GroupStatus, held: dict[str, Any]) -> None:
        name, reads = group.group, held["reads"]
        at = (held["stage"], str(held["share"]))
        for store in STORES:
            self._put("reads", name, reads["served"][store], *at, store)
            self._put("read_errors", name, reads["errors"][store], *at, store)
            taken = group.known.reads.latency(store)
            buckets = [(str(bound), taken.within(bound)) for bound in BOUNDS]
            self.all[_LATENCY].add_metric([name, *at, store], [*buckets, ("+Inf", taken.count)], taken.total)
        self._put("reads_in_flight", name, reads["served"]["in_flight"], *at)
        for result in RESULTS:
            self._put("comparisons", name, reads[result], *at, result)
        self._put("unserved_reads", name, held["unserved"]["count"])


def _timestamp(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
