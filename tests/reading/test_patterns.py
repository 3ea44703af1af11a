"""The access patterns of AlgoItny's problems, and of the other systems, in the requests that they are promised."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from algoitny.problems import items
from algoitny.problems.items import Problem, ProblemWithCases, main
from dynamo_models import DeferredAttribute, NeedsScan
from tests.reading.models import Assignment, Conversation, Message, Token, assignments, chat, tutor

START = datetime(2025, 1, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def problems(make_tables):
    """45 problems: odd ones in C, every third completed, the tenth deleted; five test cases for the first."""
    make_tables(main)
    for number in range(45):
        Problem.objects.create(
            id=number,
            platform="baekjoon" if number % 2 else "codeforces",
            problem_id=str(1000 + number),
            title=f"Problem {number} {'rare' if number % 20 == 3 else ''}",
            language="c" if number % 2 else "python",
            is_completed=number % 3 == 0,
            is_deleted=number == 10,
            created_at=START + timedelta(minutes=number),
        )
    for number in range(5):
        items.TestCase.objects.create(
            id=number,
            platform="codeforces",
            problem_id="1000",
            input=str(number),
            output="",
            created_at=START - timedelta(minutes=number),
        )


def ids(items):
    return [item.id for item in items]


def test_problem_by_id(problems, assert_requests):
    with assert_requests(2):
        assert Problem.objects.get(id=17).problem_id == "1017"
    with assert_requests(1), pytest.raises(Problem.DoesNotExist):
        Problem.objects.get(id=99)


def test_the_key_that_a_unique_leads_to_is_one_request(problems, assert_requests):
    asked = Problem.objects.only("platform", "problem_id")
    with assert_requests(1):
        found = asked.get(id=17)
    assert (found.problem_id, found.id) == ("1017", 17)
    assert asked.filter(id=17).explain().requests == 1
    with pytest.raises(DeferredAttribute):
        _ = found.title
    with assert_requests(1), pytest.raises(Problem.DoesNotExist):
        asked.get(id=10**6)
    with assert_requests(1):
        assert asked.budget(requests=1).get(id=17) == found
    with assert_requests(2):
        assert Problem.objects.only("title").get(id=17).title == "Problem 17 "


def test_problem_by_platform_and_number(problems, assert_requests):
    with assert_requests(1):
        assert Problem.objects.get(platform="baekjoon", problem_id="1017").id == 17
    with assert_requests(1):
        assert Problem.objects.filter(platform="baekjoon", problem_id="1018").first() is None


def test_problems_by_platform_title_part_and_language(problems, assert_requests):
    shown = Problem.objects.filter(is_deleted=False).order_by("-created_at", "-id")
    with assert_requests(1):
        assert ids(shown.filter(platform="baekjoon")[:3]) == [43, 41, 39]
    with assert_requests(1):
        assert ids(shown.filter(platform="baekjoon", title__contains="rare").page(20).items) == [43, 23, 3]
    with assert_requests(1):
        assert ids(shown.filter(platform="codeforces", language="python").page(5).items) == [44, 42, 40, 38, 36]
    assert shown.filter(language="c").explain().key == "by_language"
    assert shown.filter(language="python").count() == 22  # one is deleted, and in no index
    assert len(shown.filter(platform="baekjoon", title__contains="rare").budget(requests=1).page(20).items) == 3


def test_completed_problems_and_drafts(problems, assert_requests):
    completed = Problem.objects.filter(is_completed=True, is_deleted=False).order_by("-created_at", "-id")
    found, cursor = [], None
    while True:
        page = completed.page(4, cursor)
        found += ids(page.items)
        cursor = page.next
        if cursor is None:
            break
    assert found == list(range(42, -1, -3))
    with assert_requests(4):  # a shard each
        assert ids(completed[:2]) == [42, 39]
    drafts = Problem.objects.completed(is_completed=False).order_by("-created_at")
    assert ids(drafts.page(3).items) == [44, 43, 41]
    assert drafts.count() == 29
    assert ids(Problem.objects.completed().order_by("-created_at")[:3]) == [44, 43, 42]


def test_a_problem_with_its_test_cases(problems, assert_requests):
    with assert_requests(1):
        found = ProblemWithCases.get(platform="codeforces", problem_id="1000")
    assert found.problem.id == 0
    assert ids(found.test_cases) == [4, 3, 2, 1, 0]
    with pytest.raises(Problem.DoesNotExist):
        ProblemWithCases.get(platform="codeforces", problem_id="none")


def test_test_cases_of_a_problem(problems, assert_requests):
    with assert_requests(1):
        assert ids(items.TestCase.objects.filter(platform="codeforces", problem_id="1000")) == [4, 3, 2, 1, 0]
    with assert_requests(1):
        assert ids(
            items.TestCase.objects.filter(platform="codeforces", problem_id="1000").order_by("-created_at")[:1]
        ) == [0]


def test_a_title_alone_needs_a_scan(problems, assert_requests):
    with assert_requests(0), pytest.raises(NeedsScan, match="its partition needs platform"):
        Problem.objects.get(title="Problem 3 rare")


# Experiments


def test_assignments_by_user_experiment_and_time(make_tables, assert_requests):
    make_tables(assignments)
    with assignments.batch() as batch:
        for number in range(12):
            batch.put(
                Assignment(
                    id=f"i{number}",
                    user_id=f"u{number % 2}",
                    experiment_id=f"e{number % 3}",
                    variation="ab"[number % 2],
                    assigned_at=START + timedelta(hours=number),
                )
            )
    with assert_requests(1):
        assert {item.id for item in Assignment.objects.filter(user_id="u1", experiment_id="e0")} == {"i3", "i9"}
    during = {"assigned_at__gte": START + timedelta(hours=2), "assigned_at__lt": START + timedelta(hours=8)}
    for asked, key, wanted in (
        ({"user_id": "u1"}, "by_user", ["i3", "i5", "i7"]),
        ({"experiment_id": "e0"}, "by_experiment", ["i3", "i6"]),
        ({"variation": "b"}, "by_variation", ["i3", "i5", "i7"]),
    ):
        queryset = Assignment.objects.filter(**asked, **during).order_by("assigned_at")
        assert (queryset.explain().key, queryset.explain().filtered_here) == (key, ())
        with assert_requests(1):
            assert [item.id for item in queryset] == wanted
        with assert_requests(1):
            assert queryset.all().count() == len(wanted)
        assert [item.id for item in queryset.page(2).items] == wanted[:2]


# Chat analytics


def test_messages_of_a_module_a_student_and_a_provider(make_tables, assert_requests):
    make_tables(chat)
    with chat.batch() as batch:
        for number in range(30):
            batch.put(
                Message(
                    conversation=f"c{number % 4}",
                    timestamp=1_700_000_000_000 + number * 1000,
                    module=number % 3,
                    student=number % 2,
                    provider="p",
                    cost=Decimal(number) / 8,
                )
            )
    low, high = 1_700_000_003_000, 1_700_000_012_000
    with assert_requests(1):
        found = list(Message.objects.filter(module=0, timestamp__range=(low, high)))
    assert [item.timestamp - low for item in found] == [0, 3000, 6000, 9000]
    with assert_requests(1):
        last = list(Message.objects.filter(student=1).order_by("-timestamp")[:10])
    assert [item.timestamp for item in last] == sorted((item.timestamp for item in last), reverse=True)
    assert last[0].timestamp == 1_700_000_029_000
    with assert_requests(1):
        cost = sum(item.cost for item in Message.objects.filter(provider="p", timestamp__gte=low, timestamp__lt=high))
    assert cost == sum(Decimal(number) / 8 for number in range(3, 12))
    with pytest.raises(NeedsScan, match="its partition needs"):
        list(Message.objects.filter(timestamp__gte=low))


def test_numbers_as_keys_sort_as_numbers_and_are_paged(make_tables):
    make_tables(chat)
    times = [-7, -1, 0, 2, 10, 100, 2**63, 10**37]
    with chat.batch() as batch:
        for conversation in "ab":
            for time in times:
                batch.put(Message(conversation=conversation, timestamp=time, module=-1, student=10**37, provider="p"))
    for wanted, order in ((times, "timestamp"), (times[::-1], "-timestamp")):
        assert [item.timestamp for item in Message.objects.filter(conversation="a").order_by(order)] == wanted
        asked = Message.objects.filter(module=-1, student=10**37).using("by_student").order_by(order)
        found, cursor = [], None
        while True:
            page = asked.page(3, cursor)
            found += [item.timestamp for item in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert found == [time for time in wanted for _ in "ab"]
    assert [
        each.timestamp for each in Message.objects.filter(conversation="a", timestamp__gt=2, timestamp__lte=100)
    ] == [10, 100]
    assert Message.objects.get(conversation="b", timestamp=10**37).student == 10**37
    two = Message.objects.filter(conversation__in=["a", "b"], timestamp__lt=3).order_by("-timestamp")
    assert [item.timestamp for item in two] == [2, 2, 0, 0, -1, -1, -7, -7]


# Tutor


def test_a_range_of_days_is_one_query_for_each_day_merged(make_tables, assert_requests):
    make_tables(tutor)
    with tutor.batch() as batch:
        for number in range(40):
            batch.put(Conversation(conversation=f"c{number}", user="u", started_at=START + timedelta(hours=3 * number)))
    first, last = START + timedelta(hours=9), START + timedelta(hours=70)
    asked = Conversation.objects.filter(started_at__gte=first, started_at__lt=last)
    wanted = [f"c{number}" for number in range(3, 24)]
    with assert_requests(4):
        assert [item.conversation for item in asked.order_by("started_at")] == wanted
    found, cursor = [], None
    while True:
        page = asked.order_by("-started_at").page(4, cursor)
        found += [item.conversation for item in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert found == wanted[::-1]
    assert asked.count() == len(wanted)
    with assert_requests(1):
        assert Conversation.objects.filter(started_at__date=START.date()).count() == 5
    with pytest.raises(NeedsScan, match="its partition needs started_at"):
        list(Conversation.objects.filter(started_at__gte=first))


@pytest.mark.endpoint_cannot("ministack", reason="it removes expired items by itself, at a moment of its own")
def test_a_token_is_gone_when_it_has_expired(make_tables):
    make_tables(tutor)
    Token.objects.create(token="old", email="e", expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    Token.objects.create(token="new", email="e", expires_at=datetime(2040, 1, 1, tzinfo=UTC))
    assert [item.token for item in Token.objects.filter(email="e")] == ["new"]
    with pytest.raises(Token.DoesNotExist):
        Token.objects.get(token="old")
