"""Counter and log are equal in the end, whatever comes between; a counter is not lowered under a row that is coming."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from dynamo_models import Conflict, ValueRefused
from dynamo_models.limits import Reconciled, reconciling
from tests.limits.conftest import NOON
from tests.limits.entities import DAY, MINUTE, WHOLE, DayCounter, MinuteCounter, UseLog, a_limiter
from tests.limits.test_uses import BOTH, counter, rows


def off_by(number):
    held = DayCounter.objects.get(user_id="ann", date=NOON.date(), action="hint")
    held.patch(n=held.n + number)


def reconcile(limiter, **options):
    return limiter.reconcile("ann", "hint", **{"at": NOON, **options})


def test_a_counter_that_is_written_all_the_time_is_left_for_later(tables, use, monkeypatch):
    limiter = a_limiter()
    use(limiter)
    monkeypatch.setattr("dynamo_models.writing.run.time.sleep", lambda _: None)
    monkeypatch.setattr(reconciling, "counted", lambda *_: use(limiter) and 0)
    with pytest.raises(Conflict, match="try again later"):
        reconcile(limiter)
    assert counter() == len(rows())


@pytest.mark.parametrize("by", [-2, 1, 5])
def test_a_counter_that_differs_is_set(tables, use, by):
    limiter = a_limiter()
    for _ in range(3):
        use(limiter, cost=2)
    assert reconcile(limiter) == [Reconciled(window="day", counter=6, log=6, outcome="equal")]
    off_by(by)
    assert reconcile(limiter) == [Reconciled(window="day", counter=6 + by, log=6, outcome="set")]
    assert counter() == 6


def test_a_counter_that_is_missing_is_made_and_goes_with_its_day(tables, use):
    limiter = a_limiter()
    assert reconcile(limiter) == [Reconciled(window="day", counter=None, log=0, outcome="equal")]
    use(limiter)
    held = DayCounter.objects.get(user_id="ann", date=NOON.date(), action="hint")
    held.delete()
    assert reconcile(limiter) == [Reconciled(window="day", counter=None, log=1, outcome="made")]
    assert DayCounter.objects.get(user_id="ann", date=NOON.date(), action="hint").ttl == held.ttl


def test_each_window_is_counted_by_its_own_rows(tables, use):
    limiter = a_limiter(DAY, MINUTE)
    limits = {"day": -1, "minute": -1}
    for minute in (0, 0, 1):
        use(limiter, limit=limits, at=NOON.replace(minute=minute))
    MinuteCounter.objects.get(user_id="ann", action="hint", start=NOON).patch(n=9)
    assert [each.outcome for each in reconcile(limiter)] == ["equal", "set"]
    assert [held.n for held in MinuteCounter.objects.filter(user_id="ann")] == [2, 1]


def test_what_lasts_longer_than_its_rows_cannot_be_counted_again(tables, use):
    with pytest.raises(ValueRefused, match="longer than rows are kept"):
        reconcile(a_limiter(WHOLE))


def test_counter_first_a_number_is_raised_at_once_and_lowered_once_it_has_settled(tables, use, clock):
    limiter = a_limiter(atomic_log=False, clock=clock)
    use(limiter)
    off_by(-1)
    assert reconcile(limiter)[0].outcome == "set"
    off_by(1)
    held = DayCounter.objects.get(user_id="ann", date=NOON.date(), action="hint")
    clock.at = held.counted_at + limiter.settled_after - timedelta(seconds=1)
    assert reconcile(limiter) == [Reconciled(window="day", counter=2, log=1, outcome="unsettled")]
    clock.at += timedelta(seconds=1)
    assert reconcile(limiter)[0].outcome == "set"
    assert counter() == 1


def test_a_log_that_is_elsewhere_is_counted_by_who_has_it(tables, use, clock):
    limiter = a_limiter(clock=clock)
    use(limiter, log=False)
    # When a counter was written last is by the machine's own clock.
    clock.at = DayCounter.objects.get(user_id="ann", date=NOON.date(), action="hint").counted_at
    assert reconcile(limiter, rows=lambda: 0)[0].outcome == "unsettled"
    assert reconcile(limiter, rows=lambda: 3)[0].outcome == "set"
    assert counter() == 3


def test_a_number_that_is_the_same_again_is_no_sign_that_nothing_was_written(tables, use, monkeypatch):
    """Counter 1 too high; while it is compared, one use comes and another is given back."""
    limiter = a_limiter()
    for number in range(3):
        use(limiter, request_id=f"r{number}")
    off_by(1)
    counted, turns = reconciling.counted, []

    def between(*asked):
        turns.append(asked)
        if len(turns) > 1:
            return counted(*asked)
        use(limiter)
        found = counted(*asked)
        limiter.refund("ann", "r0")
        return found

    monkeypatch.setattr(reconciling, "counted", between)
    reconcile(limiter)
    assert counter() == len(rows()) == 3


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("consume"), st.integers(0, 5)),
        st.tuples(st.just("refund"), st.integers(0, 5)),
        st.tuples(st.just("drift"), st.integers(-2, 2)),
    ),
    max_size=5,
)


class Interleaved:
    """A reconciliation whose requests have other operations between them, as they were drawn."""

    def __init__(self, tables_of, atomic_log):
        self.user = tables_of
        self.limiter = a_limiter(atomic_log=atomic_log, clock=lambda: NOON + timedelta(days=400))
        self.rows = 0

    def carry_out(self, steps):
        for kind, number in steps:
            if kind == "consume":
                self.rows += 1
                values = {"n": self.rows}
                self.limiter.consume(
                    self.user, "hint", limit=4, request_id=f"r{number}", at=NOON, values=values, cost=1 + number % 2
                )
            elif kind == "refund":
                self.limiter.refund(self.user, f"r{number}")
            elif held := self.counter():
                held.patch(n=max(0, held.n + number))

    def counter(self):
        return DayCounter.objects.filter(user_id=self.user, date=NOON.date(), action="hint").consistent().first()

    def log(self):
        found = UseLog.objects.filter(user_id=self.user, date=NOON.date(), action="hint").consistent()
        return sum(row.cost for row in found)


@pytest.fixture
def interleave(tables, monkeypatch):
    """Runs a reconciliation with steps before its first look, between its requests, and after it."""
    users = iter(range(1_000_000))

    def run(stages, atomic_log):
        # Drift is a fault of somebody else's, and only there before: what comes later has to keep them equal.
        case = Interleaved(f"user{next(users)}", atomic_log)
        case.carry_out(stages[0])
        left = iter(stages[1:-1])

        def beside(call, *, before):
            def asked(*arguments, **options):
                here = [step for step in next(left, []) if step[0] != "drift"]
                if before:
                    case.carry_out(here)
                found = call(*arguments, **options)
                if not before:
                    case.carry_out(here)
                return found

            return asked

        with monkeypatch.context() as patch:
            patch.setattr(reconciling, "counted", beside(reconciling.counted, before=False))
            patch.setattr(reconciling, "_put_right", beside(reconciling._put_right, before=True))
            case.limiter.reconcile(case.user, "hint", at=NOON)
        case.carry_out([step for step in stages[-1] if step[0] != "drift"])
        held = case.counter()
        assert (0 if held is None else held.n) == case.log()

    return run


@BOTH
def test_any_interleaving_of_uses_refunds_and_a_reconciliation_ends_equal(interleave, atomic_log):
    @given(st.lists(STEPS, min_size=2, max_size=7))
    def search(stages):
        interleave(stages, atomic_log)

    search()


def test_reconciliations_beside_uses_and_refunds_in_threads_end_equal(tables):
    limiter = a_limiter(timeout=60.0, tries=100)
    barrier = threading.Barrier(6)

    def work(number):
        barrier.wait()
        for turn in range(12):
            if number < 2:
                limiter.reconcile("ann", "hint", at=NOON)
                continue
            name = f"{number}-{turn}"
            limiter.consume("ann", "hint", limit=-1, at=NOON, request_id=name, values={"n": number * 100 + turn})
            if turn % 3 == 0:
                assert limiter.refund("ann", name)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert counter() == len(rows()) == 4 * 8


def crash_after_the_counter(dynamo_models_settings):
    """What a process does that dies between counter and row."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "algoitny.settings")
    from django.test.utils import override_settings

    from dynamo_models.limits import consuming
    from tests.limits.entities import a_limiter

    consuming._write_row = lambda *_: os._exit(9)
    with override_settings(DYNAMO_MODELS=dynamo_models_settings):
        a_limiter(atomic_log=False).consume("ann", "hint", limit=5, at=NOON, values={"n": 1})


def test_a_crash_between_counter_and_row_lets_nothing_more_through(tables, use, clock):
    process = multiprocessing.get_context("spawn").Process(
        target=crash_after_the_counter, args=(dict(settings.DYNAMO_MODELS),)
    )
    process.start()
    process.join()
    assert process.exitcode == 9
    limiter = a_limiter(atomic_log=False, clock=clock)
    assert [use(limiter, limit=5).allowed for _ in range(7)] == [True] * 4 + [False] * 3
    assert (counter(), len(rows())) == (5, 4)
    clock.at = DayCounter.objects.get(user_id="ann", date=NOON.date(), action="hint").counted_at + timedelta(hours=1)
    assert reconcile(limiter)[0].outcome == "set"
    assert use(limiter, limit=5, at=NOON).allowed
    assert not use(limiter, limit=5, at=NOON).allowed
    assert len(rows()) == 5


def test_a_row_that_would_come_too_late_is_not_written_and_its_use_not_admitted(tables, use, monkeypatch):
    limiter = a_limiter(atomic_log=False, settled_after=timedelta(seconds=10))
    ticks = iter([0.0, 0.0, 6.0])
    monkeypatch.setattr("dynamo_models.limits.consuming.time.monotonic", lambda: next(ticks, 6.0))
    assert use(limiter, limit=5).reason == "unavailable"
    assert (counter(), rows()) == (1, [])
