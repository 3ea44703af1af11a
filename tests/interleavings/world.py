"""The state that processes share: rows, change log, memory of keys, DynamoDB; and stand-ins through which code sees it.

The code that runs is the mirror's own. What it asks of Django's managers, of transactions and of the transport goes to
the stand-ins below, which carry it out on a ``World``. A transaction is one step, as its locks make it; so is a
statement outside one, and so is a request to DynamoDB.
"""

import copy
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from dynamo_models.errors import ConditionFailed
from dynamo_models.mirror import fence

SOURCE = "model.account"
TYPE = "EntityType"


class Stop(BaseException):
    """Unwinds a process that has taken its step; no ``except Exception`` of the code's catches it."""


class Blocked(BaseException):
    """A step that has to wait for another process."""


@dataclass
class World:
    """rows: (key, note) by primary key. changes: (row key, old) by number. items: raw items by key. open: the operation
    of the application that has drawn its number and is not committed. floating: requests of the dead on their way.
    dirty: rows that a change elsewhere has to be fanned out to."""

    rows: dict = field(default_factory=dict)
    changes: dict = field(default_factory=dict)
    memory: set = field(default_factory=set)
    items: dict = field(default_factory=dict)
    last: int = 0
    open: tuple | None = None
    floating: tuple = ()
    dirty: frozenset = frozenset()

    def copy(self):
        other = copy.copy(self)
        other.rows, other.changes = dict(self.rows), dict(self.changes)
        other.memory, other.items = set(self.memory), dict(self.items)
        return other

    def frozen(self):
        return (
            tuple(sorted(self.rows.items())),
            tuple(sorted(self.changes.items())),
            frozenset(self.memory),
            tuple(sorted(self.items.items())),
            self.last,
            self.open,
            self.floating,
            self.dirty,
        )

    def draw(self):
        self.last += 1
        return self.last

    def live(self):
        """What DynamoDB holds but tombstones: (row, note) by key."""
        found = {}
        for key, text in self.items.items():
            raw = json.loads(text)
            if raw[TYPE]["S"] != fence.TOMBSTONE:
                found[key] = (int(raw["Id"]["N"]), int(raw["Note"]["N"]))
        return found

    def wanted(self):
        return {f"A#{key}": (pk, note) for pk, (key, note) in self.rows.items()}


class Record(NamedTuple):
    """What one access gave, and the text by which two of them are the same."""

    found: object
    raised: ConditionFailed | None
    text: str


class Process:
    """One run of some code, cut at its accesses: what they gave so far is replayed, one more is carried out."""

    def __init__(self, world, records):
        self.world, self.records, self.at = world, list(records), 0
        self.stepped = self.inside = False
        self.sent = None

    def access(self, act, *, request=None):
        if self.at < len(self.records):
            found, raised = self.records[self.at].found, self.records[self.at].raised
            self.at += 1
        else:
            if not self.inside:
                if self.stepped:
                    raise Stop
                self.stepped, self.sent = True, request
            found, raised = None, None
            try:
                found = act(self.world)
            except ConditionFailed as error:
                raised = error
            self.records.append(Record(found, raised, f"{found} {raised and raised.raw}"))
            self.at += 1
        if raised is not None:
            raise raised
        return copy.copy(found)

    @contextmanager
    def block(self):
        """Several accesses as one step; an error takes back what they did."""
        if self.at < len(self.records) or self.inside:
            yield
            return
        if self.stepped:
            raise Stop
        before = self.world.copy()
        self.stepped = self.inside = True
        try:
            yield
        except Exception:
            self.world.__dict__.update(before.__dict__)
            raise
        finally:
            self.inside = False


class Current:
    """The process that runs now; stand-ins ask it."""

    process: Process


CURRENT = Current()


class Query:
    """As much of a query set as the mirror uses."""

    def __init__(self, table, tests=()):
        self.table, self.tests = table, tests

    def filter(self, **kwargs):
        return Query(self.table, (*self.tests, *kwargs.items()))

    def using(self, alias):
        return self

    def order_by(self, *names):
        assert names in {("seq",), ("pk",)}, names  # the order in which tables give their rows
        return self

    def select_for_update(self, **_):
        return self

    def values_list(self, *names, flat=False):
        return Values(self, names, flat=flat)

    def rows(self, world):
        return [row for row in self.table.read(world) if all(self._holds(row, *test) for test in self.tests)]

    @staticmethod
    def _holds(row, name, value):
        name, _, operation = name.partition("__")
        held = getattr(row, name)
        if operation == "lte":
            return held <= value
        if operation == "in":
            return held in value
        assert operation == "", operation
        return held == value

    def __iter__(self):
        return iter(CURRENT.process.access(self.rows))

    def first(self):
        return next(iter(self), None)

    def exists(self):
        return self.first() is not None

    def delete(self):
        return CURRENT.process.access(lambda world: (self.table.remove(world, self.rows(world)), {}))

    def bulk_create(self, rows, ignore_conflicts=False):
        return CURRENT.process.access(lambda world: self.table.add(world, rows))


class Values:
    def __init__(self, query, names, *, flat):
        self.query, self.names, self.flat = query, names, flat

    def __iter__(self):
        rows = [tuple(getattr(row, name) for name in self.names) for row in self.query]
        return iter([row[0] for row in rows] if self.flat else rows)

    def first(self):
        return next(iter(self), None)


@dataclass(frozen=True)
class Change:
    seq: int
    source: str
    row_key: str
    old: str | None

    @property
    def pk(self):
        return self.seq


@dataclass(frozen=True)
class Remembered:
    source: str
    row_key: str
    digest: str
    table: str
    key: str

    @property
    def pk(self):
        return self.row_key, self.digest


class Changes:
    @staticmethod
    def read(world):
        return [Change(seq, SOURCE, key, old) for seq, (key, old) in sorted(world.changes.items())]

    @staticmethod
    def remove(world, rows):
        for row in rows:
            del world.changes[row.seq]
        return len(rows)

    @staticmethod
    def add(world, rows):
        for row in rows:
            world.changes[world.draw()] = (row.row_key, None)
        return rows


class Memory:
    @staticmethod
    def read(world):
        return [Remembered(*row) for row in sorted(world.memory)]

    @staticmethod
    def remove(world, rows):
        gone = {(row.source, row.row_key, row.digest, row.table, row.key) for row in rows}
        world.memory = world.memory - gone
        return len(gone)

    @staticmethod
    def add(world, rows):
        world.memory = world.memory | {(row.source, row.row_key, row.digest, row.table, row.key) for row in rows}
        return rows


class Nothing:
    @staticmethod
    def read(world):
        return []

    @staticmethod
    def remove(world, rows):
        return 0


def manager(table, model):
    """What stands for a model: its manager, and a class to make rows of."""
    stand_in = type(model.__name__, (), {"objects": Query(table), "__new__": lambda cls, **values: model(**values)})
    stand_in.DoesNotExist = LookupError
    return stand_in


@contextmanager
def transaction(using):
    with CURRENT.process.block():
        yield


def send(table, operation, request):
    """What stands for the transport: PutItem with the conditions that the fence makes, and inserts of several items.

    Each of these is a step of its own, as DynamoDB carries them out; with its caller's death all that are left may be
    on their way.
    """
    if operation == "BatchExecuteStatement":
        puts = [_insertion(each) for each in request["Statements"]]
        return {"Responses": [_inserted(puts[at:]) for at in range(len(puts))]}
    assert operation in {"PutItem", "DeleteItem"}, operation
    said = {k: json.loads(json.dumps(v)) for k, v in request.items()}
    return CURRENT.process.access(lambda world: carry_out(world, said), request=(json.dumps(said, sort_keys=True),))


def _insertion(said):
    names = re.findall(r"'([^']+)': \?", said["Statement"])
    item = dict(zip(names, said["Parameters"], strict=True))
    absent = {"ConditionExpression": "attribute_not_exists(#k)", "ExpressionAttributeNames": {"#k": "PK"}}
    return {"Item": item, **absent, "ExpressionAttributeValues": {}}


def _inserted(puts):
    texts = tuple(json.dumps(each, sort_keys=True) for each in puts)
    try:
        CURRENT.process.access(lambda world: carry_out(world, json.loads(texts[0])), request=texts)
    except ConditionFailed:
        return {"Error": {"Code": "DuplicateItem"}}
    return {}


def carry_out(world, request):
    key = request.get("Item", request.get("Key"))["PK"]["S"]
    held = json.loads(world.items[key]) if key in world.items else None
    condition = request.get("ConditionExpression")
    if condition is not None and not _true(condition, held or {}, request):
        raise ConditionFailed("The condition did not hold.", raw=held)
    if "Item" in request:
        world.items[key] = json.dumps(request["Item"], sort_keys=True)
    else:
        world.items.pop(key, None)
    return {}


def _true(condition, held, request):
    """Conditions as the fence writes them: alternatives of conjunctions, without deeper nesting."""
    names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]

    def atom(text):
        text = text.strip().strip("()")
        if text.startswith("attribute_not_exists"):
            return names[text[len("attribute_not_exists(") :].rstrip(")")] not in held
        left, operator, right = text.split()
        have, want = held.get(names[left]), values[right]
        if have is None or have.keys() != want.keys():
            return False
        (kind,) = have
        a, b = (int(each[kind]) if kind == "N" else each[kind] for each in (have, want))
        return {"<": a < b, "=": a == b, "<=": a <= b}[operator]

    if " AND (" in condition:
        first, rest = condition.split(" AND (", 1)
        before, last = first.rsplit(" OR ", 1)
        inner = any(atom(each) for each in rest.rstrip(")").split(" OR "))
        return _true(before, held, request) or (atom(last) and inner)
    return any(all(atom(part) for part in each.split(" AND ")) for each in condition.split(" OR "))
