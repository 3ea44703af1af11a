"""What is tried of the switch, each in a process of its own: ``python -m tests.switch NAME --database sqlite``."""

import contextlib
import json
import threading
import time
from datetime import timedelta

from tests.switch import world

SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


def stock(count=5):
    from tests.switch.bank.models import Account, Branch, Entry

    branch = Branch.objects.order_by("pk").first()
    made = [Account.objects.create(number=f"n{n}", owner=f"Owner {n}", branch=branch) for n in range(count)]
    for account in made:
        Entry.objects.create(account=account, text="opened")
    return made


def rows(model):
    """What SQL has, whoever has authority."""
    return list(model._base_manager.using("default").order_by("pk").values())


@scenario
def there_and_back(_):
    """Written to SQL, switched, written to DynamoDB, which SQL gets as well; back, and written to SQL."""
    from django.db import DatabaseError, transaction

    from tests.switch.bank.models import Account, Entry

    made = stock()
    world.drained()
    said = []
    world.switch("accounts", "dynamodb", told=said.append)
    found = {"there": world.place("accounts"), "told": said}
    account = Account.objects.get(number="n0")
    found["read from"] = account._state.db
    account.version, account.details = 7, {"later": True, "a": [1]}
    account.save()
    new = Account.objects.create(number="new", owner="N", branch_id=account.branch_id)
    found["id above"] = new.pk > max(each.pk for each in made)
    Entry.objects.create(account=new, text="in DynamoDB")
    Account.objects.get(number="n1").delete()
    moved = Account.objects.get(number="n2")
    moved.number = "moved"
    moved.save()
    found["sql before"] = Account._base_manager.using("default").get(pk=account.pk).version
    try:
        with transaction.atomic(using="default"):
            Account._base_manager.using("default").filter(pk=account.pk).update(version=99)
        found["sql refuses"] = ""
    except DatabaseError as error:
        found["sql refuses"] = str(error)
    world.drained()
    found["sql"] = sorted((each["number"], each["version"]) for each in rows(Account))
    found["entries"] = sorted(each["text"] for each in rows(Entry))
    run = world.verified("accounts")
    found["compared there"] = [run.rows, run.items]
    world.switch("accounts", "reading")
    found["back"] = world.place("accounts")
    account = Account.objects.get(number="n0")
    account.version = 8
    account.save()
    again = Account.objects.create(number="again", owner="A", branch_id=account.branch_id)
    found["id above again"] = again.pk > new.pk
    found["sql has"] = Account._base_manager.using("default").get(pk=account.pk).version
    Account.objects.get(number="moved").delete()
    world.drained()
    run = world.verified("accounts")
    found["compared back"] = [run.rows, run.items]
    found["numbers"] = sorted(each["number"] for each in rows(Account))
    found["pauses"] = [world.status("accounts")["switch"]["pause_seconds"]]
    found["log"] = _left()
    return found


def _left():
    from dynamo_models.models import CanarySeen, Change, ChangedRow, Passage, ReturningKey

    return {model.__name__: model.objects.count() for model in (Change, ChangedRow, Passage, CanarySeen)} | {
        "ReturningKey": ReturningKey.objects.filter(waiting=True).count()
    }


@scenario
def referred_to(_):
    """What SQL alone has refers to a row as soon as that is made, and it is there."""
    from tests.switch.bank.models import Account, Branch, Card

    stock()
    world.drained()
    world.switch("accounts", "dynamodb")
    made = []
    for number in range(5):
        account = Account.objects.create(number=f"with card {number}", owner="x", branch=Branch.objects.first())
        made.append(Card.objects.create(account=account, pin="1234").account_id)
    world.drained()
    found = {"cards": Card.objects.count(), "accounts": sorted(each["pk"] for each in rows_of(Account, made))}
    world.switch("accounts", "reading")
    return found | {"differences": world.verified("accounts").mismatches, "made": made}


@contextlib.contextmanager
def standing_still(write):
    """A writer that looks at the stage, and sends what it has when the block is over; yields what it failed with."""
    from django.db import connections

    from dynamo_models.backend import sending

    real = sending.still_there
    looked, over = threading.Event(), threading.Event()
    standing, failed = [], []

    def stand_still(group, using):
        real(group, using)
        if threading.get_ident() in standing:
            looked.set()
            over.wait(60)

    def quiet_write():
        standing.append(threading.get_ident())
        try:
            write()
        except Exception as error:  # noqa: BLE001 - what the writer finds is told
            failed.append(type(error).__name__)
        connections.close_all()

    sending.still_there = stand_still
    thread = threading.Thread(target=quiet_write)
    thread.start()
    looked.wait(30)
    yield failed
    over.set()
    thread.join()


@scenario
def late(_):
    """A writer looks at the stage, and sends what it has when the way back is over; SQL has gone on meanwhile."""
    from dynamo_models.mirror import relay
    from dynamo_models.switch import returning
    from tests.switch.bank.models import Account, Entry

    def write():
        Account.objects.filter(number="n0").update(owner="late")
        account = Account.objects.using("dynamodb").get(number="n1")
        # The second write looks again, and is SQL's.
        Entry(id=10**6, account=account, text="late").save(using="dynamodb", force_insert=True)

    stock()
    world.drained()
    world.switch("accounts", "dynamodb")
    with standing_still(write) as failed:
        world.switch("accounts", "reading")
        Account.objects.filter(number="n0").update(version=5)  # which is not mirrored yet when the late one comes
    # What the mirror itself writes is told by the stream as well, and must not be taken for another's.
    Account.objects.filter(number="n2").update(version=6)
    while relay.work("default").claimed:
        pass
    Account.objects.filter(number="n2").update(version=7)
    returning.turn("default")
    world.drained()
    world.drained()
    account = Account._base_manager.using("default").get(number="n0")
    other = Account._base_manager.using("default").get(number="n2")
    found = {"owner": account.owner, "version": account.version, "other": other.version, "failed": failed}
    found["second"] = Entry._base_manager.using("default").filter(text="late").count()
    return found | {"differences": world.verified("accounts").mismatches}


@scenario
def late_and_compared(_):
    """The same, and somebody verifies before any relay has looked at the stream."""
    from dynamo_models.mirror import verify
    from dynamo_models.mirror.registration import mirrors
    from tests.switch.bank.models import Account

    def write():
        branch = Account.objects.get(number="n0").branch_id
        Account.objects.create(number="late", owner="late", branch_id=branch)

    stock()
    world.drained()
    world.switch("accounts", "dynamodb")
    with standing_still(write) as failed:
        world.switch("accounts", "reading")
    run = verify.verify(mirrors("accounts"), "default", verify.Options(workers=1)).run
    made = Account._base_manager.using("default").filter(number="late").count()
    return {"failed": failed, "differences": run.mismatches, "sql has": made}


def rows_of(model, pks):
    return list(model._base_manager.using("default").filter(pk__in=pks).values("pk"))


def held(group, to):
    """What the guards that refuse a move say."""
    from dynamo_models.cutover import moves
    from dynamo_models.cutover.stages import Stage

    return {each.guard: each.said for each in moves.plan(group, Stage(to), using="default").refused}


@scenario
def order(_):
    """A parent's group does not switch before its children's, nor come back after them."""
    stock()
    world.drained()
    for group in world.GROUPS:
        world.verified(group)
    found = {"parents first": held("branches", "dynamodb")}
    world.switch("accounts", "dynamodb")
    world.switch("branches", "dynamodb")
    for group in world.GROUPS:
        world.verified(group)
    found["children back first"] = held("accounts", "reading")
    from tests.switch.bank.models import Account, Branch, Entry

    branch = Branch.objects.create(name="made there")
    account = Account.objects.create(number="of it", owner="x", branch=branch)
    Entry.objects.create(account=account, text="first")
    world.drained()
    found["sql"] = [rows(Branch)[-1]["name"], rows(Account)[-1]["branch_id"] == branch.pk]
    world.switch("branches", "reading")
    world.switch("accounts", "reading")
    found["places"] = [world.place(group) for group in world.GROUPS]
    return found


@contextlib.contextmanager
def written_in_the_pause(pk, hold):
    """A switch there meets, as its pause begins, a transaction that has written version 41 of an account and stays open
    while ``hold()`` lasts; it is waited for behind the block."""
    from django.db import connections, transaction

    from dynamo_models.switch import steps
    from tests.switch.bank.models import Account

    entered, freeze = threading.Event(), steps.freeze

    def write():
        with transaction.atomic():
            Account._base_manager.using("default").filter(pk=pk).update(version=41)
            entered.set()
            hold()
        connections.close_all()

    thread = threading.Thread(target=write)

    def frozen(going):
        freeze(going)
        thread.start()
        entered.wait(10)

    steps.STEPS["there"] = [(name, frozen if name == "freeze" else step) for name, step in steps.STEPS["there"]]
    yield
    thread.join()


def refused(to):
    """What keeps the accounts from being switched; "" where they are."""
    from dynamo_models.switch.run import NotSwitched

    try:
        world.switch("accounts", to)
    except NotSwitched as error:
        return str(error)
    return ""


@scenario
def open_transaction(_):
    """A transaction that has written and does not end keeps the switch from going on; no harm is done."""
    from dynamo_models.switch import steps
    from tests.switch.bank.models import Account

    made = stock(2)
    world.drained()
    steps.PATIENCE = 3.0
    leave = threading.Event()
    with written_in_the_pause(made[0].pk, lambda: leave.wait(30)):
        found = {"refused": refused("dynamodb")}
        leave.set()
    found["place"] = world.place("accounts")
    world.drained()
    Account.objects.filter(pk=made[1].pk).update(version=42)
    world.drained()
    found["versions"] = sorted(each["version"] for each in rows(Account))
    found["compared"] = world.verified("accounts").mismatches
    return found


@scenario
def ends_in_time(_):
    """A transaction that had written as the pause began ends in it."""
    from tests.switch.bank.models import Account

    made = stock(1)
    world.drained()
    with written_in_the_pause(made[0].pk, lambda: time.sleep(1)):
        found = {"refused": refused("dynamodb")}
    account = Account.objects.get(pk=made[0].pk)
    return found | {"place": world.place("accounts"), "read from": account._state.db, "version": account.version}


@scenario
def overtaken(_):
    """Who reads a stream is overtaken by another reader, and something more is written meanwhile."""
    from dynamo_models.streams.reading import Stream
    from dynamo_models.switch.records import ReturningKey
    from dynamo_models.switch.returning.reader import read
    from tests.switch.bank.items import bank
    from tests.switch.bank.models import Account

    first, second = stock(2)
    world.drained()
    world.switch("accounts", "dynamodb")
    read(bank, "default")
    Account.objects.filter(pk=first.pk).update(version=1)
    real, turns = Stream.batches, []

    def batches(self, shard, after):
        for records, ended in real(self, shard, after):
            if records and not turns:
                turns.append(shard.id)
                read(bank, "default")  # the other one
                Account.objects.filter(pk=second.pk).update(version=1)
            yield records, ended

    Stream.batches = batches
    read(bank, "default")
    told = ReturningKey.objects.filter(source="bank.account", waiting=True).values_list("row_key", flat=True)
    return {"overtaken": len(turns), "told": sorted(told) == sorted([str(first.pk), str(second.pk)])}


def run(name, database, fault=""):
    """What a scenario has found, as JSON; with a fault put in (``tests.switch.faults``) where one is named."""
    began = time.monotonic()
    with world.world(database) as directory:
        if fault:
            from tests.switch.faults import FAULTS

            FAULTS[fault]()
        found = SCENARIOS[name](directory)
    found["seconds"] = round(time.monotonic() - began, 1)
    return json.dumps(found, default=str)


@scenario
def followed(_):
    """What handlers keep up from the stream is behind, then not."""
    from unittest import mock

    from django.utils import timezone

    from dynamo_models import streams
    from tests.switch.bank.items import Account, bank

    told = []
    stock(2)
    world.drained()
    world.verified("accounts")
    found = {"nobody": held("accounts", "dynamodb")}
    streams.on_change(Account, name="followed")(told.append)
    later = timezone.now() + timedelta(minutes=2)
    with mock.patch.object(timezone, "now", return_value=later):
        found["behind"] = held("accounts", "dynamodb")
        streams.consume(bank)
        found["told"] = held("accounts", "dynamodb")
    return found | {"changes": len(told)}
