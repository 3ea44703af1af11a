"""Collections: items of several entities in one partition, typed, by one Query."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dynamo_models import BudgetSpent, Collection, DefinitionError, QueryRefused
from tests.reading.models import Account, Event, Everything, Head, Other, Owned, Recent, Thing, things

NOON = datetime(2025, 3, 9, 12, tzinfo=UTC)


def make_thing(number):
    return Thing(
        owner="o",
        kind="x",
        at=NOON,
        uid=UUID(int=number),
        name="n",
        code="c",
        size=1,
        day=NOON.date(),
        title="x" * 20_000,
    )


@pytest.fixture
def owned(make_tables, put_raw):
    make_tables(things)
    Head.objects.create(owner="o", note="hello")
    for number in (2, 10, 1):
        Other.objects.create(owner="o", number=number, at=NOON - timedelta(minutes=number))
    Other.objects.create(owner="o", number=7, at=NOON, expires=datetime(2020, 1, 1, tzinfo=UTC))
    Other.objects.create(owner="p", number=5, at=NOON)
    put_raw(things, {"PK": {"S": "OWNER#o"}, "SK": {"S": "OTHER#00003"}, "EntityType": {"S": "Ghost"}})
    put_raw(things, {"PK": {"S": "OWNER#o"}, "SK": {"S": "NOTHING"}})


def test_a_partition_is_one_query(owned, assert_requests):
    with assert_requests(1):
        found = Owned.get(owner="o")
    assert found.head.note == "hello"
    assert [other.number for other in found.others] == [1, 2, 10]
    assert repr(found).startswith("Owned(head=<Head owner='o'>, others=[<Other")


def test_a_member_that_has_to_be_there(owned):
    with pytest.raises(Head.DoesNotExist, match=r"Owned\(owner='p'\): there is no Head"):
        Owned.get(owner="p")
    found = Everything.get(owner="p")
    assert (found.head, [other.number for other in found.others], found.things) == (None, [5], [])
    assert Everything.get(owner="nobody").others == []


def test_the_rest_of_a_large_partition_is_not_read_with_it(owned, dynamo_usage):
    with things.batch() as batch:
        for number in range(60):
            batch.put(make_thing(number))
    before = len(dynamo_usage)
    Owned.get(owner="o")
    (request,) = dynamo_usage.requests[before:]
    assert request.scanned == 7  # its members, and what lies between them
    assert str(Owned.explain(owner="o")).splitlines()[1] == "  key: PK = 'OWNER#o', SK BETWEEN 'HEAD' AND 'OTHER$'"


def test_a_partition_of_more_than_a_megabyte(owned, dynamo_usage):
    with things.batch() as batch:
        for number in range(60):
            batch.put(make_thing(number))
    before = len(dynamo_usage)
    found = Everything.get(owner="o", consistent=True)
    assert (len(found.things), len(found.others), found.head.note) == (60, 3, "hello")
    assert len(dynamo_usage.requests[before:]) == 2
    with pytest.raises(BudgetSpent, match="not read whole in 1 requests"):
        Everything.get(owner="o", requests=1)


def test_a_collection_of_an_index(owned, assert_requests):
    with assert_requests(1):
        found = Recent.get(owner="o")
    assert [other.number for other in found.others] == [10, 2, 1]
    assert found.head.note == "hello"
    with pytest.raises(QueryRefused, match="GSI1 is a global index, which has no consistent reads"):
        Recent.get(owner="o", consistent=True)


def test_what_a_collection_is_asked_by(owned, assert_requests):
    with pytest.raises(QueryRefused, match=r"Owned.get\(\): it takes owner; owner is missing"):
        Owned.get()
    with pytest.raises(QueryRefused, match="note is not part of the partition"):
        Owned.get(owner="o", note="x")
    with pytest.raises(QueryRefused, match="owner is 5"):
        Owned.get(owner=5)
    with assert_requests(0), pytest.raises(Head.DoesNotExist):
        Owned.get(owner="a#b")


def test_members_that_do_not_fit_are_refused():
    class Apart(Collection):
        head: Head
        accounts: list[Account]

    class Nothing(Collection):
        pass

    class Twice(Collection):
        heads: list[Head]
        head: Head | None

    class NotOne(Collection):
        head: str

    class Sharded(Collection):
        class Options:
            index = "GSI1"

        things: list[Thing]

    class Elsewhere(Collection):
        class Options:
            index = "GSI3"

        event: Event

    for collection, message in (
        (Apart, "not in one partition"),
        (Nothing, "has no members"),
        (Twice, "has Head twice"),
        (NotOne, "not an entity"),
        (Sharded, "is sharded"),
        (Elsewhere, "has 0 keys on GSI3"),
    ):
        with pytest.raises(DefinitionError, match=message):
            collection.members()
    # Not left to the checks of the project's own collections.
    import gc

    del collection, Apart, Nothing, Twice, NotOne, Sharded, Elsewhere
    gc.collect()
