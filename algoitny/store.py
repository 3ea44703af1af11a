"""Which store serves the application, SQL or DynamoDB: as settings say, or as a block says for its own time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import Any, Literal

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Store = Literal["sql", "dynamodb"]
STORES: tuple[Store, ...] = ("sql", "dynamodb")

_chosen: ContextVar[Store | None] = ContextVar("algoitny_store", default=None)


def current() -> Store:
    """The store that serves now. ImproperlyConfigured where settings name another."""
    chosen = _chosen.get() or settings.ALGOITNY_STORE
    if chosen not in STORES:
        raise ImproperlyConfigured(f"ALGOITNY_STORE is {chosen!r}; it takes {' or '.join(STORES)}.")
    return chosen


@contextmanager
def serving(store: Store) -> Iterator[None]:
    """Let this store serve what the block asks and writes."""
    token = _chosen.set(store)
    try:
        yield
    finally:
        _chosen.reset(token)


class Either:
    """Two modules that answer the same questions: an attribute of it is that of the store that serves now."""

    def __init__(self, *, sql: ModuleType, dynamodb: ModuleType) -> None:
        self._modules = {"sql": sql, "dynamodb": dynamodb}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._modules[current()], name)
