"""The 33 patterns: equal in both stores, no scans but where the page has them, and nothing left behind."""

from dataclasses import replace

import pytest

from algoitny import store
from algoitny.accounts.items import User
from algoitny.history.items import SearchHistory
from algoitny.patterns.asking import Asking
from algoitny.patterns.catalogue import PATTERNS
from algoitny.patterns.pattern import Pattern
from algoitny.patterns.probe import Probe, staged
from algoitny.patterns.running import run
from algoitny.patterns.sample import pick
from algoitny.problems.items import Problem
from algoitny.usage import access as usage
from algoitny.usage.items import UsageTotal
from tests.algoitny.dumps import every_item, every_row
from tests.algoitny.helpers import settle

BOTH = ("sql", "dynamodb")
WRITES = [pattern for pattern in PATTERNS if pattern.writes]
BY_NUMBER = {pattern.number: pattern for pattern in PATTERNS}


def test_the_catalogue_has_all_33_and_two_of_them_may_scan():
    assert [pattern.number for pattern in PATTERNS] == list(range(1, 34))
    assert [pattern.number for pattern in PATTERNS if pattern.may_scan] == [23, 28]
    assert [pattern.number for pattern in WRITES] == [12, 15, 17, 19, 22, 26, 30]


def test_every_pattern_is_equal_finds_something_and_leaves_nothing_behind(sample):
    before = every_item(), every_row()
    for pattern in PATTERNS:
        row = run(pattern, sample, BOTH)
        assert row.faults == []
        said = row.as_dict()
        assert said["records"] > 0, pattern.title
        assert said["scanned"] == (pattern.number in (23, 28))
        assert said["requests"] >= said["calls"]
        assert said["write_units"] > 0 if pattern.writes else said["write_units"] == 0
    assert (every_item(), every_row()) == before


def test_what_a_call_costs_at_most_is_what_its_pattern_says(sample):
    most = {
        number: run(BY_NUMBER[number], sample, ("dynamodb",)).as_dict()["most_requests"]
        for number in (1, 2, 4, 6, 7, 8, 9, 10, 13, 14, 15, 16, 18, 19, 20, 22, 24, 25, 27, 29, 31, 33)
    }
    # An id leads to its row in two; a sharded list is one for each of its four shards, and a timeline one more.
    several = {1: 2, 4: 4, 8: 4, 9: 5, 10: 2, 18: 2, 33: 4}
    assert most == {number: several.get(number, 1) for number in most}


@pytest.mark.parametrize("pattern", WRITES, ids=lambda pattern: str(pattern.number))
def test_a_pattern_that_is_interrupted_after_any_of_its_calls_leaves_nothing_behind(sample, pattern, monkeypatch):
    before = every_item(), every_row()
    calls = max(len(asking.calls) for asking in run(pattern, sample, BOTH).asked.values())
    original = Asking._call
    for which in BOTH:
        for end in range(1, calls + 1):
            made = []

            def call(self, *args, made=made, end=end, **kwargs):
                answer = original(self, *args, **kwargs)
                made.append(answer)
                if len(made) == end:
                    raise KeyboardInterrupt
                return answer

            monkeypatch.setattr(Asking, "_call", call)
            with pytest.raises(KeyboardInterrupt):
                run(pattern, sample, (which,))
        assert (every_item(), every_row()) == before


def test_what_others_use_meanwhile_stays_in_the_totals_when_a_probe_is_taken_back(sample):
    probe = Probe(sample=sample, at=sample.now)
    day = usage.day_of(sample.now)

    def total():
        settle()
        found = usage.totals(day, day)
        return sum(each.n for each in found if each.action == "execution")

    with store.serving("dynamodb"):
        before = total()
        with staged(probe):
            usage.log_use(probe.id(0), "execution", limit=-1, use_id=probe.id(0), at=sample.now)
            other = probe.id(0) + 4 * 10  # the same shard of the day's total, and none of the probe's people
            usage.log_use(other, "execution", limit=-1, use_id=probe.id(1), at=sample.now)
            assert total() == before + 2
        assert total() == before + 1


def test_a_total_that_was_not_there_before_a_probe_is_gone_after_it(sample):
    with store.serving("dynamodb"):
        for part in list(UsageTotal.objects.scan()):
            part.delete()
    before = every_item()
    assert run(BY_NUMBER[15], sample, ("dynamodb",)).errors == []
    assert every_item() == before


def test_a_difference_is_said_with_its_place(sample):
    problem = sample.problem
    Problem.objects.get(platform=problem.platform, problem_id=problem.problem_id).patch(title="another")
    row = run(BY_NUMBER[2], sample, BOTH)
    asked = f"get_problem('{problem.platform}', '{problem.problem_id}')"
    assert row.faults == [f"different: {asked}.title is 'another' in DynamoDB, and {problem.title!r} in SQL"]
    assert row.as_dict()["ok"] is False


def test_a_missing_and_an_extra_row_are_differences(sample):
    newest = SearchHistory.objects.public(is_code_public=True).order_by("-created_at", "-id").first()
    newest.delete()
    assert "different: page 1 of public(limit=50)" in run(BY_NUMBER[8], sample, BOTH).faults[0]
    user = User.objects.get(email=sample.user.email)
    user.delete()
    faults = run(BY_NUMBER[23], sample, BOTH).faults
    assert len(faults) == 1
    assert "the pages of users_page(limit=100)" in faults[0]


def test_an_error_is_a_fault_and_ends_the_pattern(sample, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no store")

    monkeypatch.setattr("algoitny.history.stores.dynamodb.stats", broken)
    row = run(BY_NUMBER[31], sample, BOTH)
    assert row.errors == [f"dynamodb: stats({sample.busiest[0].id}) raised RuntimeError: no store"]
    assert len(row.asked["dynamodb"].calls) == 1


def test_a_refusal_that_does_not_come_is_a_fault(sample):
    pattern = Pattern(number=99, name="never refused", reads=lambda asking, _: asking.refused(ValueError, int, 1))
    assert "was to be refused with ValueError" in run(pattern, sample, ("sql",)).errors[0]


def test_a_scan_that_the_page_does_not_allow_is_a_fault(sample):
    def scan(asking, _sample):
        asking.ask(lambda: len(list(User.objects.scan())))

    row = run(Pattern(number=99, name="scans", reads=scan), sample, ("dynamodb",))
    assert row.faults == ["scanned: the page does not allow it to"]
    assert run(Pattern(number=99, name="scans", reads=scan, may_scan=True), sample, ("dynamodb",)).faults == []


def test_dynamodb_alone_asks_sql_nothing(copied, django_assert_num_queries):
    with django_assert_num_queries(0):
        with store.serving("dynamodb"):
            sample = pick()
        for pattern in [each for each in PATTERNS if each.reads]:  # SQL keeps how far the stream has been read
            assert run(pattern, sample, ("dynamodb",)).faults == []


def test_sql_alone_asks_dynamodb_nothing(seeded, settings):
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "ENDPOINT": "http://127.0.0.1:9"}
    with store.serving("sql"):
        sample = pick()
    for pattern in PATTERNS:
        row = run(pattern, sample, ("sql",))
        assert row.faults == []
        assert row.as_dict()["requests"] is None


def test_the_sample_is_the_same_of_the_same_data_and_from_either_store(copied):
    samples = []
    for which in (*BOTH, "sql"):
        with store.serving(which):
            samples.append(pick())
    first, *others = [replace(each, now=samples[0].now) for each in samples]
    assert [each == first for each in others] == [True, True]
