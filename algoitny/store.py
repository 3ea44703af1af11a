"""Which store answers reads: SQL or DynamoDB, as settings say, or as a block says for its own time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Store = Literal["sql", "dynamodb"]
STORES: tuple[Store, ...] = ("sql", "dynamodb")

_chosen: ContextVar[Store | None] = ContextVar("algoitny_store", default=None)


def current() -> Store:
    """The store that answers now. ImproperlyConfigured where settings name another."""
    chosen = _chosen.get() or settings.ALGOITNY_STORE
    if chosen not in STORES:
        raise ImproperlyConfigured(f"ALGOITNY_STORE is {chosen!r}; it takes {' or '.join(STORES)}.")
    return chosen


@contextmanager
def reading_from(store: Store) -> Iterator[None]:
    """Let this store answer what the block asks."""
    token = _chosen.set(store)
    try:
        yield
    finally:
        _chosen.reset(token)
