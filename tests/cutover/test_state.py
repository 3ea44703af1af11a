"""The state that each process keeps: half a second old at most, and held where it cannot be read."""

import logging
import threading
import time

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction

from dynamo_models.cutover import controls, moves, state, tallies
from dynamo_models.cutover.fingerprint import fingerprint
from dynamo_models.cutover.records import GroupState, GroupStep
from dynamo_models.cutover.stages import SHADOW, Stage
from tests.cutover import process
from tests.cutover.ladder import GROUP, choice, go, place, put
from tests.mirror.shop.models import Product


def test_it_is_read_again_after_half_a_second_and_not_before(using, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(state.time, "monotonic", lambda: now[0])
    put(using, "reading", 100)
    state.forget()
    assert choice(using).store == "dynamodb"
    GroupState.objects.using(using).update(stage="shadow", share=0, epoch=99)
    now[0] += 0.5
    assert choice(using).store == "dynamodb"
    now[0] += 0.001
    assert choice(using).store == "sql"


def test_what_a_process_does_itself_is_in_force_at_once_there(using):
    put(using, "reading", 100)
    assert choice(using).store == "dynamodb"
    controls.kill(GROUP, using=using)
    assert choice(using).store == "sql"
    controls.unkill(GROUP, using=using)
    moves.step_down(GROUP, SHADOW, using=using, reason="a test")
    assert choice(using).store == "sql"


def test_what_is_rolled_back_was_never_in_force(each):
    put(each, "shadow")
    with pytest.raises(ZeroDivisionError):
        put_and_fail(each)
    assert choice(each).store == "sql"
    assert place(each) == "shadow"


def put_and_fail(using):
    with transaction.atomic(using=using), moves.locked(GROUP, using) as row:
        moves.put(row, using, stage="reading", share=100)
        raise ZeroDivisionError


@pytest.fixture
def away(monkeypatch):
    """SQL gives no stages while it is set."""
    found = {"away": False, "asked": 0}
    read = state._read

    def reading(using):
        found["asked"] += 1
        if found["away"]:
            raise DatabaseError("the database is away")
        return read(using)

    monkeypatch.setattr(state, "_read", reading)
    monkeypatch.setattr(state, "FRESH", 0.0)
    return found


def test_the_last_known_stage_holds_while_it_cannot_be_read(using, away, caplog):
    put(using, "reading", 100)
    assert choice(using).store == "dynamodb"
    away["away"] = True
    GroupState.objects.using(using).update(killed=True, epoch=99)
    with caplog.at_level(logging.WARNING):
        assert [choice(using).store for _ in range(5)] == ["dynamodb"] * 5
    assert [record.message for record in caplog.records] == [
        f"The stages in {using} cannot be read, the last that is known holds: the database is away"
    ]
    away["away"] = False
    assert choice(using).store == "sql"


def test_who_never_knew_reads_sql(using, away):
    put(using, "reading", 100)
    state.forget()
    away["away"] = True
    assert choice(using).store == "sql"
    assert away["asked"] == 1
    away["away"] = False
    assert choice(using).store == "dynamodb"


def test_the_table_of_stages_may_not_be_there_yet(each):
    put(each, "reading", 100)
    state.forget()
    with connections[each].schema_editor() as editor:
        editor.alter_db_table(GroupState, "dynamo_models_groupstate", "elsewhere")
    try:
        with transaction.atomic(using=each):  # which goes on, as if nobody had asked
            assert choice(each).store == "sql"
            Product.objects.using(each).create(sku="a", name="A")
        assert Product.objects.using(each).filter(sku="a").exists()
    finally:
        with connections[each].schema_editor() as editor:
            editor.alter_db_table(GroupState, "elsewhere", "dynamo_models_groupstate")


def test_an_older_look_does_not_undo_a_newer_one(using, monkeypatch):
    monkeypatch.setattr(state, "FRESH", 1000.0)
    old = put(using, "reading", 100)
    assert choice(using).store == "dynamodb"
    controls.kill(GROUP, using=using)
    state.learn(old, using)
    assert choice(using).store == "sql"


def test_one_reads_and_the_others_do_not_wait(using, monkeypatch):
    put(using, "reading", 100)
    choice(using)
    monkeypatch.setattr(state, "FRESH", 0.0)
    inside, go_on, waited = threading.Event(), threading.Event(), []
    read = state._read

    def slow(alias):
        inside.set()
        waited.append(go_on.wait(10))
        found = read(alias)
        connections[alias].close()
        return found

    monkeypatch.setattr(state, "_read", slow)
    thread = threading.Thread(target=state.state_of, args=[GROUP, using])
    thread.start()
    assert inside.wait(20)
    assert choice(using).store == "dynamodb"
    assert waited == []
    go_on.set()
    thread.join()


WATCHER = """
import itertools
from dynamo_models.cutover.fingerprint import fingerprint
say(fingerprint("default"))
for _ in range(5):
    serving.compare(product, ask_other=lambda: 1, ask_again=lambda: 1, answer=1, what="one", store="sql", using=alias)
background.finish()
for wanted in itertools.cycle(("dynamodb", "sql")):
    last = 0.0
    while True:
        began = time.time()
        if choice().store == wanted:
            break
        last = began
        time.sleep(0.005)
    say(repr(last))
"""


def tried(other, away, back):
    """Whether one of three steps away from DynamoDB was followed within a second; it is undone after each."""
    seconds = []
    for _ in range(3):
        away()
        at = time.time()
        seconds.append(float(process.line(other)) - at)
        back()
        process.line(other)
        if seconds[-1] < 1.0:
            return True
    return False


def test_another_process_counts_along_and_follows_a_kill_and_a_step_down_within_a_second(using):
    # It says when it last began a read that went where it should not go any more. Each is tried up to three times: the
    # machine may have had other things to do.
    step = put(using, "reading", 100).step
    other = process.start(using, WATCHER)
    try:
        assert process.line(other) == fingerprint(GROUP)
        process.line(other)
        assert tallies.read(GROUP, step, using).counts["same"] == 5
        assert tried(other, lambda: controls.kill(GROUP, using=using), lambda: controls.unkill(GROUP, using=using))
        assert tried(
            other,
            lambda: call_command("dynamo_cutover", GROUP, to="shadow", database=using),
            lambda: put(using, "reading", 100),
        )
    finally:
        other.kill()
        other.communicate()


RIVAL = """
planned = moves.plan("default", Stage.BACKFILLED, using=alias)
say("planned")
sys.stdin.readline()
try:
    moves.carry_out(planned, who="rival")
except moves.Overtaken as error:
    say("overtaken " + str(error))
else:
    say("moved")
"""


def test_of_two_operators_at_once_one_wins_and_the_other_is_told(using):
    put(using, "mirror")
    script = f"moves.guards.GUARDS[Stage.BACKFILLED] = ()\n{RIVAL}"
    rivals = [process.start(using, script) for _ in range(2)]
    try:
        assert [process.line(rival) for rival in rivals] == ["planned", "planned"]
        for rival in rivals:
            rival.stdin.write("go\n")
            rival.stdin.flush()
        said = sorted(process.line(rival) for rival in rivals)
    finally:
        for rival in rivals:
            rival.kill()
            rival.communicate()
    assert said[0] == "moved"
    assert said[1].startswith("overtaken default is at backfilled now; rival was first, at ")
    assert GroupStep.objects.using(using).filter(who="rival").count() == 1


def test_the_first_move_of_a_group_has_one_winner_too(each, monkeypatch):
    monkeypatch.setitem(moves.guards.GUARDS, Stage.MIRROR, ())
    plans = [moves.plan(GROUP, Stage.MIRROR, using=each) for _ in range(4)]
    start, outcomes = threading.Barrier(4), []

    def attempt(planned):
        start.wait()
        try:
            moves.carry_out(planned)
            outcomes.append("moved")
        except moves.Overtaken:
            outcomes.append("overtaken")
        finally:
            connections[each].close()

    threads = [threading.Thread(target=attempt, args=[planned]) for planned in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved", "overtaken", "overtaken", "overtaken"]
    assert GroupState.objects.using(each).count() == GroupStep.objects.using(each).count() == 1


def test_a_step_down_is_carried_out_although_somebody_moved_up_meanwhile(using):
    put(using, "reading", 10)
    down = moves.plan(GROUP, Stage.SHADOW, using=using)
    put(using, "reading", 50)
    assert moves.carry_out(down).place == SHADOW
    with pytest.raises(moves.Overtaken, match="is at shadow now"):
        moves.carry_out(down)


def test_a_step_up_is_refused_although_somebody_only_killed_meanwhile(using, monkeypatch):
    put(using, "shadow")
    monkeypatch.setitem(moves.guards.GUARDS, Stage.READING, ())
    up = moves.plan(GROUP, Stage.READING, using=using)
    controls.kill(GROUP, using=using, who="kim")
    with pytest.raises(moves.Overtaken, match="kim was first"):
        moves.carry_out(up)


def test_a_step_down_by_hand_and_one_by_itself_are_one(using):
    put(using, "reading", 10)
    go(using, "verified")
    assert moves.step_down(GROUP, SHADOW, using=using, reason="late") is None
    assert place(using) == "verified"
