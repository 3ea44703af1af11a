"""No sequence of writes leaves a key that differs from its template, a unique item without its owner, or a refused call
that wrote something."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from pynamodb.expressions.operand import Path

from dynamo_models import DynamoModelsError
from tests.writing import oracle
from tests.writing.conftest import Raw
from tests.writing.entities import Account, Record, main

SCALE = float(os.environ.get("DYNAMO_FUZZ_SCALE", "1"))
START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)

owners = st.sampled_from(["ann", "bob"])
numbers = st.sampled_from([2, 10])
ids = st.sampled_from([1, 2, 3])

RECORD_VALUES = {
    # The last two are refused wherever a key would be made of them.
    "language": st.sampled_from(["c", "C", "python", "python", "a#b", ""]),
    "topic": st.sampled_from([None, "x", "y", "x#y"]),
    "is_public": st.booleans(),
    "is_deleted": st.booleans(),
    "score": st.sampled_from([2, 10, 999999, 1000000, -1]),
    "created_at": st.sampled_from([START, START + timedelta(microseconds=1)]),
    "title": st.sampled_from(["", "t"]),
    "labels": st.sampled_from([None, set(), {"a"}, {"a", "b"}]),
    "notes": st.sampled_from([None, [], [1, "x", None]]),
    "metadata": st.sampled_from([{}, {"level": 1}]),
}
ACCOUNT_VALUES = {
    "email": st.sampled_from([None, "e1", "e2"]),
    "site": st.sampled_from(["a", "b"]),
    "handle": st.sampled_from(["h1", "h2", "h#3"]),
    "name": st.sampled_from(["", "n"]),
}


def some(values):
    """Some of these attributes, with values."""
    return st.fixed_dictionaries({}, optional=values).filter(bool)


def facets_together(draw_values):
    """All that the index keys of a Record depend on."""
    names = ("language", "topic", "is_public", "is_deleted", "score", "created_at")
    return st.fixed_dictionaries({name: draw_values[name] for name in names})


ACTIONS = {
    "add": lambda: Record.hits.add(1),
    "set": lambda: Record.is_public.set(True),
    "unset": lambda: Record.is_public.set(False),
    "path": lambda: Path("Language").set("rust"),
    "none": lambda: Record.topic.set(None),
    "raw none": lambda: Path("Topic").set(None),
    "remove": Record.topic.remove,
    "score": lambda: Record.score.set(10),
    "count score": lambda: Record.score.set(Record.score + 1),
    "facet if absent": lambda: Record.topic.set(Record.topic | "z"),
    "nested": lambda: Record.metadata["level"].set(2),
    "union": lambda: Record.labels.add({"c"}),
    "take away": lambda: Record.labels.delete({"a"}),
    "append": lambda: Record.notes.set(Record.notes.append([1])),
    "key": lambda: Path("GSI1PK").set("PUBLIC"),
    "half a key": lambda: Path("GSI3SK").remove(),
    "primary": lambda: Path("PK").set("x"),
    "marker": lambda: Path("EntityType").set("Account"),
    "type": lambda: Path("Language").set(5),
}


class Writes(RuleBasedStateMachine):
    """A few hot items, and writers that hold old copies of them."""

    records = Bundle("records")
    accounts = Bundle("accounts")

    def __init__(self):
        super().__init__()
        self.raw = Raw(main)
        for pk, sk in self.raw.scan():
            self.raw.remove(pk, sk)
        self.before = {}
        self.planted = {}

    def call(self, function):
        """Call; where it was refused, nothing may have been written."""
        try:
            return function()
        except DynamoModelsError:
            assert self.raw.scan() == self.before
            return None

    def where(self, item):
        key = item.schema.primary.wire(item.key)
        return key["PK"]["S"], key["SK"]["S"]

    # Making and loading

    @rule(
        target=records,
        owner=owners,
        number=numbers,
        values=some(RECORD_VALUES),
        verb=st.sampled_from(["create", "put"]),
    )
    def make_record(self, owner, number, values, verb):
        values = {"created_at": START, **values}
        item = self.call(lambda: getattr(Record.objects, verb)(owner=owner, number=number, **values))
        if item is None:
            return multiple()
        if verb == "create":
            assert self.where(item) not in self.before
        self.planted.pop(self.where(item), None)
        return item

    @rule(target=accounts, id=ids, values=some(ACCOUNT_VALUES), verb=st.sampled_from(["create", "put", "upsert"]))
    def make_account(self, id, values, verb):  # noqa: A002
        item = self.call(lambda: getattr(Account.objects, verb)(**{"id": id, "handle": "h1", **values}))
        return multiple() if item is None else item

    @rule(target=records, owner=owners, number=numbers)
    def load_record(self, owner, number):
        return Record.objects.filter(owner=owner, number=number).first() or multiple()

    @rule(target=accounts, id=ids)
    def load_account(self, id):  # noqa: A002
        return Account.objects.filter(id=id).first() or multiple()

    @rule(
        target=records, owner=owners, number=numbers, names=st.sets(st.sampled_from(sorted(RECORD_VALUES)), max_size=3)
    )
    def load_in_part(self, owner, number, names):
        found = Record.objects.filter(owner=owner).only(*names)
        return multiple(*[item for item in found if item.number == number])

    @rule(target=records, owner=owners, number=numbers)
    def refer_to_record(self, owner, number):
        return Record.objects.ref(owner=owner, number=number)

    @rule(target=accounts, id=ids)
    def refer_to_account(self, id):  # noqa: A002
        return Account.objects.ref(id=id)

    @rule(owner=owners, number=numbers, value=st.sampled_from(["1", "2"]))
    def plant(self, owner, number, value):
        """Another program writes an attribute that the class does not know."""
        where = f"RECORD#{owner}", f"{number:06d}"
        if where in self.before:
            self.raw.set(*where, Foreign={"S": value})
            self.planted[where] = value

    # Changing

    def changed(self, item, values, result):
        """What was given is what is stored now, where the call went through."""
        stored = self.raw.get(*self.where(item))
        if result is None:
            return
        assert self.where(item) in self.before, "a patch has made an item"
        for name, value in values.items():
            held = stored.get(item.schema.stored(name))
            if value is None or value == set():
                assert held is None
            elif isinstance(value, str | bool):
                assert next(iter(held.values())) == value

    @rule(item=records, values=some(RECORD_VALUES))
    def patch_record(self, item, values):
        self.changed(item, values, self.call(lambda: item.patch(**values)))

    @rule(owner=owners, number=numbers, values=facets_together(RECORD_VALUES))
    def patch_unread_with_all_facets(self, owner, number, values):
        item = Record.objects.ref(owner=owner, number=number)
        self.changed(item, values, self.call(lambda: item.patch(**values)))

    @rule(item=accounts, values=some(ACCOUNT_VALUES))
    def patch_account(self, item, values):
        self.changed(item, values, self.call(lambda: item.patch(**values)))

    @rule(item=records, names=st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=3))
    def update_actions(self, item, names):
        actions = [ACTIONS[name]() for name in names]
        given = list(actions)
        if self.call(lambda: item.update(actions=actions)) is not None:
            assert self.where(item) in self.before, "an update has made an item"
        assert actions == given

    @rule(item=records, values=some(RECORD_VALUES))
    def assign_and_save(self, item, values):
        for name, value in values.items():
            setattr(item, name, value)
        self.save_or_put(item, item.save)

    @rule(item=records)
    def put_record(self, item):
        self.save_or_put(item, item.put)

    @rule(item=accounts, values=some(ACCOUNT_VALUES), verb=st.sampled_from(["save", "put"]))
    def write_account(self, item, values, verb):
        for name, value in values.items():
            setattr(item, name, value)
        self.call(getattr(item, verb))

    def save_or_put(self, item, write):
        held = item.unknown_attributes.get("Foreign")
        replaces = write == item.put or item._stored is None
        if self.call(write) is not None and replaces:
            # A put writes what was loaded, what the class does not know included.
            self.planted.pop(self.where(item), None)
            if held is not None:
                self.planted[self.where(item)] = held["S"]

    @rule(owner=owners, number=numbers, values=some(RECORD_VALUES))
    def upsert_record(self, owner, number, values):
        self.call(lambda: Record.objects.upsert(owner=owner, number=number, **values))

    @rule(owner=owners, number=numbers, values=facets_together(RECORD_VALUES))
    def upsert_record_with_all_facets(self, owner, number, values):
        self.call(lambda: Record.objects.upsert(owner=owner, number=number, **values))

    @rule(
        item=records, changes=st.fixed_dictionaries({}, optional={"owner": owners, "number": numbers, **RECORD_VALUES})
    )
    def move_record(self, item, changes):
        old, held = self.where(item), item.unknown_attributes.get("Foreign")
        if self.call(lambda: item.move(**changes)) is not None:
            self.planted.pop(old, None)
            assert self.where(item) not in self.before
            if held is not None:
                self.planted[self.where(item)] = held["S"]

    @rule(item=accounts, id=ids, values=st.fixed_dictionaries({}, optional=ACCOUNT_VALUES))
    def move_account(self, item, id, values):  # noqa: A002
        self.call(lambda: item.move(id=id, **values))

    @rule(item=consumes(records))
    def delete_record(self, item):
        existed = self.call(item.delete)
        assert existed is (self.where(item) in self.before)
        self.planted.pop(self.where(item), None)

    @rule(item=consumes(accounts))
    def delete_account(self, item):
        assert self.call(item.delete) is (self.where(item) in self.before)

    # Several at once

    @rule(data=st.data(), puts=st.lists(st.tuples(owners, numbers, some(RECORD_VALUES)), max_size=4), old=records)
    def batch(self, data, puts, old):
        def write():
            with main.batch() as batch:
                for owner, number, values in puts:
                    batch.put(Record(owner=owner, number=number, **values))
                batch.delete(old)
            return True

        if self.call(write):
            for owner, number, _ in puts:
                self.planted.pop((f"RECORD#{owner}", f"{number:06d}"), None)
            self.planted.pop(self.where(old), None)

    @rule(
        new=st.tuples(owners, numbers, some(RECORD_VALUES)),
        item=records,
        values=some(RECORD_VALUES),
        account=accounts,
        account_values=some(ACCOUNT_VALUES),
        gone=st.one_of(st.none(), accounts),
    )
    def transaction(self, new, item, values, account, account_values, gone):  # noqa: PLR0917 - hypothesis names them
        owner, number, fields = new

        def write():
            with main.transaction() as tx:
                made = tx.create(Record(owner=owner, number=number, **fields))
                tx.patch(item, **values)
                tx.patch(account, **account_values)
                if gone is not None:
                    tx.delete(gone)
            return made

        made = self.call(write)
        if made is not None:
            assert self.where(made) not in self.before
            self.changed(item, values, made)
            self.changed(account, account_values, made)

    # What holds after each of them

    @invariant()
    def the_table_is_true(self):
        items = self.raw.scan()
        oracle.check(items)
        foreign = {where: item["Foreign"]["S"] for where, item in items.items() if "Foreign" in item}
        assert foreign == self.planted
        self.before = items


def test_no_sequence_of_writes_leaves_a_key_that_is_not_true(tables):
    run_state_machine_as_test(
        Writes,
        settings=settings(
            max_examples=max(1, int(40 * SCALE)),
            stateful_step_count=30,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
