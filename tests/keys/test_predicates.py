"""Conditions mean what they mean to Django, and one is only said to follow from others where it does."""

from __future__ import annotations

import itertools
import sqlite3
from datetime import UTC, datetime

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Q
from django.test.utils import isolate_apps
from hypothesis import example, given
from hypothesis import strategies as st

from dynamo_models import QueryRefused
from dynamo_models.keys.predicate import (
    EMPTY,
    Junction,
    Lookup,
    Negation,
    both,
    conjuncts,
    implied,
    names_of,
    parse,
)
from tests.keys.conditions import DOMAIN, ITEMS, NUMBERS, conditions

NAMES = list(DOMAIN)


def read(q):
    return parse(q, NAMES)


def holding(condition):
    return [item for item in ITEMS if condition.holds(item)]


# Against Django


@pytest.fixture(scope="module")
def django_rows():
    """What Django's own SQL for a condition finds among all items."""
    from django.db.utils import ConnectionHandler

    with isolate_apps("tests"):

        class Row(models.Model):
            n = models.IntegerField(null=True)
            m = models.IntegerField(null=True)
            w = models.TextField(null=True)

            class Meta:
                app_label = "tests"
                db_table = "rows"

        database = sqlite3.connect(":memory:")
        database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, n INTEGER, m INTEGER, w TEXT)")
        database.executemany(
            "INSERT INTO rows (id, n, m, w) VALUES (?, ?, ?, ?)",
            [(number, *item.values()) for number, item in enumerate(ITEMS)],
        )
        connection = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})[
            "default"
        ]

        def found(q):
            try:
                sql, parameters = Row.objects.filter(q).values("id").query.get_compiler(connection=connection).as_sql()
            except EmptyResultSet:
                return []
            rows = database.execute(sql.replace("%s", "?"), [*parameters])
            return [ITEMS[number] for number in sorted(row[0] for row in rows)]

        yield found
        database.close()


@given(conditions())
@example(~Q(w="a"))
@example(~Q(n__lt=2))
@example(~Q(n__in=[]))
@example(~(Q(n=1) & ~Q(m=2)))
@example(Q())
@example(~Q())
@example(Q(n=1) | Q())
@example(Q(Q(), Q(n=1), _connector="OR"))
@example(~Q(~Q(), n=1))
@example(Q(n=None) | ~Q(n=None))
def test_a_condition_holds_for_the_items_that_django_finds(django_rows, q):
    assert holding(read(q)) == django_rows(q)


# What is read


@pytest.mark.parametrize(
    ("q", "condition"),
    [
        (Q(n=1), Lookup("n", "exact", 1)),
        (Q(n=None), Lookup("n", "isnull", value=True)),
        (Q(n__isnull=False), Lookup("n", "isnull", value=False)),
        (Q(n__in=[1, 2]), Lookup("n", "in", (1, 2))),
        pytest.param(Q(n__in=(each for each in (1, 2))), Lookup("n", "in", (1, 2)), id="a generator"),
        (Q(n__range=[1, 2]), Lookup("n", "range", (1, 2))),
        (Q(n=1) & Q(m=2), Junction("AND", (Lookup("n", "exact", 1), Lookup("m", "exact", 2)))),
        (~Q(n=1), Negation(Lookup("n", "exact", 1))),
        (Q(), EMPTY),
        (Q(w__level__hard=True), Lookup("w", "exact", value=True, path=("level", "hard"))),
        (Q(w__level__gt=3), Lookup("w", "gt", 3, ("level",))),
    ],
    ids=str,
)
def test_a_q_is_read_as_data(q, condition):
    assert parse(q, NAMES) == condition


def test_an_attributes_own_name_may_hold_a_double_underscore():
    assert parse(Q(n__m=1), ["n", "n__m"]) == Lookup("n__m", "exact", 1)
    assert parse(Q(n__m__lt=1), ["n", "n__m"]) == Lookup("n__m", "lt", 1)


@pytest.mark.parametrize(
    ("q", "message"),
    [
        (Q(title="x"), "there is no attribute for 'title'; there are m, n, w"),
        (Q(n__lt=None), "compare with None by __isnull"),
        (Q(n__isnull=1), "isnull takes True or False"),
        (Q(n__in="ab"), "__in takes a list of values"),
        (Q(n__in=5), "__in takes a list of values"),
        (Q(n__in=[1, None]), "None is no value to look for; ask for it by __isnull"),
        (Q(n__range=[1]), "__range takes two values"),
        (Q(n__range=5), "__range takes a list"),
        (Q(n__=1), "has nothing between two double underscores"),
        (Q(n____lt=1), "has nothing between two double underscores"),
        (Q(n__date=datetime(2025, 1, 1, tzinfo=UTC)), "n__date is read where the attribute's type is known"),
        (Q(n=1) ^ Q(m=1), "joined by XOR are not understood"),
        (Q(models.F("n")), "is not a look-up"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused_by_name(q, message):
    with pytest.raises(QueryRefused, match=message):
        read(q)


@given(conditions("startswith", "contains"))
def test_a_condition_depends_on_the_attributes_that_it_names(q):
    condition = read(q)
    for name in set(NAMES) - names_of(condition):
        assert all(condition.holds(item) == condition.holds({**item, name: None}) for item in ITEMS)


@given(st.lists(conditions(), max_size=3))
def test_conditions_together_hold_where_each_does(qs):
    read_ = [read(q) for q in qs]
    together = both(*read_)
    assert holding(together) == [item for item in ITEMS if all(each.holds(item) for each in read_)]
    assert holding(both(*conjuncts(together))) == holding(together)


def test_a_path_leads_into_a_map():
    condition = parse(Q(w__level__hard__gte=3), NAMES)
    assert condition.holds({"w": {"level": {"hard": 3}}})
    for absent in ({"w": None}, {"w": {}}, {"w": {"level": 5}}, {"w": {"level": {"hard": 2}}}, {}):
        assert not condition.holds(absent)


# What follows


@given(conditions("startswith", "contains"), st.lists(conditions("startswith", "contains"), max_size=3))
@example(Q(n=1), [Q(n__lt=2)])
@example(Q(n__lt=2), [Q(n__lt=3)])
@example(Q(n__isnull=False), [Q(n__lt=3)])
@example(~Q(n=None), [Q(n__range=(1, 2))])
@example(~Q(n=1), [~Q(n=1)])
@example(~Q(n=1), [Q(n=None)])
@example(~Q(n__lt=2), [Q(n__in=[2, 3])])
@example(~Q(w="a"), [Q(n="b")])
@example(Q(n=1), [Q(n=True)])
def test_what_is_said_to_follow_does(needed_q, given_qs):
    needed, given_ = read(needed_q), [read(q) for q in given_qs]
    if implied(needed, given_):
        assert [item for item in ITEMS if all(each.holds(item) for each in given_) and not needed.holds(item)] == []


def every_lookup():
    """Every look-up on one number of few values."""
    yield from (Lookup("n", "isnull", value) for value in (True, False))
    for op in ("exact", "lt", "lte", "gt", "gte"):
        yield from (Lookup("n", op, number) for number in NUMBERS)
    for size in range(3):
        yield from (Lookup("n", "in", values) for values in itertools.combinations(NUMBERS, size))
    yield from (Lookup("n", "range", ends) for ends in itertools.product(NUMBERS, repeat=2))


def test_what_is_said_to_follow_from_any_one_look_up_does():
    values = [{"n": value} for value in DOMAIN["n"]]
    seen = 0
    for needed, given_ in itertools.product(list(every_lookup()), repeat=2):
        for condition in (needed, Negation(needed)):
            if implied(condition, [given_]):
                seen += 1
                assert all(condition.holds(item) for item in values if given_.holds(item)), (
                    str(condition),
                    str(given_),
                )
    assert seen > 500


@pytest.mark.parametrize(
    ("needed", "given_"),
    [
        (Q(), []),
        (Q(n=1), [Q(n=1)]),
        (Q(n=1), [Q(n=1, m=2)]),
        (Q(n=1, m=2), [Q(m=2), Q(n=1)]),
        (Q(n=1) | Q(n=2), [Q(n=2)]),
        (Q(n__in=[1, 2, 3]), [Q(n__in=[1, 3])]),
        (Q(n__gt=1), [Q(n=2)]),
        (Q(n__range=(1, 3)), [Q(n__in=[1, 2])]),
        (Q(n__isnull=False), [Q(n=1)]),
        (Q(n__isnull=False), [Q(n__gt=1)]),
        (Q(n__isnull=True), [Q(n=None)]),
        (~Q(n=1), [Q(n=2)]),
        (~Q(n=1), [Q(n__in=[2, 3])]),
        (~Q(n=1), [Q(n=None)]),
        (~Q(n=None), [Q(n=2)]),
        (~Q(n=None), [Q(n__isnull=False)]),
        (~Q(n=None), [Q(n__lt=2)]),
        (~Q(w__startswith="a"), [Q(w="b")]),
        ((Q(n=1) | Q(m=2)), [(Q(n=1) | Q(m=2))]),
    ],
    ids=str,
)
def test_what_follows_is_seen_where_an_index_depends_on_it(needed, given_):
    assert implied(read(needed), [read(q) for q in given_])


@pytest.mark.parametrize(
    ("needed", "given_"),
    [
        (Q(n=1), []),
        (Q(n=1), [Q(m=1)]),
        (Q(n__gt=1), [Q(n__gt=0)]),
        (~Q(n=1), [Q(n__isnull=False)]),
        (~Q(n=1), []),
        (Q(n__isnull=False), [Q(n=None)]),
        (Q(w__x=1), [Q(w=1)]),
    ],
    ids=str,
)
def test_what_does_not_follow_is_not_said_to(needed, given_):
    assert not implied(read(needed), [read(q) for q in given_])


def test_values_that_cannot_be_compared_imply_nothing():
    assert not implied(Lookup("n", "lt", 5), [Lookup("n", "exact", "x")])
    assert not implied(Negation(Lookup("n", "lt", 5)), [Lookup("n", "exact", "x")])
    assert not implied(Lookup("n", "startswith", "x"), [Lookup("n", "in", (1, 2))])
