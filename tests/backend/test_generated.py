"""Whatever is asked, the answer is that of SQL, or it is refused; it is never another."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynamo_models.backend.errors import NotServed
from dynamo_models.testing import assert_no_scan
from tests.backend.conftest import copy
from tests.backend.filling import START, fill
from tests.backend.library.models import Book
from tests.conftest import SCALE

pytestmark = pytest.mark.django_db(databases=["default", "dynamodb"])

VALUES = {
    "pk": st.integers(0, 11),
    "isbn": st.sampled_from([f"978-{n}" for n in range(10)]),
    "author": st.integers(0, 4),
    "genre": st.sampled_from(["novel", "poetry", "science", "none"]),
    "available": st.booleans(),
    "pages": st.integers(90, 140),
    "rating": st.integers(0, 5),
    "price": st.decimals(0, 9, places=1).map(Decimal),
    "published_at": st.integers(-1, 5).map(lambda days: START + timedelta(days=days)),
    "publisher": st.integers(0, 3),
    "author__name": st.sampled_from(["Han", "Lem", "Kim", "Oz"]),
    "title": st.sampled_from(["Solaris 0", "Human Acts 4", "Sol"]),
}
LOOKUPS = {
    "genre": ["exact", "in"],
    "isbn": ["exact", "in", "gt", "startswith"],
    "title": ["exact", "startswith", "contains", "gte"],
    "author__name": ["exact", "in"],
    "available": ["exact"],
    "author": ["exact", "in"],
    "publisher": ["exact", "in", "isnull"],
}
ORDERS = ["published_at", "id", "pk", "price", "rating", "isbn", "genre", "author__name", "title", "publisher_id"]


@st.composite
def leaves(draw, names=tuple(VALUES)):
    name = draw(st.sampled_from(names))
    operation = draw(st.sampled_from(LOOKUPS.get(name, ["exact", "in", "gt", "gte", "lt", "lte", "range", "isnull"])))
    if operation == "isnull":
        value = draw(st.booleans())
    elif operation == "in":
        value = draw(st.lists(VALUES[name], max_size=3))
    elif operation == "range":
        value = tuple(draw(st.tuples(VALUES[name], VALUES[name])))
    else:
        value = draw(VALUES[name])
    return Q(**{f"{name}__{operation}": value})


conditions = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        inner.map(lambda each: ~each),
        st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
    ),
    max_leaves=4,
)
# Something that a key can begin with, most of the time: otherwise nearly all would be refused.
keys = st.one_of(
    st.builds(lambda author: Q(author=author), st.integers(1, 3)),
    st.builds(lambda authors: Q(author__in=authors), st.lists(st.integers(1, 3), min_size=1, max_size=3)),
    st.builds(lambda genre: Q(genre=genre, available=True), VALUES["genre"]),
    st.builds(lambda pks: Q(pk__in=pks), st.lists(st.integers(1, 9), max_size=4)),
    st.builds(lambda isbns: Q(isbn__in=isbns), st.lists(VALUES["isbn"], max_size=3)),
    leaves(names=("pk", "isbn", "author")),
)
orders = st.lists(st.tuples(st.sampled_from(ORDERS), st.booleans()), max_size=3, unique_by=lambda each: each[0])
slices = st.one_of(st.just((None, None)), st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 5))))
UNIQUE = {"id", "pk", "isbn"}


def asked(alias, key, condition, order, cut):
    rows = Book.objects.using(alias).filter(key).filter(condition)
    rows = rows.order_by(*(("-" if down else "") + name for name, down in order))
    return rows if cut == (None, None) else rows[cut[0] : cut[1]]


def answer(rows, *, ordered):
    found = [(row.pk, row.title, row.price, row.rating, row.published_at, row.publisher_id) for row in rows]
    return found if ordered else sorted(found, key=str)


def test_generated_queries(alias, mirrored, chosen):
    fill()
    copy(mirrored)
    chosen.authority = "dynamodb"
    served = {"yes": 0, "no": 0}

    @settings(max_examples=int(80 * SCALE), suppress_health_check=list(HealthCheck), deadline=None)
    @given(keys, conditions, orders, slices)
    def same(key, condition, order, cut):
        total = any(name in UNIQUE for name, _ in order)
        if cut != (None, None) and not total:
            order = [*order, ("id", bool(order and order[-1][1]))]
            total = True
        with chosen.serving("sql", "sql"):
            wanted = answer(asked("default", key, condition, order, cut), ordered=total)
            count = asked("default", key, condition, order, cut).count()
        try:
            with assert_no_scan():
                assert answer(asked("dynamodb", key, condition, order, cut), ordered=total) == wanted
                assert asked("dynamodb", key, condition, order, cut).count() == count
                assert asked("dynamodb", key, condition, order, cut).exists() is bool(wanted)
        except NotServed:
            served["no"] += 1
        else:
            served["yes"] += 1

    same()
    assert served["yes"] > served["no"]
