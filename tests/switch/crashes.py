"""The switch killed with kill -9 before and after each step, there and back, while clients write.

After each crash ``dynamo_status`` names a command, which is carried out: the group is then where it was, or where it
was going. At the end each client's log of acknowledged writes is compared with both stores.
"""

import contextlib
import json
import signal
import time

from tests.switch import accounts, world

GROUP = "accounts"
CLIENTS = 2


def places():
    """Every place to be killed at: (direction, where)."""
    from dynamo_models.switch.steps import STEPS

    return [
        (direction, f"{when} {name}")
        for direction in STEPS
        for name, _ in STEPS[direction]
        for when in ("before", "after")
    ]


@contextlib.contextmanager
def clients(directory, count=CLIENTS):
    """Clients that write for the block, and what they say when they end."""
    logs = [directory / f"client-{number}.log" for number in range(count)]
    running = [world.process("tests.switch.client", str(log), str(number)) for number, log in enumerate(logs)]
    ended = []
    try:
        until = time.monotonic() + 30
        while not all(log.exists() for log in logs) and time.monotonic() < until:
            time.sleep(0.05)
        yield logs, ended
    finally:
        for each in running:
            each.send_signal(signal.SIGTERM)
        for each in running:
            said, error = each.communicate(timeout=60)
            if each.returncode:
                raise AssertionError(f"A client ended with {each.returncode}: {error[-2000:]}")
            ended.append(json.loads(said))


@contextlib.contextmanager
def relay():
    process = world.process("tests.switch.relay")
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def prepare(to):
    """What the guards of the next switch ask for."""
    world.verified(GROUP)
    if to == "dynamodb":
        world.compared(GROUP)


def crash(direction, where):
    """Be killed there, and carry out what the status names; what there is to tell."""
    to = "dynamodb" if direction == "there" else "reading"
    origin = world.place(GROUP)
    goal = "dynamodb" if direction == "there" else "reading 100 %"
    prepare(to)
    driver = world.process("tests.switch.driver", GROUP, to, where)
    out, error = driver.communicate(timeout=90)
    killed = driver.returncode == -signal.SIGKILL
    _expire()
    command = world.status(GROUP)["switch"]["command"]
    if command is not None:
        done = world.manage(*command.split()[1:])
    place = world.place(GROUP)
    wanted = {goal} if command and "--resume" in command else {origin}
    ok = killed and command is not None and done.returncode == 0 and place in wanted
    found = {
        "name": f"{direction}: killed {where}",
        "value": f"{command.split(' ', 1)[1] if command else 'nothing named'} > {place}",
        "bar": f"{' or '.join(sorted(wanted))}",
        "ok": ok,
    }
    if not ok:
        found["said"] = [out[-800:], error[-800:], done.stderr[-800:] if command else ""]
    return found


def _expire():
    """Nobody waits for the lease of a process that is known to be dead."""
    from dynamo_models.models import Switch

    Switch.objects.filter(status="running").update(held_until="2000-01-01T00:00Z")


def bring(goal):
    """The group where the next crash begins."""
    at = world.place(GROUP)
    if goal == "there" and at == "dynamodb":
        world.switch(GROUP, "reading")
    elif goal == "back" and at != "dynamodb":
        world.switch(GROUP, "dynamodb")


def run(database, chosen=None):
    """Every place, or those chosen by their number; rows of the report."""
    rows = []
    with world.world(database) as directory:
        with relay(), clients(directory) as (logs, ended):
            for number, (direction, where) in enumerate(places()):
                if chosen is not None and number not in chosen:
                    continue
                bring(direction)
                rows.append(crash(direction, where))
        lost, differences = settled(logs)
    rows.append({"name": "acknowledged and lost", "value": len(lost), "bar": 0, "ok": not lost, "of": lost[:20]})
    rows.append({"name": "differences", "value": differences, "bar": 0, "ok": not differences})
    writes = sum(len(each["seconds"]) for each in ended)
    rows.append({"name": "writes acknowledged", "value": writes, "bar": 1, "ok": writes > 0})
    rows.append(unexplained(ended))
    return rows


def unexplained(ended):
    """Errors of clients that the pause does not explain."""
    errors = [error for each in ended for error in each["errors"]]
    return {"name": "errors that no pause explains", "value": len(errors), "bar": 0, "ok": not errors, "of": errors[:5]}


def settled(logs):
    """What was lost, and how many rows differ, once both stores have everything."""
    world.drained()
    lost = list(accounts.compare(logs))
    from dynamo_models.mirror import verify
    from dynamo_models.mirror.registration import mirrors

    run = verify.verify(mirrors(GROUP), "default", verify.Options(workers=1)).run
    return lost, run.mismatches + run.unsettled
