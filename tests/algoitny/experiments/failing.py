"""A cache that can be made to fail, and keeps what it has."""

from typing import ClassVar

from django.core.cache.backends.locmem import LocMemCache


class BrokenError(Exception):
    """What the backend raises, which nobody else knows."""


class FailingCache(LocMemCache):
    """``fails`` names the operations that fail; each that was asked for is in ``asked``."""

    fails: ClassVar[set[str]] = set()
    asked: ClassVar[list[str]] = []

    def _ask(self, operation):
        self.asked.append(operation)
        if operation in self.fails:
            raise BrokenError(operation)

    def get(self, *args, **kwargs):
        self._ask("get")
        return super().get(*args, **kwargs)

    def get_many(self, *args, **kwargs):
        self._ask("get_many")
        return {key: value for key in args[0] if (value := super(FailingCache, self).get(key)) is not None}

    def set(self, *args, **kwargs):
        self._ask("set")
        return super().set(*args, **kwargs)

    def add(self, *args, **kwargs):
        self._ask("add")
        return super().add(*args, **kwargs)


ALL = {"get", "get_many", "set", "add"}
