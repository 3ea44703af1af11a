"""What comes of the items that are read: whole or in part, expired, of other types and versions (13 to 15, 18)."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from dynamo_models import DeferredAttribute, DoesNotExist, KeyRefused, NeedsScan, QueryRefused, transport
from tests.reading.models import (
    Account,
    Assignment,
    Event,
    Head,
    Message,
    Other,
    Thing,
    Token,
    assignments,
    chat,
    events,
    things,
    tutor,
    versioned,
)

NOON = datetime(2025, 3, 9, 12, tzinfo=UTC)
DAY = date(2025, 3, 9)


def make_thing(number=0, **attributes):
    values = {
        "owner": "o", "kind": "x", "at": NOON + timedelta(minutes=number), "uid": UUID(int=number),
        "name": f"n{number}", "code": "c#1", "size": number, "day": DAY, "label": "l", "title": f"t{number}",
    }  # fmt: skip
    return Thing.objects.create(**{**values, **attributes})


# Projections: rule 13


def test_an_index_of_keys_fetches_the_rest_in_one_batch(make_tables, assert_requests):
    make_tables(things)
    made = [make_thing(number) for number in range(5)]
    with assert_requests(2):
        found = list(Thing.objects.filter(code="c#1").order_by("-at"))
    assert [item.title for item in found] == ["t4", "t3", "t2", "t1", "t0"]
    assert found[0].tags == made[4].tags == []


def test_what_the_index_has_is_not_fetched(make_tables, assert_requests):
    make_tables(things)
    make_thing(3)
    with assert_requests(1):
        (item,) = Thing.objects.filter(label="l").only("title")
    assert (item.title, item.owner, item.name, item.label) == ("t3", "o", "n3", "l")
    with pytest.raises(DeferredAttribute, match=r"Thing.size was not loaded"):
        item.size  # noqa: B018
    assert item.refresh().size == 3


def test_values_of_what_the_keys_tell(make_tables, assert_requests):
    make_tables(things)
    make_thing(3)
    with assert_requests(1):
        found = Thing.objects.filter(code="c#1").values("owner", "kind", "at", "uid", "name", "code")
    assert found == [
        {"owner": "o", "kind": "x", "at": NOON + timedelta(minutes=3), "uid": UUID(int=3), "name": "n3", "code": "c#1"}
    ]


def test_values_of_all_attributes_and_of_those_that_only_names(make_tables):
    make_tables(chat)
    Message.objects.create(conversation="c", timestamp=1, module=1, student=2, provider="p")
    asked = Message.objects.filter(conversation="c")
    assert asked.values()[0] == {
        "conversation": "c", "timestamp": 1, "module": 1, "student": 2, "provider": "p", "cost": None, "text": "",
    }  # fmt: skip
    assert asked.only("text").values() == [{"text": ""}]
    with pytest.raises(QueryRefused, match="Message has no attribute 'nope'"):
        asked.values("nope")


@pytest.mark.parametrize("read", ["get", "query"])
def test_only_leaves_the_rest_to_raise_however_the_item_is_read(make_tables, read):
    make_tables(chat)
    Message.objects.create(conversation="c", timestamp=1, module=1, student=2, provider="p", text="x")
    asked = Message.objects.only("text").filter(conversation="c")
    item = asked.get(timestamp=1) if read == "get" else asked.get()
    assert (item.text, item.conversation, item.timestamp) == ("x", "c", 1)
    with pytest.raises(DeferredAttribute):
        item.provider  # noqa: B018


def test_an_item_loaded_in_part_is_patched_and_keeps_the_rest(make_tables):
    make_tables(chat)
    Message.objects.create(conversation="c", timestamp=1, module=1, student=2, provider="p", text="x")
    Message.objects.filter(conversation="c").only("student").get().patch(text="y")
    item = Message.objects.get(conversation="c", timestamp=1)
    assert (item.text, item.provider) == ("y", "p")


def test_an_index_behind_its_table_gives_what_the_table_has(make_tables, monkeypatch):
    make_tables(events)
    for number in range(3):
        Event.objects.create(
            id=f"i{number}", timestamp=NOON, user_id="u", type="view", day=DAY, amount=f"a{number}", value=number
        )
    # Between the Query and the batch that loads the items, one goes and one is moved away.
    real = transport.connection(events.name).dispatch

    def dispatch(operation, kwargs):
        answer = real(operation, kwargs)
        if operation == "Query":
            monkeypatch.undo()
            Event.objects.ref(id="i0", timestamp=NOON).delete()
            Event.objects.ref(id="i1", timestamp=NOON).patch(day=date(2025, 1, 1))
        return answer

    monkeypatch.setattr(transport.connection(events.name), "dispatch", dispatch)
    assert [item.value for item in Event.objects.filter(day=DAY, amount__gte="a")] == [2]


def test_a_filter_reads_only_the_facets_that_an_index_has_before_it_fetches(make_tables, dynamo_usage):
    make_tables(things)
    for number in range(5):
        make_thing(number, owner="o" if number == 3 else "p")
    before = len(dynamo_usage)
    assert [item.size for item in Thing.objects.using("by_code").filter(code="c#1", owner="o")] == [3]
    assert [(each.operation, each.returned) for each in dynamo_usage.requests[before:]] == [
        ("Query", 5),
        ("BatchGetItem", 1),
    ]


def test_a_local_index_is_read_consistently(make_tables, assert_requests):
    make_tables(things)
    make_thing(7)
    with assert_requests(1):
        assert Thing.objects.filter(owner="o", size__lt=10).using("by_size").consistent().get().size == 7
    with assert_requests(2):
        assert Thing.objects.filter(owner="o", name="n7").using("by_own_name").consistent().get().size == 7


def test_a_count_and_a_look_do_not_load_items(make_tables, assert_requests):
    make_tables(things)
    make_thing(1)
    make_thing(2)
    with assert_requests(1):
        assert Thing.objects.filter(code="c#1").count() == 2
    with assert_requests(1):
        assert Thing.objects.filter(code="c#1").exists()
    with assert_requests(1):
        assert Thing.objects.filter(label="l").count() == 2


# Other types: rule 14


def test_items_of_other_types_never_break_a_read(make_tables, put_raw):
    make_tables(things)
    make_thing(1)
    foreign = [
        {"EntityType": {"S": "Ghost"}},
        {"EntityType": {"N": "7"}},
        {},
        {"EntityType": {"S": "Other"}, "Number": {"S": "not a number"}},
    ]
    for number, mark in enumerate(foreign):
        for sk in (f"THING#x#{number}", f"OTHER#{number}", f"ZZZ#{number}"):
            put_raw(
                things,
                {
                    "PK": {"S": "OWNER#o"},
                    "SK": {"S": sk},
                    "GSI1PK": {"S": "FLAG#false#0"},
                    "GSI1SK": {"S": "x"},
                    **mark,
                },
            )
    assert [item.size for item in Thing.objects.filter(owner="o", kind="x")] == [1]
    assert [item.size for item in Thing.objects.filter(owner="o").order_by("at")] == [1]
    assert Thing.objects.by_flag(flag=False).count() >= 1
    assert [item.size for item in Thing.objects.by_flag(flag=False)] == [1]
    assert [item.size for item in Thing.objects.scan()] == [1]
    assert len(Thing.objects.filter(owner="o").page(1).items) == 1


def test_a_count_leaves_out_what_is_marked_as_another_type(make_tables, put_raw):
    make_tables(things)
    make_thing(1)
    for number in range(3):
        put_raw(things, {"PK": {"S": "OWNER#o"}, "SK": {"S": f"THING#x#{number}"}, "EntityType": {"S": "Ghost"}})
    assert Thing.objects.filter(owner="o").count() == 1
    assert Thing.objects.scan().count() == 1


def test_items_of_a_table_that_has_no_marks_are_read(make_tables, put_raw):
    make_tables(chat)
    item = {
        "conversationId": {"S": "c"}, "timestamp": {"N": "1"}, "moduleId": {"N": "2"}, "studentId": {"N": "3"},
        "provider": {"S": "p"},
    }  # fmt: skip
    put_raw(chat, item)
    assert Message.objects.get(conversation="c", timestamp=1).student == 3
    assert Message.objects.filter(module=2).count() == 1
    assert [each.student for each in Message.objects.scan()] == [3]


def test_what_cannot_be_read_as_a_key_is_no_item(make_tables, put_raw):
    make_tables(events)
    put_raw(events, {"id": {"S": "i"}, "timestamp": {"S": "yesterday"}})
    assert list(Event.objects.filter(id="i")) == []


def test_a_filter_sees_the_default_of_an_item_that_lacks_the_attribute(make_tables, put_raw):
    make_tables(chat)
    item = {
        "conversationId": {"S": "c"}, "timestamp": {"N": "1"}, "moduleId": {"N": "2"}, "studentId": {"N": "3"},
        "provider": {"S": "p"},
    }  # fmt: skip
    put_raw(chat, item)
    asked = Message.objects.filter(conversation="c")
    assert asked.get(text="").text == ""
    assert asked.get(text__in=["", "x"]).timestamp == 1
    assert not asked.filter(text="x").exists()
    assert asked.exclude(text="x").exists()
    assert not asked.exclude(text="").exists()
    assert asked.filter(text__isnull=False).exists()
    assert not asked.filter(text__isnull=True).exists()
    assert asked.filter(cost=None).exists()
    assert not asked.filter(cost__isnull=False).exists()
    assert not asked.filter(cost__lt=5).exists()
    assert asked.exclude(cost__lt=5).exists()


def test_a_stored_null_is_an_absent_value(make_tables, put_raw):
    make_tables(events)
    stored = {
        "id": {"S": "i"},
        "timestamp": {"S": "2025-03-09T12:00:00.000000+0000"},
        "user_id": {"S": "u"},
        "type": {"S": "view"},
    }
    put_raw(events, {**stored, "value": {"NULL": True}})
    asked = Event.objects.filter(id="i")
    assert asked.get(value=None).value is None
    assert asked.filter(value__isnull=True).exists()
    assert not asked.filter(value__isnull=False).exists()
    assert not asked.exclude(value=None).exists()
    assert not asked.filter(value__gte=0).exists()
    assert asked.exclude(value__gte=0).exists()
    assert asked.exclude(value__in=[1, 2]).exists()


# Expiry: rule 15

PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


@pytest.mark.endpoint_cannot("ministack", reason="it removes expired items by itself, at a moment of its own")
def test_expired_items_are_hidden_unless_asked_for(make_tables, put_raw):
    make_tables(assignments)
    for number, ttl in enumerate((PAST, FUTURE, None)):
        Assignment.objects.create(
            id=f"i{number}", user_id="u", experiment_id="e", variation="a", assigned_at=NOON, ttl=ttl
        )
    put_raw(
        assignments,
        {**Assignment.objects.get(id="i2").raw, "id": {"S": "i3"}, "ttl": {"NULL": True}},
    )
    asked = Assignment.objects.filter(user_id="u").order_by("assigned_at")
    for read in (
        lambda each: sorted(item.id for item in each),
        lambda each: sorted(item.id for item in each.page(9).items),
    ):
        assert read(asked) == ["i1", "i2", "i3"]
        assert read(asked.include_expired()) == ["i0", "i1", "i2", "i3"]
    assert (asked.count(), asked.include_expired().count()) == (3, 4)
    assert (Assignment.objects.scan().count(), Assignment.objects.scan().include_expired().count()) == (3, 4)
    with pytest.raises(DoesNotExist):
        Assignment.objects.get(id="i0")
    assert Assignment.objects.include_expired().get(id="i0").id == "i0"
    assert [item and item.id for item in Assignment.objects.get_many([{"id": "i0"}, {"id": "i1"}])] == [None, "i1"]
    assert [item.id for item in Assignment.objects.include_expired().get_many([{"id": "i0"}])] == ["i0"]


def test_an_expiry_is_looked_for_in_whole_seconds(make_tables):
    make_tables(tutor)
    Token.objects.create(token="t", email="e", expires_at=FUTURE)
    asked = Token.objects.filter(email="e")
    half = timedelta(seconds=0.5)
    assert asked.filter(expires_at__lt=FUTURE + half).exists()
    assert asked.filter(expires_at__lte=FUTURE + half).exists()
    assert asked.filter(expires_at__gt=FUTURE - half).exists()
    assert not asked.filter(expires_at__gt=FUTURE + half).exists()
    assert not asked.filter(expires_at__gte=FUTURE + half).exists()
    assert not asked.filter(expires_at__lt=FUTURE - half).exists()
    assert asked.filter(expires_at__gt=timedelta(days=1)).exists()
    assert asked.filter(expires_at=FUTURE + half).exists()  # an item made with that time would be stored so


# Older versions: rule 20


def put_old(put_raw):
    put_raw(
        versioned,
        {
            "PK": {"S": "ACCOUNT#a"}, "SK": {"S": "METADATA"}, "EntityType": {"S": "Account"},
            "account": {"S": "a"}, "email": {"S": "a@b"}, "team": {"S": "t"}, "first": {"S": "Ada"}, "last": {"S": "L"},
            "GSI1PK": {"S": "TEAM#t"}, "GSI1SK": {"S": "a"}, "GSI2PK": {"S": "MEMBERS#t"}, "GSI2SK": {"S": "a"},
        },
    )  # fmt: skip


def test_older_items_are_brought_up_however_they_are_read(make_tables, put_raw):
    make_tables(versioned)
    put_old(put_raw)
    assert Account.objects.get(account="a").full_name == "Ada L"
    assert Account.objects.by_team(team="t").get().full_name == "Ada L"
    assert Account.objects.by_team(team="t").only("full_name").get().full_name == "Ada L"
    assert Account.objects.by_team_keys(team="t").get().full_name == "Ada L"
    assert Account.objects.by_team_keys(team="t").values("account", "full_name") == [
        {"account": "a", "full_name": "Ada L"}
    ]
    assert Account.objects.get_many([{"account": "a"}])[0].full_name == "Ada L"
    assert Account.objects.scan().get().full_name == "Ada L"


# Uniques


def test_a_unique_leads_to_its_item_in_two_reads(make_tables, assert_requests):
    make_tables(versioned)
    Account.objects.create(account="a", email="a@b", team="t", full_name="Ada")
    with assert_requests(2):
        assert Account.objects.get(email="a@b").account == "a"
    with assert_requests(2):
        assert not Account.objects.filter(email="a@b", team="other").exists()
    with assert_requests(1):
        assert not Account.objects.filter(email="none").exists()
    with assert_requests(0):
        assert not Account.objects.filter(email="with#delimiter").exists()
    with pytest.raises(NeedsScan):
        Account.objects.filter(Account.team == "t", email="a@b").get()


def test_a_unique_is_read_again_where_its_item_moves_meanwhile(make_tables, monkeypatch):
    make_tables(versioned)
    Account.objects.create(account="a", email="a@b", team="t", full_name="Ada")
    real = transport.connection(versioned.name).dispatch
    reads = []

    def dispatch(operation, kwargs):
        answer = real(operation, kwargs)
        reads.append(operation)
        if len(reads) == 1:
            Account.objects.get(account="a").move(account="b")
        return answer

    monkeypatch.setattr(transport.connection(versioned.name), "dispatch", dispatch)
    assert Account.objects.get(email="a@b").account == "b"


# Many by their keys: rule 18


def test_many_items_come_in_the_order_of_their_keys(make_tables, assert_requests):
    make_tables(chat)
    with chat.batch() as batch:
        for number in range(150):
            batch.put(Message(conversation="c", timestamp=number, module=1, student=1, provider="p"))
    wanted = [149, 3, 3, 999, *range(120), 3]
    keys = [{"conversation": "c", "timestamp": number} for number in wanted]
    with assert_requests(2):
        found = Message.objects.get_many(keys)
    assert [item and item.timestamp for item in found] == [number if number < 150 else None for number in wanted]


def test_many_items_by_keys_that_none_can_have(make_tables):
    make_tables(things)
    Head.objects.create(owner="o")
    assert [
        item and item.owner for item in Head.objects.get_many([{"owner": "a#b"}, {"owner": "o"}, {"owner": ""}])
    ] == [None, "o", None]
    assert Head.objects.get_many([]) == []
    with pytest.raises(KeyRefused, match="owner"):
        Head.objects.get_many([{}])
    with pytest.raises(QueryRefused, match="'note' is not of the primary key"):
        Head.objects.get_many([{"owner": "o", "note": "x"}])
    with pytest.raises(QueryRefused, match="owner is 5"):
        Head.objects.get_many([{"owner": 5}])
    with pytest.raises(QueryRefused, match="no filter, order or slice"):
        Head.objects.filter(note="x").get_many([{"owner": "o"}])


def test_a_key_that_holds_another_entity_gives_none(make_tables):
    make_tables(things)
    Other.objects.create(owner="o", number=1, at=NOON)
    assert Head.objects.get_many([{"owner": "o"}]) == [None]
