"""``manage.py dynamo_status``: where each group is, what holds its next step, and what its reads are like."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections

from dynamo_models.cutover.aliases import sql_alias
from dynamo_models.cutover.status import status
from dynamo_models.management.mirroring import ERROR, USAGE

_HISTORY = 5


class Command(BaseCommand):
    help = (
        "Where each group is on its way to DynamoDB, what holds its next step and which command provides it; progress "
        "of backfills, lag, dead letters, the last verification, comparisons of reads with the latency of each store, "
        "and the history. Nothing scans a table for it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("group", nargs="?", metavar="GROUP", help="All if none is given.")
        parser.add_argument(
            "--database", metavar="ALIAS", help="The SQL side. Default: what the alias of DynamoDB names."
        )
        parser.add_argument("--format", choices=("text", "json"), default="text", help="json: one object on stdout.")

    def handle(self, *_args: Any, group: str | None, **options: Any) -> None:
        using: str = options["database"] or sql_alias()
        if using not in connections:
            raise CommandError(f"There is no database {using!r} in the settings.", returncode=USAGE)
        try:
            found = [each.as_dict() for each in status(using, group)]
        except KeyError:
            raise CommandError(f"There is no group {group!r}: dynamo_status lists them.", returncode=USAGE) from None
        except DatabaseError as error:
            raise CommandError(f"{using} does not answer: {error}", returncode=ERROR) from error
        if options["format"] == "json":
            self.stdout.write(json.dumps({"groups": found}, indent=2, default=str))
            return
        if not found:
            self.stdout.write("No model is registered: put @dual_write(Entity) above one.")
        for each in found:
            self.stdout.write("\n".join(_lines(each)))


def _lines(held: dict[str, Any]) -> Iterator[str]:
    share = f" {held['share']} %" if held["share"] else ""
    killed = ", KILLED: SQL answers every read" if held["killed"] else ""
    since = f" since {held['since']}" if held["since"] else ""
    yield f"{held['group']}: {held['stage']}{share}{since}, authority {held['authority']}{killed}"
    yield f"  models       {', '.join(held['mirrors'])}"
    for name in ("allow", "deny"):
        if held[name]:
            yield f"  {name:<12} {', '.join(held[name])}"
    yield from _next(held["next"])
    for run in held["backfill"]:
        if run["status"] != "never":
            share = f" {run['done'] / run['rows']:.0%}" if run["rows"] else ""
            yield f"  backfill     {run['mirror']}: {run['status']}{share}, {run['done']:,} of {run['rows']:,} rows"
    lag = held["lag"]
    more = " or more" if lag["or_more"] else ""
    yield f"  lag          {lag['seconds']:,.1f} s; {lag['waiting']:,}{more} changes wait; {lag['dead']:,} dead letters"
    if verify := held["verify"]:
        yield (
            f"  verify       {verify['run']} at {verify['started_at']}: {verify['rows']:,} rows, "
            f"{verify['items']:,} items, {verify['mismatches']:,} mismatches"
        )
    yield from _reads(held)
    yield from _unusual(held)
    for step in held["history"][:_HISTORY]:
        by = "by itself" if step["automatic"] else step["who"]
        reason = f": {step['reason']}" if step["reason"] else ""
        yield f"  history      {step['at']} {_of(step['from'])} > {_of(step['to'])} {step['action']} {by}{reason}"


def _next(held: dict[str, Any] | None) -> Iterator[str]:
    if held is None:
        yield "  next         none: this is the highest stage"
        return
    yield f"  next         {_of(held)}: {'ready' if held['ready'] else 'held'}   {held['command']}"
    for guard in held["guards"]:
        if not guard["ok"]:
            command = f"   {guard['command']}" if guard["command"] else ""
            yield f"    {guard['guard']:<10} {guard['said']}{command}"


def _reads(held: dict[str, Any]) -> Iterator[str]:
    reads = held["reads"]
    served = reads["served"]
    if not any(served.values()) and not reads["compared"]:
        return
    yield (
        f"  reads        SQL {served['sql']:,} ({served['in_flight']:,} for a change in flight), "
        f"DynamoDB {served['dynamodb']:,}"
    )
    yield (
        f"  compared     {reads['compared']:,}: {reads['different']:,} different, {reads['unsettled']:,} unsettled, "
        f"{reads['dropped']:,} dropped, {reads['late']:,} late; errors SQL {reads['errors']['sql']:,}, DynamoDB "
        f"{reads['errors']['dynamodb']:,}"
    )
    for store, name in (("sql", "SQL"), ("dynamodb", "DynamoDB")):
        latency = reads["latency"][store]
        if latency["count"]:
            said = ", ".join(f"p{each} {latency[f'p{each}_ms']:,.1f} ms" for each in (50, 95, 99))
            yield f"  latency      {name:<8} {said} of {latency['count']:,}"


def _unusual(held: dict[str, Any]) -> Iterator[str]:
    for each in held["mismatches"][:3]:
        yield f"  mismatch     {each['id']} at {each['at']}: {each['what']}"
    if held["unserved"]["count"]:
        yield f"  unserved     {held['unserved']['count']:,} reads that no key serves; most of them:"
        for each in held["unserved"]["most"][:3]:
            yield f"    {each['count']:>8,} {each['place']}: {each['reason']}"
    if held["unseen"]["count"]:
        yield f"  unseen       {held['unseen']['count']:,} statements wrote past the mirror"
    for each in held["unseen"]["foreign_keys"]:
        yield f"  unseen       {each}"


def _of(place: dict[str, Any]) -> str:
    return f"{place['stage']} {place['share']} %" if place["share"] else str(place["stage"])
