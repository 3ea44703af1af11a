"""Random conditions on three attributes of few values, and every item that there is of these."""

from __future__ import annotations

import itertools
from typing import Any

from django.db.models import Q
from hypothesis import strategies as st

NUMBERS = (0, 1, 2, 3)
WORDS = ("a", "ab", "b")
DOMAIN: dict[str, tuple[Any, ...]] = {"n": (None, *NUMBERS), "m": (None, *NUMBERS), "w": (None, *WORDS)}
ITEMS = [dict(zip(DOMAIN, values, strict=True)) for values in itertools.product(*DOMAIN.values())]


def _lookups(name: str, values: tuple[Any, ...], more: tuple[str, ...] = ()) -> st.SearchStrategy[dict[str, Any]]:
    one = st.sampled_from(values)
    return st.one_of(
        one.map(lambda value: {name: value}),
        st.just({name: None}),
        st.booleans().map(lambda value: {f"{name}__isnull": value}),
        st.tuples(st.sampled_from(["lt", "lte", "gt", "gte", *more]), one).map(
            lambda each: {f"{name}__{each[0]}": each[1]}
        ),
        st.lists(one, max_size=3).map(lambda each: {f"{name}__in": each}),
        st.tuples(one, one).map(lambda each: {f"{name}__range": each}),
    )


def lookups(*more: str) -> st.SearchStrategy[Q]:
    each = st.one_of(_lookups("n", NUMBERS), _lookups("m", NUMBERS), _lookups("w", WORDS, more))
    return each.map(lambda given: Q(**given))


def conditions(*more: str) -> st.SearchStrategy[Q]:
    """more: look-ups on text that are asked for too."""
    return st.recursive(
        lookups(*more) | st.just(Q()),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda both: both[0] & both[1]),
            st.tuples(inner, inner).map(lambda both: both[0] | both[1]),
            st.lists(inner, max_size=3).map(lambda parts: Q(*parts)),
            st.lists(inner, max_size=3).map(lambda parts: Q(*parts, _connector="OR")),
            inner.map(lambda part: ~part),
        ),
        max_leaves=6,
    )
