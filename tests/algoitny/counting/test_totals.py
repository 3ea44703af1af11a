"""The counters follow whatever is written, in whichever way, and a recount says so."""

import random
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from algoitny import store
from algoitny.accounts.models import User
from algoitny.counting.catch_up import catch_up
from algoitny.counting.recount import KINDS, recount
from algoitny.history import access as history
from algoitny.history.items import SearchHistory, TriedProblem, UserTotals
from algoitny.history.models import SearchHistory as Runs
from algoitny.usage import access as usage
from algoitny.usage.items import UsageCounter, UsageTotal
from algoitny.usage.models import UsageLog as Uses
from dynamo_models import streams
from dynamo_models.models import StreamPosition
from dynamo_models.streams.reading import RecordsLost
from dynamo_models.testing.mirror import drain
from tests.algoitny.dumps import every_item
from tests.algoitny.history.test_access import run


@pytest.fixture
def people(tables, make_user, make_problem):
    return [make_user(), make_user()], [make_problem(), make_problem(), make_problem()]


def in_both(question):
    """The answer of SQL, which has to be DynamoDB's."""
    drain()
    catch_up()
    answers = []
    for which in store.STORES:
        with store.serving(which):
            answers.append(question())
    assert answers[0] == answers[1]
    return answers[0]


def test_whatever_is_done_to_rows_of_sql_the_counters_follow(people):
    (ann, bob), (one, two, three) = people

    def asked():
        return [history.stats(ann.pk), history.stats(bob.pk), history.leaderboard()]

    chance = random.Random(3)
    made = [run(chance.choice([ann.pk, bob.pk, None]), chance.choice([one.pk, two.pk]), at=n) for n in range(25)]
    assert in_both(asked)[0].all.runs > 0
    Runs.objects.filter(user=ann, problem=one).update(problem=three)  # the number of problems, and none of runs
    assert in_both(asked)[0].problems == 2
    Runs.objects.filter(user=ann, problem=three).update(failed_count=1, platform="codeforces")
    assert in_both(asked)[0].platforms["codeforces"].failed > 0
    Runs.objects.filter(pk=made[0].id).update(user=bob)
    in_both(asked)
    Runs.objects.filter(user=ann).exclude(problem=three).delete()
    assert in_both(asked)[0].problems == 1
    User.objects.filter(pk=ann.pk).delete()  # and all of their runs
    assert in_both(asked)[0].all.runs == 0
    assert recount(mend=False).right
    assert UserTotals.objects.filter(user_id=str(ann.pk)).first() is None


def test_uses_of_sql_are_counted_for_their_user_and_for_all(people):
    (ann, bob), _ = people
    for user, action in [(ann, "hint"), (ann, "execution"), (ann, "execution"), (bob, "execution")]:
        usage.log_use(user.pk, action, limit=-1)
    day = usage.day_of(Uses.objects.first().created_at)

    def asked():
        return usage.totals(day, day), usage.today(ann.pk), usage.today(bob.pk)

    assert in_both(asked)[1].execution == 2
    Uses.objects.filter(user=ann, action="execution").first().delete()
    assert in_both(asked)[1].execution == 1
    Uses.objects.all().delete()
    assert in_both(asked)[0] == []
    assert (list(UsageCounter.objects.scan()), list(UsageTotal.objects.scan())) == ([], [])


def test_what_is_told_again_counts_once(people):
    (ann, _), (one, two, _) = people
    for number in range(30):
        run(ann.pk, (one if number % 2 else two).pk, at=number)
    drain()
    catch_up()
    before = every_item()
    StreamPosition.objects.all().delete()  # as after a crash before the position was kept
    assert streams.consume(SearchHistory.schema.table).told > 0
    assert every_item() == before


def test_uses_that_the_application_counts_itself_are_not_counted_twice(people):
    (ann, _), _ = people
    with store.serving("dynamodb"):
        usage.log_use(ann.pk, "hint", limit=5)
        catch_up()
        assert usage.today(ann.pk).hint == 1
    assert recount(mend=False).right


def test_a_recount_leaves_nothing_in_the_stream_to_be_counted_on_top(people, monkeypatch):
    (ann, _), (one, *_) = people
    run(ann.pk, one.pk)
    drain()
    call_command("recount", stdout=StringIO())
    catch_up()
    assert recount(mend=False).right
    run(ann.pk, one.pk, at=1)
    drain()
    lost = [RecordsLost("trimmed")]
    monkeypatch.setattr(
        "algoitny.counting.catch_up.consume", lambda table: streams.consume(table) if not lost else raises(lost.pop())
    )
    call_command("recount", stdout=StringIO())
    catch_up()
    assert recount(mend=False).right
    assert UserTotals.objects.get(user_id=str(ann.pk)).runs == 2


def raises(error):
    raise error


@pytest.mark.parametrize(
    "plant",
    [
        lambda: UserTotals.objects.scan().first().patch(runs=99),
        lambda: TriedProblem.objects.scan().first().delete(),
        lambda: UserTotals.objects.create(user_id="999", user_number=999, runs=1),
        lambda: UsageTotal.objects.scan().first().patch(UsageTotal.n.add(1)),
        lambda: UsageCounter.objects.scan().first().delete(),
    ],
)
def test_a_counter_that_is_wrong_is_found_and_put_right(people, plant):
    (ann, _), (one, *_) = people
    run(ann.pk, one.pk)
    usage.log_use(ann.pk, "hint", limit=-1)
    drain()
    catch_up()
    before = every_item()
    plant()
    with pytest.raises(CommandError, match="wrong"):
        call_command("recount", check=True, stdout=StringIO())
    assert len(recount(mend=False).wrong) == 1
    out = StringIO()
    call_command("recount", stdout=out)
    assert "1 of them was wrong, and is put right" in out.getvalue()
    assert every_item() == before
    assert set(recount(mend=False).counted) == set(KINDS)
