"""Many processes use up people's limits while authority of the log of uses moves there and back, with its gates and
pauses; nobody gets more than the limit, and counter and log agree at the end.

People come one after another and are there for some seconds, so that their uses lie before, in and behind a pause.
"""

import contextlib
import json
import signal
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.switch import world

GROUP = "activity"
LIMIT = 50


def populate():
    from django.core.management import call_command

    from algoitny.tables import main, users
    from dynamo_models.tables import ensure

    call_command("migrate", verbosity=0)
    ensure(main, users)
    world.to_all_reads(GROUP)


@contextlib.contextmanager
def beside():
    """A relay, and the stream's consumer, which keeps the counters of what nobody has counted."""
    running = [world.process("django", each) for each in ("dynamo_relay", "dynamo_streams")]
    try:
        yield
        for each in running:
            if each.poll() is not None:
                raise AssertionError(f"A process ended with {each.returncode}: {each.communicate()[1][-2000:]}")
    finally:
        for each in running:
            each.send_signal(signal.SIGTERM)
            each.communicate(timeout=30)


@dataclass(frozen=True, kw_only=True)
class Race:
    """people, one ``every`` so many seconds, each of whom is there for ``window`` seconds; tries: of each of them, by
    all processes together."""

    people: int = 20
    tries: int = 200
    processes: int = 4
    every: float = 3.0
    window: float = 10.0


@dataclass
class Outcome:
    """said: by the processes. pauses: seconds of each switch. By user, counted and logged: in the stores at the end;
    left: uses that were still given then."""

    users: list
    said: list = field(default_factory=list)
    pauses: list = field(default_factory=list)
    counted: dict = field(default_factory=dict)
    logged: dict = field(default_factory=dict)
    left: dict = field(default_factory=dict)


def run(database, race):
    """Rows of the report."""
    with world.world(database, project="tests.limits_switch.settings", populate=populate):
        from algoitny.accounts import access as accounts

        users = [accounts.create_user(email=f"p{number}@example.org").id for number in range(race.people)]
        outcome = Outcome(users)
        with beside():
            _race(race, outcome)
        _settle()
        outcome.counted, outcome.logged = _held(users)
        outcome.left = _use_up(users)
    return _rows(outcome)


def _race(race, outcome):
    plan = {
        "users": outcome.users,
        "tries": race.tries // race.processes,
        "limit": LIMIT,
        "every": race.every,
        "window": race.window,
        "at": time.time() + 4,  # once all of them have started
    }
    running = [world.process("tests.limits_switch.client", str(number)) for number in range(race.processes)]
    for each in running:
        each.stdin.write(json.dumps(plan))
        each.stdin.close()
        each.stdin = None
    while any(each.poll() is None for each in running):
        for to in ("dynamodb", "reading"):
            world.switch(GROUP, to)
            outcome.pauses.append(world.status(GROUP)["switch"]["pause_seconds"])
    for each in running:
        out, error = each.communicate(timeout=60)
        if each.returncode:
            raise AssertionError(f"A client ended with {each.returncode}: {error[-2000:]}")
        outcome.said.append(json.loads(out))


def _settle():
    from algoitny.counting.catch_up import catch_up

    world.drained()
    catch_up()


def _decided(said):
    found = defaultdict(Counter)
    for each in said:
        for what, n in each["decided"].items():
            user, reason = what.split(" ", 1)
            found[int(user)][reason] += n
    return found


def _held(users):
    """By user: what the counter says, and how many rows SQL's log has."""
    from django.utils import timezone

    from algoitny.usage.items import UsageCounter, day_of
    from algoitny.usage.models import UsageLog

    counted = {}
    for user in users:
        held = UsageCounter.objects.filter(user_id=str(user), date=day_of(timezone.now()), action="hint").consistent()
        counted[user] = sum(each.n for each in held)
    return counted, {user: UsageLog.objects.using("default").filter(user_id=user).count() for user in users}


def _use_up(users):
    """How many uses each still gets once nothing is under way: what was refused for nobody's use is not lost."""
    from algoitny.usage import access

    found = {}
    for user in users:
        found[user] = 0
        while access.take(user, "hint", limit=LIMIT).decision.allowed:
            found[user] += 1
    return found


def _rows(outcome):
    users, counted, logged = outcome.users, outcome.counted, outcome.logged
    decided = _decided(outcome.said)
    let = {user: decided[user]["admitted"] + decided[user]["repeated"] for user in users}
    over = [f"{user}: {n}" for user, n in let.items() if n > LIMIT]
    apart = [
        f"{user}: {counted[user]} counted, {logged[user]} logged" for user in users if counted[user] != logged[user]
    ]
    off = [
        f"{user}: {logged[user]} and {outcome.left[user]} more"
        for user in users
        if logged[user] + outcome.left[user] != LIMIT
    ]
    errors = [error for each in outcome.said for error in each["errors"]]
    undecided = sum(decided[user]["error"] + decided[user]["unavailable"] for user in users)
    refused = sum(1 for user in users if decided[user]["limit"])
    return [
        {"name": "switches", "value": len(outcome.pauses), "bar": 2, "ok": len(outcome.pauses) >= 2},
        {"name": "people who reached their limit", "value": refused, "bar": len(users), "ok": refused == len(users)},
        {
            "name": "most uses that one was let have",
            "value": max(let.values()),
            "bar": LIMIT,
            "ok": not over,
            "of": over,
        },
        {"name": "people whose counter and log differ", "value": len(apart), "bar": 0, "ok": not apart, "of": apart},
        {"name": "people who do not get their limit in all", "value": len(off), "bar": 0, "ok": not off, "of": off},
        {"name": "uses that nobody decided", "value": undecided, "bar": 0, "ok": not undecided},
        {"name": "errors that no pause explains", "value": len(errors), "bar": 0, "ok": not errors, "of": errors[:5]},
        _seconds("pause, longest, seconds", outcome.pauses),
        _seconds("longest wait for a decision, seconds", [each["longest"] for each in outcome.said]),
    ]


def _seconds(name, values):
    value = round(max(values), 3)
    return {"name": name, "value": value, "bar": 30.0, "ok": value < 30}
