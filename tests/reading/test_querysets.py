"""QuerySets: what they take, what they refuse, and when they send something."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from dynamo_models import DoesNotExist, MultipleObjectsReturned, NeedsScan, Q, QueryRefused
from tests.reading.models import Assignment, Blob, Event, Head, Message, Thing, assignments, blobs, chat, events, things

NOON = datetime(2025, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def ten(make_tables):
    make_tables(chat)
    with chat.batch() as batch:
        for number in range(10):
            batch.put(Message(conversation="c", timestamp=number, module=number % 2, student=1, provider="p"))
    return Message.objects.filter(conversation="c")


def stamps(items):
    return [item.timestamp for item in items]


# Slices and caching


def test_slices(ten, assert_requests):
    assert stamps(ten[:3]) == [0, 1, 2]
    assert stamps(ten[2:4]) == [2, 3]
    assert stamps(ten[8:]) == [8, 9]
    assert stamps(ten[1:9][2:4]) == [3, 4]
    assert stamps(ten[1:4][2:9]) == [3]
    assert stamps(ten.order_by("-timestamp")[:2]) == [9, 8]
    assert ten[3].timestamp == 3
    with assert_requests(0):
        assert list(ten[:0]) == list(ten[5:3]) == list(ten[5:][:0]) == []
    with pytest.raises(IndexError, match="no match number 10"):
        ten[10]


@pytest.mark.parametrize("at", [slice(-1, None), slice(None, -1), slice(None, None, 2), slice(None, None, -1), -1])
def test_slices_that_have_no_meaning_are_refused(ten, at):
    with pytest.raises(QueryRefused):
        ten[at]


def test_a_sliced_queryset_is_not_narrowed(ten):
    for narrow in (
        lambda each: each.filter(module=1),
        lambda each: each.order_by("timestamp"),
        lambda each: each.using("primary"),
        lambda each: each.get(module=1),
    ):
        with pytest.raises(QueryRefused, match="sliced already"):
            narrow(ten[:3])


def test_a_slice_asks_for_as_many_as_it_gives(ten, dynamo_usage):
    list(ten[:3])
    assert [(each.scanned, each.returned) for each in dynamo_usage.requests] == [(3, 3)]


def test_a_queryset_is_read_once(ten, assert_requests):
    with assert_requests(1):
        assert len(ten) == 10
        assert stamps(ten) == list(range(10))
        assert ten[2].timestamp == 2
        assert stamps(ten[2:4]) == [2, 3]
        assert (ten.count(), ten.exists(), bool(ten), ten.first().timestamp) == (10, True, True, 0)
    with assert_requests(1):
        assert len(ten.all()) == 10
    assert len(ten.filter(module=1)) == 5


def test_a_queryset_is_not_changed_by_what_is_made_of_it(ten):
    ten.filter(module=1)
    ten.order_by("-timestamp")
    assert stamps(ten)[0] == 0


def test_iterator_holds_a_page_and_can_be_left(ten, dynamo_usage):
    found = ten.iterator()
    assert next(found).timestamp == 0
    found.close()
    assert len(dynamo_usage) == 1
    assert stamps(ten.iterator()) == list(range(10))


def test_count_of_a_slice(ten):
    assert ten[2:5].count() == 3
    assert ten[8:20].count() == 2
    assert ten.filter(module=1).count() == 5


# One


def test_get(ten, assert_requests):
    with assert_requests(1):
        assert ten.get(timestamp=3).timestamp == 3
    with pytest.raises(Message.DoesNotExist, match=r"Message.filter\(conversation='c', timestamp=99\) has no match"):
        ten.get(timestamp=99)
    with pytest.raises(Message.MultipleObjectsReturned, match="more than one match"):
        ten.get(module=1)
    assert issubclass(Message.DoesNotExist, DoesNotExist)
    assert issubclass(Message.MultipleObjectsReturned, MultipleObjectsReturned)
    assert ten.filter(timestamp=99).first() is None


def test_a_get_item_with_more_conditions(ten, assert_requests):
    with assert_requests(1):
        assert ten.filter(timestamp=3, module=1).exists()
    with assert_requests(1):
        assert not ten.filter(timestamp=3, module=0).exists()
    assert ten.filter(Q(module=0) | Q(student=1), timestamp=3).count() == 1
    assert ten.filter(Message.module == 1, timestamp=3).get().timestamp == 3
    assert not ten.filter(Message.module == 0, timestamp=3).exists()


# Look-ups


def test_conditions_of_pynamodb(ten):
    assert stamps(ten.filter(Message.module == 1)) == [1, 3, 5, 7, 9]
    assert stamps(ten.filter((Message.module == 1) & (Message.student == 1), timestamp__lt=5)) == [1, 3]
    assert stamps(ten.exclude(Message.module == 1, Message.student == 2)) == list(range(10))
    assert stamps(ten.exclude(Message.module == 1)) == [0, 2, 4, 6, 8]
    many = ten
    for number in range(12):  # PynamoDB's #1 is the beginning of its #10
        many = many.filter((Message.module == 1) | (Message.student == number) | (Message.text == str(number)))
    assert stamps(many) == [1, 3, 5, 7, 9]
    with pytest.raises(QueryRefused, match="not both in one call"):
        ten.exclude(Message.module == 1, student=2)


def test_q(ten):
    assert stamps(ten.filter(Q(timestamp__lt=2) | Q(timestamp__gt=8))) == [0, 1, 9]
    assert stamps(ten.filter(~Q(timestamp__lt=8))) == [8, 9]
    assert stamps(ten.filter(~(Q(timestamp__lt=8) & Q(module=0)), timestamp__lt=4)) == [1, 3]
    assert stamps(ten.exclude(timestamp__lt=8, module=0)) == [1, 3, 5, 7, 8, 9]
    assert stamps(ten.filter(Q(), ~Q(), Q(Q()) | Q(timestamp=1))) == [1]
    assert stamps(ten.filter(timestamp__in=[5, 1, 1, 77])) == [1, 5]
    assert stamps(ten.order_by("-timestamp").filter(timestamp__in=[5, 1])) == [5, 1]


def test_many_values(ten):
    assert stamps(ten.filter(timestamp__in=range(5, 500))) == [5, 6, 7, 8, 9]
    assert stamps(ten.filter(module__in=range(1, 500))) == [1, 3, 5, 7, 9]
    assert stamps(Message.objects.scan().filter(timestamp__in=range(9, 500))) == [9]


def test_values_that_have_no_hash(make_tables):
    make_tables(things)
    asked = Thing.objects.filter(owner="o", tags=["g"], data={"a": 1}, marks={"m"}, tags__in=[["g"], ["h"]])
    assert list(asked.filter(tags__contains="g")) == []
    assert asked.page(3).items == []
    assert Thing.objects.filter(owner="o", tags=("g",)).count() == 0


@pytest.mark.parametrize(
    ("lookups", "message"),
    [
        ({"nope": 1}, "there is no attribute for 'nope'"),
        ({"title": 5}, "title=5: title is 5"),
        ({"title__icontains": "x"}, "there is no look-up 'icontains'"),
        ({"data__deep__regex": "x"}, "there is no look-up 'regex'"),
        ({"title__startswith": 5}, "__startswith takes text"),
        ({"at__startswith": "2025"}, "__startswith takes text"),
        ({"size__contains": 5}, "__contains is for text, lists and sets"),
        ({"title__contains": 5}, "__contains takes text here"),
        ({"flag__lt": True}, "flag has no order that DynamoDB knows"),
        ({"tags__gt": ["a"]}, "tags has no order"),
        ({"data__level__gt": True}, "True has no order"),
        ({"data__level": 0.5}, "0.5 is a float"),
        ({"extra": {"a": 1}}, "extra is JSON"),
        ({"marks": set()}, "an empty set is stored as no attribute; ask for marks__isnull=True"),
        ({"kind": "w"}, "it takes one of 'x', 'y', 'z'"),
        ({"at": datetime(2025, 3, 9)}, "a datetime with a time zone"),  # noqa: DTZ001
        ({"at__date": "2025-03-09"}, "at__date takes a date"),
        ({"size__date": date(2025, 3, 9)}, "size__date is for a Timestamp"),
        ({"title__in": "abc"}, "__in takes a list of values"),
        ({"title__in": ["a", None]}, "None"),
        ({"size__range": [1]}, "__range takes two values"),
        ({"size__range": 1}, "__range takes"),
        ({"title__lt": None}, "compare with None by __isnull"),
        ({"title__isnull": 1}, "isnull takes True or False"),
        ({"size": 10**40 + 1}, "38 digits"),
        ({"size": True}, "size is True"),
    ],
    ids=str,
)
def test_look_ups_that_have_no_meaning_are_refused_by_name(lookups, message):
    with pytest.raises(QueryRefused, match="Thing: ") as refused:
        Thing.objects.filter(**lookups)
    assert message in str(refused.value)


def test_other_arguments_are_refused():
    for wrong in (5, "title", ("title", "x")):
        with pytest.raises(QueryRefused, match="takes Q, conditions and look-ups"):
            Thing.objects.filter(wrong)
    with pytest.raises(QueryRefused, match="joined by XOR"):
        Thing.objects.filter(Q(title="x") ^ Q(title="y"))
    with pytest.raises(QueryRefused, match="is not a look-up"):
        Thing.objects.filter(Q(Thing.title))
    with pytest.raises(QueryRefused, match="there is no such attribute"):
        Thing.objects.order_by("nope")


def test_an_end_of_a_range_need_not_be_a_declared_value():
    assert Thing.objects.filter(owner="o", kind__gt="a").explain()
    assert Event.objects.filter(user_id="u", type__gte="d").explain()


def test_a_time_of_another_zone_is_the_same_time(make_tables):
    make_tables(events)
    Event.objects.create(id="i", timestamp=NOON, user_id="u", type="view")
    from datetime import timezone

    there = NOON.astimezone(timezone(timedelta(hours=9)))
    assert Event.objects.get(id="i", timestamp=there).user_id == "u"
    assert Event.objects.filter(id="i", timestamp__lte=there, timestamp__gte=there).exists()
    assert not Event.objects.filter(id="i", timestamp__lt=there).exists()


def test_an_enum_is_its_value(make_tables):
    from django.db.models import TextChoices

    class Kind(TextChoices):
        X = "x"

    make_tables(things)
    plain, member = (Thing.objects.filter(owner="o", kind=kind) for kind in ("x", Kind.X))
    assert str(plain) == str(member)


def test_texts_are_in_the_order_of_their_bytes(make_tables):
    make_tables(events)
    names = ["b", "a", "é", "B", "日本", "😀", "\uff5e", "a!"]
    with events.batch() as batch:
        for number, name in enumerate(names):
            batch.put(Event(id=f"i{number}", timestamp=NOON, user_id="u", type="view", day=NOON.date(), amount=name))
    asked = Event.objects.filter(day=NOON.date(), amount__gte="a").order_by("amount")
    assert [item.amount for item in asked] == sorted((name for name in names if name >= "a"), key=str.encode)
    assert [item.amount for item in asked.filter(amount__lt="\uff5e")] == ["a", "a!", "b", "é", "日本"]


def test_numbers_are_in_the_order_of_their_values(make_tables):
    make_tables(chat)
    costs = [Decimal(-10), Decimal("-2.5"), Decimal("0.1"), Decimal(9), Decimal(10), Decimal("1E+20")]
    with chat.batch() as batch:
        for number, cost in enumerate(reversed(costs)):
            batch.put(
                Message(conversation="c", timestamp=number, module=1, student=1, provider="pq"[number % 2], cost=cost)
            )
    asked = Message.objects.filter(provider__in=["p", "q"], cost__isnull=False)
    assert [item.cost for item in asked.order_by("cost")] == costs
    assert [item.cost for item in asked.order_by("-cost")] == costs[::-1]
    assert [item.cost for item in asked.filter(cost__gt=Decimal("0.1"), cost__lt=10)] == [9]
    assert [item.cost for item in asked.filter(cost=Decimal("10.0"))] == [10]


def test_bytes_are_in_their_order(make_tables):
    make_tables(blobs)
    parts = [b"\x00", b"\x00\x01", b"\x7f", b"\x80", b"\xff\x00"]
    for part in reversed(parts):
        Blob.objects.create(name="b", part=part)
    asked = Blob.objects.filter(name="b").order_by("part")
    assert [item.part for item in asked] == parts
    assert [item.part for item in asked.filter(part__gt=b"\x00", part__lte=b"\x80")] == parts[1:4]
    assert [item.part for item in asked.filter(part__startswith=b"\x00")] == parts[:2]
    assert [item.part for item in asked.filter(part__gte=b"")] == parts
    assert list(asked.filter(part=b"")) == []
    first = asked.page(2)
    assert [item.part for item in asked.page(9, first.next).items] == parts[2:]


# Case


def make_cases():
    for number, name in enumerate(("AbC", "aBc")):
        at = NOON + timedelta(hours=number)
        Assignment.objects.create(id=name, user_id="u", experiment_id=name, variation=name, assigned_at=at)
        Head.objects.create(owner=name)


def test_case_is_kept(make_tables):
    make_tables(assignments, things)
    make_cases()
    assert Head.objects.get(owner="aBc").owner == "aBc"
    assert Assignment.objects.get(id="AbC").id == "AbC"
    assert [item.id for item in Assignment.objects.filter(variation="aBc")] == ["aBc"]
    begun = Assignment.objects.filter(user_id="u", experiment_id__startswith="aB")
    assert [item.id for item in begun] == ["aBc"]
    assert [item.id for item in begun.page(1).items] == ["aBc"]
    assert [item.id for item in Assignment.objects.filter(user_id="u", id__startswith="aB")] == ["aBc"]


@pytest.mark.endpoint_cannot("dynoxide", reason="begins_with on a key takes no notice of case, nor does what it counts")
def test_case_is_kept_in_a_count(make_tables):
    make_tables(assignments, things)
    make_cases()
    assert Assignment.objects.filter(user_id="u", experiment_id__startswith="aB").count() == 1


def test_nothing_scans_unless_the_call_says_so(make_tables, assert_no_scan, assert_requests):
    make_tables(things)
    with assert_requests(0), pytest.raises(NeedsScan):
        list(Thing.objects.filter(title="x"))
    with assert_requests(0), pytest.raises(NeedsScan):
        Thing.objects.all().count()
    with assert_no_scan():
        list(Thing.objects.filter(owner="o"))
