"""Carries a pattern out on its sample, and says where what was sent is not what the table says."""

from algoitny.catalogue.pattern import AccessPattern
from algoitny.catalogue.planned import Planned
from dynamo_models import Table, capture
from dynamo_models.transport.usage import Request


def tables_of(pattern: AccessPattern) -> list[Table]:
    """The tables that have to be there, empty, before it is measured."""
    found = [item.schema.table for item in pattern.sample()]
    found += [table for sent in pattern.planned() for table in sent.tables]
    return list(dict.fromkeys(found))


def differences(pattern: AccessPattern) -> list[str]:
    """What is otherwise than planned, in words; none where all is as the table says. Its sample is written first."""
    for item in pattern.sample():
        item.put()
    planned = pattern.planned()
    with capture() as usage:
        pattern.run()
    made = usage.requests
    found = [] if len(made) == len(planned) else [f"{len(planned)} requests planned, {len(made)} made"]
    for number, (ours, theirs) in enumerate(zip(planned, made, strict=False), 1):
        for what, expected, actual in _compared(ours, theirs):
            if expected != actual:
                found.append(f"request {number}: {what} is {actual!r}, planned was {expected!r}")
    return [f"{pattern.title}: {each}" for each in found]


def _compared(ours: Planned, theirs: Request) -> list[tuple[str, object, object]]:
    return [
        ("operation", ours.operation, theirs.operation),
        ("table", {table.endpoint_name for table in ours.tables}, set(theirs.table.split(","))),
        ("index", ours.index, theirs.index),
        ("read units", ours.read_units, theirs.read_units),
        ("write units", ours.write_units, theirs.write_units),
        ("error", None, theirs.error),
    ]
