"""Which key serves a question and over which ranges of keys (rules 9 and 10). Nothing is sent: these are plans."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dynamo_models import Attr, Entity, Index, Key, NeedsScan, Q, QueryRefused, Table, Text, Timestamp
from dynamo_models.schema import table as registry
from tests.reading.models import Account, Assignment, Event, Message, Other, Thing

NOON = datetime(2025, 3, 9, 12, tzinfo=UTC)
TEXT = "2025-03-09T12:00:00.000000Z"
LATER = "2025-03-09T13:00:00.000000Z"
HOUR = timedelta(hours=1)
MICRO = timedelta(microseconds=1)


def keys(queryset):
    return list(queryset.explain().key_conditions)


def sort(queryset):
    """The sort-key conditions, all of one partition."""
    return [str(each.sort) for each in queryset.plan.ranges]


def filters(queryset):
    explained = queryset.explain()
    return [*explained.filtered, *explained.filtered_here]


# A leading part of the facets


def test_all_facets_of_the_primary_key_are_a_get_item():
    found = Account.objects.filter(account="a").explain()
    assert (found.operation, found.requests, found.read_units) == ("GetItem", 1, 0.5)


def test_no_facet_of_the_sort_key_leaves_the_literals_that_it_begins_with():
    assert sort(Thing.objects.filter(owner="o")) == ["begins_with 'THING#'"]


def test_a_leading_part_ends_at_a_delimiter():
    asked = Thing.objects.filter(owner="o", kind="x", at=NOON)
    assert sort(asked) == [f"begins_with 'THING#x#{TEXT}#'"]
    assert filters(asked) == []


def test_a_facet_behind_a_gap_is_filtered():
    asked = Thing.objects.using("by_name").filter(day=date(2025, 3, 9), size=3)
    assert sort(asked) == ["None"]
    assert filters(asked) == ["size=3"]


def test_the_beginning_of_a_text_facet_is_begins_with():
    asked = Thing.objects.filter(day=date(2025, 3, 9), name__startswith="ab")
    assert sort(asked) == ["begins_with 'ab'"]
    assert filters(asked) == []


def test_the_beginning_of_an_escaped_facet_is_filtered():
    asked = Thing.objects.using("primary").filter(owner="o", code__startswith="a#")
    assert filters(asked) == ["code__startswith='a#'"]


# Ranges on the next facet


@pytest.mark.parametrize(
    ("asked", "low", "high"),
    [
        ({"at__gte": NOON, "at__lte": NOON + HOUR}, TEXT, LATER + "$"),
        ({"at__range": (NOON, NOON + HOUR)}, TEXT, LATER + "$"),
        ({"at__gt": NOON, "at__lt": NOON + HOUR}, "2025-03-09T12:00:00.000001Z", "2025-03-09T12:59:59.999999Z$"),
        ({"at__date": date(2025, 3, 9)}, "2025-03-09T00:00:00.000000Z", "2025-03-09T23:59:59.999999Z$"),
    ],
)
def test_a_range_of_a_facet_that_others_follow(asked, low, high):
    queryset = Thing.objects.filter(owner="o", kind="x", **asked)
    assert sort(queryset) == [f"BETWEEN 'THING#x#{low}' AND 'THING#x#{high}'"]
    assert filters(queryset) == []


def test_an_open_range_ends_where_the_literal_does():
    assert sort(Thing.objects.filter(owner="o", kind="x", at__gte=NOON)) == [f"BETWEEN 'THING#x#{TEXT}' AND 'THING#x$'"]
    assert sort(Thing.objects.filter(owner="o", kind="x", at__lte=NOON)) == [
        f"BETWEEN 'THING#x#' AND 'THING#x#{TEXT}$'"
    ]


@pytest.mark.parametrize(
    ("asked", "condition"),
    [
        ({"at__gte": NOON}, f">= '{TEXT}'"),
        ({"at__gt": NOON}, ">= '2025-03-09T12:00:00.000001Z'"),
        ({"at__lte": NOON}, f"<= '{TEXT}'"),
        ({"at__lt": NOON}, "<= '2025-03-09T11:59:59.999999Z'"),
        (
            {"at__gt": NOON, "at__lt": NOON + 2 * MICRO},
            "BETWEEN '2025-03-09T12:00:00.000001Z' AND '2025-03-09T12:00:00.000001Z'",
        ),
    ],
)
def test_a_range_of_a_key_that_is_one_facet(asked, condition):
    queryset = Thing.objects.by_flag(flag=True, **asked)
    assert set(sort(queryset)) == {condition}
    assert filters(queryset) == []


def test_a_range_of_a_text_that_others_follow_is_narrowed_and_filtered():
    asked = Thing.objects.filter(day=date(2025, 3, 9), name__gte="b", name__lt="d")
    assert sort(asked) == [">= 'b'"]  # 'd' is of any length: what lies before 'd#' the key does not tell
    assert len(filters(asked)) == 2


def test_a_number_that_its_width_cannot_hold_is_an_end_all_the_same():
    by_size = Thing.objects.using("by_size")
    assert sort(by_size.filter(owner="o", size__lte=10**9)) == ["None"]
    assert sort(by_size.filter(owner="o", size__gte=-5, size__lt=7)) == ["<= '00006$'"]
    assert sort(by_size.filter(owner="o", size__gt=99999)) == []
    assert filters(by_size.filter(owner="o", size__gte=-5, size__lt=7)) == []


def test_a_range_within_one_part_of_a_time_fixes_that_part():
    asked = Thing.objects.using("by_code").filter(code="c", at__gte=NOON, at__lt=NOON + HOUR)
    assert sort(asked) == [f"BETWEEN '2025-03-09#{TEXT}' AND '2025-03-09#2025-03-09T12:59:59.999999Z$'"]
    assert filters(asked) == []


def test_a_range_over_several_parts_of_a_time_is_filtered_at_its_ends():
    asked = Thing.objects.using("by_code").filter(code="c", at__gte=NOON, at__lt=NOON + timedelta(days=1))
    assert sort(asked) == ["BETWEEN '2025-03-09' AND '2025-03-10$'"]


def test_a_part_of_a_time_alone_leaves_the_time_to_the_filter():
    asked = Thing.objects.by_part(owner="o", at=NOON, size=3)
    assert sort(asked) == ["= '2025-03-09T12#00003'"]
    assert len(filters(asked)) == 1
    within = Thing.objects.by_part(owner="o", at__gte=NOON, at__lt=NOON + HOUR, size__lt=5)
    assert sort(within) == ["BETWEEN '2025-03-09T12#' AND '2025-03-09T12#00004'"]
    assert len(filters(within)) == 2
    with pytest.raises(NeedsScan, match="cannot be read in the order at"):
        within.order_by("at").explain()


# Plain keys


@pytest.mark.parametrize(
    ("asked", "condition", "left"),
    [
        ({"timestamp__gte": 1, "timestamp__lte": 5}, "BETWEEN 1 AND 5", 0),
        ({"timestamp__gt": 1, "timestamp__lt": 5}, "BETWEEN 2 AND 4", 0),
        ({"timestamp__gt": 1}, "> 1", 0),
        ({"timestamp__lt": 5}, "< 5", 0),
        ({"timestamp": 5}, "= 5", 0),
        ({"timestamp": 5, "timestamp__lt": 9}, "= 5", 0),
    ],
)
def test_a_range_of_a_plain_number(asked, condition, left):
    queryset = Message.objects.filter(module=3, **asked)
    assert sort(queryset) == [condition]
    assert len(filters(queryset)) == left


def test_a_plain_number_is_shown_as_one():
    said = str(Message.objects.filter(module=-3, timestamp__gte=2, timestamp__lt=10).order_by("-timestamp").explain())
    assert "key: moduleId = -3, timestamp BETWEEN 2 AND 9" in said
    assert "key: conversationId = 'c', timestamp = 10" in str(
        Message.objects.filter(conversation="c", timestamp=10).explain()
    )


def test_an_end_that_has_no_neighbour_is_filtered_here():
    asked = Message.objects.using("by_cost").filter(provider="p", cost__gt=1, cost__lt=2)
    assert sort(asked) == ["BETWEEN 1 AND 2"]
    # DynamoDB refuses a filter on the attribute that it reads by.
    assert asked.explain().filtered_here == ("cost__gt=1", "cost__lt=2")
    assert asked.explain().filtered == ()


def test_the_beginning_of_a_plain_text():
    assert sort(Assignment.objects.filter(user_id="u", experiment_id__startswith="e")) == ["begins_with 'e'"]
    assert sort(Assignment.objects.filter(user_id="u", experiment_id__startswith="")) == ["None"]


# Nothing can match, and nothing is sent


@pytest.mark.parametrize(
    "asked",
    [
        Thing.objects.filter(owner="a#b"),
        Thing.objects.filter(owner=""),
        Thing.objects.filter(owner__in=[]),
        Thing.objects.filter(owner="o", kind="x", at__gte=NOON, at__lt=NOON),
        Thing.objects.filter(owner="o", kind="x", at__range=(NOON, NOON - HOUR)),
        Thing.objects.filter(owner="o", title__in=[]),
        Thing.objects.filter(owner="o").filter(owner="p"),
        Thing.objects.filter(day=date(2025, 3, 9), name__startswith="a#"),
        Thing.objects.filter(day=date(2025, 3, 9), name="a#b"),
        Thing.objects.filter(day=date(2025, 3, 9), name="a" * 1100),
        Thing.objects.filter(owner="o" * 2100),
        Event.objects.filter(id=""),
        Event.objects.filter(id="i", timestamp__gte=NOON, timestamp__lt=NOON),
        Event.objects.using("by_day").filter(day=date(2025, 3, 9), amount__lt=""),
        Account.objects.filter(email="a#b"),
        Account.objects.filter(account="a#b"),
        Thing.objects.scan().filter(title__in=[]),
    ],
    ids=str,
)
def test_what_no_key_can_be_matches_nothing(asked, dynamo_usage):
    assert list(asked) == []
    assert asked.count() == 0
    assert not asked.exists()
    assert asked.page(5).items == []
    assert asked.page(5).next is None
    assert asked.explain().requests == 0 or asked.explain().operation == "Query"
    assert len(dynamo_usage) == 0


# Fan-out


def test_a_key_in_shards_is_read_in_all_of_them():
    assert [each.pk["S"] for each in Thing.objects.by_flag(flag=True).plan.ranges] == [
        "FLAG#true#0", "FLAG#true#1", "FLAG#true#2",
    ]  # fmt: skip


def test_a_bool_that_is_not_given_is_fanned_out():
    assert len(Thing.objects.by_flag().plan.ranges) == 6


def test_values_of_a_partition_facet_are_fanned_out():
    asked = Thing.objects.filter(owner__in=["o", "p", "o"], kind="x")
    assert [each.pk["S"] for each in asked.plan.ranges] == ["OWNER#o", "OWNER#p"]
    assert filters(asked) == []


def test_either_of_two_values_is_one_of_them():
    assert len(Thing.objects.filter(Q(owner="o") | Q(owner__in=["p", "q"])).plan.ranges) == 3


def test_a_range_of_days_is_a_query_for_each():
    asked = Thing.objects.filter(day__gt=date(2025, 3, 7), day__lt=date(2025, 3, 10), name="a")
    assert keys(asked) == [f"GSI2PK = 'NAMES#2025-03-0{day}', GSI2SK begins_with 'a#'" for day in (8, 9)]
    assert filters(asked) == []
    midnight = datetime(2025, 3, 11, tzinfo=UTC)
    before = Thing.objects.using("by_day").filter(at__gte=NOON, at__lt=midnight)
    assert {each.pk["S"] for each in before.plan.ranges} == {"DAY#2025-03-09", "DAY#2025-03-10"}
    partly = Thing.objects.filter(at__gte=NOON, at__lt=NOON + timedelta(days=2), kind="x", flag=False)
    assert len(partly.plan.ranges) == 3
    assert filters(partly) == []  # the time itself is behind the day


def test_a_range_of_numbers_is_a_query_for_each_that_a_key_can_have():
    asked = Other.objects.filter(number__gte=-3, number__lt=2)
    assert [each.pk["S"] for each in asked.plan.ranges] == ["NUMBER#000", "NUMBER#001"]
    assert filters(asked.include_expired()) == []
    high = Other.objects.filter(number__gt=997, number__lte=5000)
    assert [each.pk["S"] for each in high.plan.ranges] == ["NUMBER#998", "NUMBER#999"]
    plain = Message.objects.filter(module__range=(2, 4), timestamp__gt=5)
    assert [each.pk["N"] for each in plain.plan.ranges] == ["2", "3", "4"]


def test_two_times_of_one_day_are_one_partition():
    asked = Thing.objects.using("by_day").filter(at__in=[NOON, NOON + HOUR], kind="x", flag=False)
    assert sorted(set(keys(asked))) == sorted(keys(asked))
    assert {each.pk["S"] for each in asked.plan.ranges} == {"DAY#2025-03-09"}


def test_a_facet_of_few_values_in_the_sort_key_is_fanned_out_for_what_stands_behind_it():
    asked = Thing.objects.filter(owner="o", at__gte=NOON)
    assert sort(asked) == [f"BETWEEN 'THING#{kind}#{TEXT}' AND 'THING#{kind}$'" for kind in "xyz"]
    assert sort(Thing.objects.filter(owner="o").order_by("at")) == [f"begins_with 'THING#{kind}#'" for kind in "xyz"]
    assert sort(Thing.objects.filter(owner="o")) == ["begins_with 'THING#'"]


def test_too_many_values_of_a_sort_key_facet_are_filtered():
    names = [f"n{number}" for number in range(101)]
    asked = Thing.objects.filter(day=date(2025, 3, 9), name__in=names)
    assert sort(asked) == ["None"]
    assert len(asked.explain().filtered_here) == 1  # and a hundred are the most that DynamoDB takes in one IN


def test_too_many_partitions_are_refused():
    with pytest.raises(NeedsScan, match="101 partitions, and 100 are the most"):
        Thing.objects.filter(owner__in=[str(number) for number in range(101)]).explain()


def test_a_range_of_days_without_an_end_needs_a_scan():
    with pytest.raises(NeedsScan, match="its partition needs day, each equal to a value"):
        Thing.objects.using("by_name").filter(day__gte=date(2025, 3, 9)).explain()


def test_declared_values_of_a_plain_key_are_fanned_out():
    assert [each.pk for each in Event.objects.using("by_type").plan.ranges] == [{"S": "view"}, {"S": "click"}]


# Order


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        (Thing.objects.filter(owner="o"), "kind"),
        (Thing.objects.filter(owner="o"), "name"),
        (Thing.objects.filter(owner="o", kind="x"), "at"),
        (Thing.objects.filter(owner="o", kind__in=["x", "y"]), "at"),
        (Thing.objects.filter(owner="o", kind="x"), "kind"),
        (Thing.objects.by_flag(), "-at"),
        (Thing.objects.by_code(code="c"), "at"),
        (Thing.objects.using("by_day").filter(at__date=date(2025, 3, 9), kind="x"), "flag"),
        (Assignment.objects.filter(user_id="u"), "-assigned_at"),
        (Event.objects.filter(id__in=["i", "j"]), "timestamp"),
        (Message.objects.filter(provider__in=["p", "q"]), "cost"),
    ],
)  # fmt: skip
def test_an_order_that_the_key_has(asked, order):
    if order != "cost":
        asked.order_by(order).explain()
    else:
        with pytest.raises(NeedsScan, match=r"cost__isnull=False"):
            asked.order_by(order).explain()


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        (Thing.objects.filter(owner="o"), ["title"]),
        (Thing.objects.filter(day=date(2025, 3, 9)), ["name"]),  # and so is a name
        (Thing.objects.filter(owner="o", kind="x"), ["at", "-uid"]),
        (Assignment.objects.filter(id__in=["a", "b"]), ["id"]),
        (Thing.objects.using("by_day").filter(at__range=(NOON, NOON + HOUR)), ["name"]),
        (Thing.objects.using("by_code").filter(code__in=["c", "d"]), ["code"]),
    ],
)
def test_an_order_that_no_key_has_is_refused(asked, order):
    with pytest.raises(NeedsScan, match="cannot be read in the order"):
        asked.order_by(*order).explain()


# Which key


def test_the_key_that_answers_most_is_taken():
    assert Assignment.objects.filter(user_id="u", experiment_id="e").explain().key == "by_user_experiment"
    assert Assignment.objects.filter(user_id="u").order_by("assigned_at").explain().key == "by_user"
    assert Assignment.objects.filter(id="i", user_id="u").explain().operation == "GetItem"
    assert Account.objects.filter(email="e").explain().operation == "Unique"
    assert Account.objects.filter(email="e").explain().requests == 2


def test_a_condition_of_a_key_has_to_be_asked_for():
    with pytest.raises(
        NeedsScan, match=r"it holds only items with hidden=False: ask for that too, or say .using\('by_flag'\)"
    ):
        Thing.objects.filter(flag=True).explain()
    assert Thing.objects.filter(flag=True, hidden=False).explain().key == "by_flag"
    assert Thing.objects.filter(flag=True).exclude(hidden=True).explain().key == "by_flag"
    assert filters(Thing.objects.filter(flag=True, hidden=False)) == []
    assert Thing.objects.using("by_flag").filter(flag=True).explain().key == "by_flag"


def test_a_key_of_a_facet_that_may_be_absent_serves_what_asks_for_a_value():
    assert Thing.objects.filter(label="l").explain().key == "by_label"
    with pytest.raises(NeedsScan, match="day__isnull=False"):
        Event.objects.filter(amount="a").explain()
    assert Event.objects.filter(day=date(2025, 3, 9), amount__gte="a").explain().key == "by_day"


def test_needs_scan_says_what_each_key_needs():
    with pytest.raises(NeedsScan) as refused:
        Assignment.objects.filter(ttl__isnull=True).explain()
    assert [each.partition(" ")[0] for each in refused.value.candidates] == [
        "primary", "by_user_experiment", "by_experiment", "by_user", "by_variation",
    ]  # fmt: skip
    assert "its partition needs id" in str(refused.value)
    assert ".scan()" in str(refused.value)


def test_an_unknown_key_is_refused():
    with pytest.raises(QueryRefused, match="Thing has no key 'nope'; it has primary, by_flag"):
        Thing.objects.using("nope").explain()


def test_what_a_global_index_is_not_asked_for():
    with pytest.raises(QueryRefused, match="GSI1, and a global index has no consistent reads"):
        Thing.objects.by_flag(flag=True).consistent().explain()
    with pytest.raises(NeedsScan, match="global index, which has no consistent reads"):
        Thing.objects.filter(label="l").consistent().explain()
    assert Thing.objects.filter(owner="o", size=1).consistent().explain().index == "LSI1"


def test_a_filter_that_the_index_cannot_apply_is_refused():
    with pytest.raises(NeedsScan, match="GSI5 does not project size"):
        Thing.objects.filter(label="l", size=1).explain()
    with pytest.raises(NeedsScan, match="GSI5 does not project score"):
        Thing.objects.filter(Thing.score > 1, label="l").explain()
    with pytest.raises(NeedsScan, match="no filter on timestamp, by which it reads"):
        Message.objects.filter(Message.timestamp > 3, conversation="c").explain()


def test_a_filter_on_what_only_the_keys_tell_is_applied_here():
    asked = Thing.objects.filter(label="l", owner="o").using("by_label")
    assert (asked.explain().filtered, asked.explain().filtered_here) == ((), ("owner='o'",))


# The type filter


def test_the_type_is_asked_for_only_where_the_key_does_not_decide_it():
    assert not Thing.objects.filter(owner="o").explain().type_filter
    assert not Other.objects.filter(owner="o").explain().type_filter
    table = Table("reading-overlap", indexes=[Index("GSI1")])

    class Left(Entity, table=table):
        name: Attr[str] = Text()
        at: Attr[datetime] = Timestamp()

        class Keys:
            primary = Key("LEFT#{name}", "{at}")
            feed = Key("FEED#{name}", "{at}", index="GSI1")

    class Right(Entity, table=table):
        name: Attr[str] = Text()
        at: Attr[datetime] = Timestamp()

        class Keys:
            primary = Key("RIGHT#{name}", "{at}")
            feed = Key("FEED#{name}", "{at}", index="GSI1")

    registry._tables.pop(table.name)
    assert Left.objects.feed(name="a").explain().type_filter
    assert Right.objects.feed(name="a").explain().type_filter
    assert not Left.objects.filter(name="a").using("primary").explain().type_filter


def test_an_explanation_reads_like_one():
    asked = Thing.objects.by_flag(flag=True).filter(size=3).order_by("-at")[:20]
    assert str(asked.explain()).splitlines() == [
        "Query reading-things.GSI1 by by_flag",
        "  key: GSI1PK = 'FLAG#true#0'",
        "  key: GSI1PK = 'FLAG#true#1'",
        "  key: GSI1PK = 'FLAG#true#2'",
        "  merged in order: 3 queries",
        "  filtered after the read: size=3",
        "  highest first",
        "  requests: 3, about 7.5 read units",
    ]
