"""What is tried of the end of the way back: stages final and complete, the archive, and what is left afterwards."""

import contextlib
import csv
import io
import json
import signal
import sys
import threading
import time
from importlib import import_module

from tests.switch import crashes, world
from tests.switch.scenarios import rows, scenario, stock


def let_go():
    """Cards refer to accounts in SQL alone; the way back does not end before they are let go."""
    from dynamo_models.switch.returning import outside
    from tests.switch.bank.models import Card

    Card._meta.get_field("account").db_constraint = False
    outside.cache_clear()


def there(group="accounts"):
    """Both groups under DynamoDB's authority, with something written there."""
    let_go()
    from tests.switch.bank.models import Account, Entry

    made = stock()
    world.drained()
    for each in world.GROUPS:
        world.switch(each, "dynamodb")
    account = Account.objects.get(number="n0")
    account.version, account.details = 7, {"a": [1]}
    account.save()
    Account.objects.get(number="n1").delete()
    moved = Account.objects.get(number="n2")
    moved.number = "moved"
    moved.save()
    Entry.objects.create(account=account, text="there")
    settled(group)
    return made


def a_branch():
    from tests.switch.bank.models import Branch

    return rows(Branch)[0]["id"]


def command(*arguments):
    """A command, as an operator without a terminal gives it: its exit code, and what it said."""
    from django.core.management import CommandError, call_command

    said, stdin = io.StringIO(), sys.stdin
    sys.stdin = io.StringIO()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            call_command(*arguments, stdout=said)
    except CommandError as error:
        return error.returncode, said.getvalue(), str(error)
    finally:
        sys.stdin = stdin
    return 0, said.getvalue(), ""


def settled(group):
    """A full verification once everything has come back; nobody writes meanwhile."""
    world.drained()
    world.verified(group)


def finish(group="accounts"):
    world.verified(group)
    code, said, error = command("dynamo_cutover", group, "--to", "final", "--noinput")
    assert code == 0, (said, error)


def archived(directory, group="accounts", kind="csv"):
    target = directory / f"{group}-{kind}"
    code, said, error = command("dynamo_archive", group, "--to", str(target), "--format", kind)
    assert code == 0, (said, error)
    return target


def residue(group="accounts"):
    code, said, _ = command("dynamo_archive", group, "--residue", "--scan", "--json")
    return code, json.loads(said)["residue"]


def stored():
    """Every item of the table."""
    from dynamo_models import transport
    from tests.switch.bank.items import bank

    pages = (
        transport.client(bank.name).get_paginator("scan").paginate(TableName=bank.endpoint_name, ConsistentRead=True)
    )
    return [item for page in pages for item in page["Items"]]


@scenario
def final(_):
    """To final: what was written is in the archive, SQL stays closed, numbers come from blocks above SQL's."""
    from django.db import DatabaseError, connection, transaction

    from dynamo_models.switch import gate
    from tests.switch.bank.models import Account, Entry

    made = there()
    found = {"unconfirmed": command("dynamo_cutover", "accounts", "--to", "final")[0]}
    finish()
    found["place"] = world.place("accounts")
    found["sql"] = sorted((each["number"], each["version"]) for each in rows(Account))
    found["entries"] = sorted(each["text"] for each in rows(Entry))
    found["closed"] = gate.is_closed("accounts", "default")
    highest = max(each["id"] for each in rows(Account))
    branch = a_branch()
    with away(connection) as asked:
        new = [Account.objects.create(number=f"f{n}", owner="F", branch_id=branch) for n in range(3)]
        new[0].version = 3
        new[0].save()
        Entry.objects.create(account=new[1], text="and gone").delete()
    found["statements"] = sorted(set(asked))
    found["in order"] = [each.pk for each in (new[0], new[2])] == [new[0].pk, new[0].pk + 2]
    found["above"] = new[0].pk > highest + 1000 and new[0].pk > made[-1].pk
    try:
        with transaction.atomic(using="default"):
            Account._base_manager.using("default").filter(number="n0").update(version=99)
        found["sql refuses"] = ""
    except DatabaseError as error:
        found["sql refuses"] = str(error)
    found["bookkeeping of new"] = sorted(
        {name for item in stored() for name in ("_v", "_r") if name in item and item.get("Number", {}).get("S") == "f0"}
    )
    found["again"] = command("dynamo_cutover", "accounts", "--to", "final", "--noinput")[::2]
    found["back"] = command("dynamo_cutover", "accounts", "--to", "reading")[::2]
    found["verified"] = command("dynamo_verify", "--group", "accounts")[::2]
    code, said, _ = command("dynamo_verify", "--format", "json")
    found["verified all"] = [code, json.loads(said)["archives"], json.loads(said)["mirrors"]]
    return found


@contextlib.contextmanager
def away(connection):
    """SQL answers nothing for the block; what was asked of it."""
    from django.db import OperationalError

    asked = []

    def refuse(execute, sql, params, many, context):
        asked.append(sql)
        raise OperationalError("SQL is away")

    with connection.execute_wrapper(refuse):
        yield asked


@scenario
def guards(_):
    """Final waits for the neighbours, complete for an archive that holds what SQL has."""
    from dynamo_models.cutover import moves
    from dynamo_models.cutover.stages import Stage

    def held(to, group="accounts", **more):
        planned = moves.plan(group, Stage(to), using="default", **more)
        return {each.guard: each.said for each in planned.refused}

    stock()
    world.drained()
    world.switch("accounts", "dynamodb")
    settled("accounts")
    found = {"neighbours": held("final")}
    world.switch("branches", "dynamodb")
    settled("accounts")
    found["cards"] = held("final")
    let_go()
    found["free"] = held("final")
    finish()
    found["no archive"] = held("complete")
    return found


@scenario
def complete(directory):
    """To complete: exported, checked, and nothing left of the mirror; a group beside it is left alone."""
    from dynamo_models.cutover import watch
    from dynamo_models.models import GroupState, GroupStep
    from dynamo_models.switch import gate, remains
    from tests.switch.bank.models import Account, Entry

    there()
    finish()
    before = residue()
    found = {"left before": [before[0], sorted(before[1]["rows"]), before[1]["items"]]}
    found["triggers before"] = bool(before[1]["triggers"])
    target = archived(directory)
    found["check"] = command("dynamo_archive", "accounts", "--check", str(target))[0]
    others = {"items": theirs(), "triggers": len(remains.triggers("branches", "default"))}
    code, said, error = command("dynamo_cutover", "accounts", "--to", "complete", "--archive", str(target), "--noinput")
    assert code == 0, (said, error)
    found["place"] = world.place("accounts")
    found["left"] = residue()
    found["gates"] = gate.is_closed("accounts", "default")
    found["others"] = others == {"items": theirs(), "triggers": len(remains.triggers("branches", "default"))}
    found["state"] = [GroupState.objects.filter(group="accounts").count(), GroupStep.objects.exists()]
    found["watch"] = watch.look("default")
    world.verified("branches")
    found["migrated"] = command("migrate", "-v0")
    found["left after migrate"] = residue()[0]
    account = Account.objects.get(number="n0")
    account.version = 8
    account.save()
    Entry.objects.filter(account=account).delete()
    Account.objects.create(number="n1", owner="again", branch_id=a_branch()).delete()
    found["read"] = Account.objects.get(number="n0").version
    found["left after writes"] = residue()[0]
    found["status"] = command("dynamo_status", "accounts")[0]
    return found


def theirs():
    return sum(1 for item in stored() if item.get("_r", {}).get("S", "").startswith("bank.branch:"))


@scenario
def complete_beside_writers(directory):
    """Writers that go on while bookkeeping is cleared: nothing they wrote is lost, and none met an error."""
    let_go()
    with crashes.relay(), crashes.clients(directory) as (logs, ended):
        world.drained()
        for group in world.GROUPS:
            world.switch(group, "dynamodb")
        time.sleep(1)
        finish()
        time.sleep(0.5)
        target = archived(directory)
        code, said, error = command(
            "dynamo_cutover", "accounts", "--to", "complete", "--archive", str(target), "--noinput"
        )
        assert code == 0, (said, error)
        time.sleep(1)
    from tests.switch import accounts

    lost = [each for each in accounts.compare(logs) if each.startswith("dynamodb")]
    return {
        "place": world.place("accounts"),
        "lost": lost,
        "errors": [error for each in ended for error in each["errors"]],
        "writes": sum(len(each["seconds"]) for each in ended) > 20,
        "left": residue(),
    }


def crashed(to, where, *more):
    """The command killed there, and the same again: the exit codes of both, and where the group was in between."""
    driver = world.process("tests.switch.ending_driver", "accounts", to, where, *more)
    _, error = driver.communicate(timeout=90)
    assert driver.returncode == -signal.SIGKILL, error[-2000:]
    crashes._expire()
    between = world.place("accounts")
    code, said, error = command("dynamo_cutover", "accounts", "--to", to, "--noinput", *more)
    assert code == 0, (where, said, error)
    return between


@scenario
def crashes_of_final(_):
    """Killed before and after each step of final, in turn; the relay's look aborts it, the same command ends it."""
    from dynamo_models.models import GroupState
    from dynamo_models.switch import final as steps
    from dynamo_models.switch import run
    from tests.switch.bank.models import Account

    there()
    found = {}
    names = [name for name, _ in steps.STEPS]
    places = [f"{when} {name}" for name in names for when in ("before", "after")]
    forward = places.index("after journal")
    branch = a_branch()
    for where in places[:forward]:
        settled("accounts")
        driver = world.process("tests.switch.ending_driver", "accounts", "final", where)
        _, error = driver.communicate(timeout=90)
        assert driver.returncode == -signal.SIGKILL, error[-2000:]
        crashes._expire()
        run.look_after("default")
        frozen = GroupState.objects.get(group="accounts").frozen
        found[where] = [world.place("accounts"), frozen]
        Account.objects.create(number=where, owner="x", branch_id=branch)
    for each in ("after freeze",):
        settled("accounts")
        found[f"{each}, again"] = [crashed("final", each), world.place("accounts")]
    found["numbers"] = len({each["Id"]["N"] for each in stored() if each.get("EntityType", {}).get("S") == "Account"})
    found["accounts"] = len(rows(Account))
    return found


@scenario
def crash_behind_the_journal(_):
    """Killed once final is journalled: the same command ends it."""
    there()
    settled("accounts")
    return {"between": crashed("final", "after journal"), "place": world.place("accounts")}


@scenario
def crashes_of_complete(directory):
    """Killed at each step of complete in turn, and in the middle of a page; the same command ends it, where it was."""
    from dynamo_models.switch import complete as steps

    there()
    finish()
    target = str(archived(directory))
    found = {}
    places = [f"{when} {name}" for name, _ in steps.STEPS for when in ("before", "after")]
    places.insert(places.index("after items"), "in a page")
    for where in places:
        driver = world.process("tests.switch.ending_driver", "accounts", "complete", where, "--archive", target)
        _, error = driver.communicate(timeout=90)
        found[where] = [driver.returncode == -signal.SIGKILL, world.place("accounts")]
        assert found[where][0], (where, error[-2000:])
        crashes._expire()
    found["ended"] = command("dynamo_cutover", "accounts", "--to", "complete", "--archive", target, "--noinput")[::2]
    found["place"], found["left"] = world.place("accounts"), residue()
    return found


@scenario
def numbers(_):
    """Numbers that threads and processes draw across final, one that has not heard of it among them: none twice."""
    from tests.switch.bank.models import Account

    there()
    settled("accounts")
    drawers = [world.process("tests.switch.drawer", "0", str(a_branch()))]
    for each in drawers:
        each.stdout.readline()  # it is at work
    branch = a_branch()
    drawn, ended = [], threading.Event()

    def draw(number):
        from django.db import DatabaseError, connections

        while not ended.is_set():
            time.sleep(0.02)
            with contextlib.suppress(DatabaseError):
                drawn.append(Account.objects.create(number=f"t{number}-{len(drawn)}", owner="t", branch_id=branch).pk)
        connections.close_all()

    threads = [threading.Thread(target=draw, args=(n,)) for n in range(2)]
    for each in threads:
        each.start()
    code, said, error = command("dynamo_cutover", "accounts", "--to", "final", "--noinput")
    assert code == 0, (said, error)
    time.sleep(1)
    ended.set()
    for each in threads:
        each.join()
    for each in drawers:
        each.send_signal(signal.SIGTERM)
        said, error = each.communicate(timeout=30)
        assert each.returncode == 0, error[-2000:]
        drawn += json.loads(said)
    return {
        "twice": len(drawn) - len(set(drawn)),
        "many": len(drawn) > 50,
        "from sql": min(drawn) < 1000,
        "from blocks": max(drawn) > 10_000,
    }


@scenario
def archive(directory):
    """An archive has every row as it is, NULL and empty texts apart; what is changed in it, or in SQL, is found."""
    from dynamo_models.models import GroupState
    from dynamo_models.switch.archive import csv_files
    from tests.switch.bank.models import Account, Entry

    made = stock(2)
    texts = ["", "\\N", "\\", 'a,b\r\n"c"', "\u20ac \U0001f600", "\\\\N"]
    for text in texts:
        Entry.objects.create(account=made[0], text=text)
    Account.objects.filter(pk=made[0].pk).update(details={"a": [1, None]})
    world.drained()
    early = command("dynamo_archive", "accounts", "--to", str(directory / "early"))
    found = {"before final": [early[0], "stage final" in early[2]]}
    GroupState.objects.filter(group="accounts").update(stage="final", share=0)
    target = archived(directory)
    with (target / "bank_entry.csv").open(encoding="utf-8", newline="") as file:
        head, *lines = csv.reader(file)
    at = head.index("text")
    found["texts"] = [csv_files.value_of(line[at]) for line in lines][2:] == texts
    with (target / "bank_account.csv").open(encoding="utf-8", newline="") as file:
        accounts = list(csv.DictReader(file))
    found["details"] = [accounts[0]["details"] == '{"a": [1, null]}', csv_files.value_of(accounts[1]["details"])]
    found["in order"] = [int(line[0]) for line in lines] == sorted(int(line[0]) for line in lines)
    manifest = json.loads((target / "manifest.json").read_text())
    found["manifest"] = [(each["table"], each["rows"]) for each in manifest["tables"]]
    found["checked"] = command("dynamo_archive", "accounts", "--check", str(target))[0]
    found["twice"] = command("dynamo_archive", "accounts", "--to", str(target))[0]
    found["another's"] = command("dynamo_archive", "branches", "--check", str(target))[0]
    found["nothing"] = command("dynamo_archive", "accounts", "--check", str(directory))[0]
    found["no group"] = command("dynamo_archive", "nobody", "--residue")[0]
    text = (target / "bank_entry.csv").read_bytes()
    (target / "bank_entry.csv").write_bytes(text.replace(b"opened", b"Opened", 1))
    found["altered"] = command("dynamo_archive", "accounts", "--check", str(target))[::2]
    (target / "bank_entry.csv").write_bytes(text)
    rest = archived(directory, kind="parquet")
    parquet = import_module("pyarrow.parquet")
    found["parquet"] = parquet.read_table(rest / "bank_entry.parquet")["text"].to_pylist()[2:] == texts
    found["parquet details"] = parquet.read_table(rest / "bank_account.parquet")["details"].to_pylist()[1]
    found["parquet checked"] = command("dynamo_archive", "accounts", "--check", str(rest))[0]
    Entry._base_manager.using("default").filter(text="").delete()
    found["a row less"] = [command("dynamo_archive", "accounts", "--check", str(each))[0] for each in (target, rest)]
    return found
