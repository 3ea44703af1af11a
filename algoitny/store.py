"""Which store serves the application, SQL or DynamoDB: as settings say, or as a block says for its own time.

With "sql" the relational code serves, at every stage of the cutover: what it asks goes to DynamoDB by way of the
database alias as its group moves. With "dynamodb" the mapper's own code serves, and SQL has no part in it.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from types import ModuleType
from typing import Any, Literal

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from dynamo_models.backend.errors import NotServed
from dynamo_models.cutover.aliases import sql_alias
from dynamo_models.cutover.pause import outlast, own_writes, thawed
from dynamo_models.cutover.state import state_of
from dynamo_models.mirror.registration import mirrors

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


def authority(group: str) -> Store:
    """The store whose answer about a group of models is the truth."""
    return "dynamodb" if current() == "dynamodb" else state_of(group, sql_alias()).place.authority


def truth() -> Store:
    """The store that has to be there besides SQL: "dynamodb" where it has authority over any group, or serves."""
    return "dynamodb" if any(authority(mirror.group) == "dynamodb" for mirror in mirrors()) else "sql"


class Either:
    """Two modules that answer the same questions: an attribute of it is that of the store that serves now.

    beside: questions that the relational code cannot ask of the group's rows once DynamoDB has authority over them,
    because no key serves them or no transaction holds them. From then on they are asked of ``dynamodb``; so is one that
    was on its way as authority moved, and was refused for it. writing: what writes in the same way. It waits for the
    end of a switch's pause, and is told to come again (Frozen) if authority moves before it has written. tasks: what
    tasks write, which nobody sends again: where a pause refuses it, it is done anew behind that.
    """

    def __init__(
        self,
        *,
        sql: ModuleType,
        dynamodb: ModuleType,
        group: str,
        beside: Collection[str] = frozenset(),
        writing: Collection[str] = frozenset(),
        tasks: Collection[str] = frozenset(),
    ) -> None:
        self._modules = {"sql": sql, "dynamodb": dynamodb}
        self._group = group
        self._beside = frozenset(beside)
        self._writing = frozenset(writing)
        self._tasks = frozenset(tasks)

    def __getattr__(self, name: str) -> Any:
        if name in self._beside:
            return partial(self._ask, name)
        found = partial(self._write, name) if name in self._writing else getattr(self._modules[current()], name)
        return partial(self._outlast, found) if name in self._tasks and current() == "sql" else found

    def _outlast(self, write: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return outlast(self._group, sql_alias(), partial(write, *args, **kwargs))

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        chosen = authority(self._group)
        try:
            return getattr(self._modules[chosen], name)(*args, **kwargs)
        except NotServed:
            if (now := authority(self._group)) == chosen:
                raise
        return getattr(self._modules[now], name)(*args, **kwargs)

    def _write(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if current() == "dynamodb":
            return getattr(self._modules["dynamodb"], name)(*args, **kwargs)
        if thawed(self._group, sql_alias()).place.authority == "sql":
            try:
                return getattr(self._modules["sql"], name)(*args, **kwargs)
            except NotServed:
                if authority(self._group) == "sql":
                    raise
        with own_writes(self._group, sql_alias()):
            return getattr(self._modules["dynamodb"], name)(*args, **kwargs)
