"""Whose reads go to which store: by a hash of the subject, the same in every process and on every day.

A subject is who asks, usually a user. Where nobody is known the partition that is asked stands for one, and where that
is not known either, the model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Asked = Callable[[], str | None]

_current: ContextVar[Asked | None] = ContextVar("dynamo_models_subject", default=None)

_BUCKETS = 10_000


@contextmanager
def subject(name: str | None) -> Iterator[None]:
    """The block reads for this subject: ``with subject(str(user.pk)): ...``"""
    with asked_for(lambda: name):
        yield


@contextmanager
def asked_for(find: Asked) -> Iterator[None]:
    """The block reads for whom ``find`` gives, which is asked when it matters and may itself read."""
    token = _current.set(find)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> str | None:
    """The subject; None where nobody is known."""
    find = _current.get()
    if find is None:
        return None
    token = _current.set(None)  # what it reads to find out is nobody's
    try:
        return find()
    finally:
        _current.reset(token)


def within(share: int, group: str, *, who: str | None, partition: str | None, label: str) -> bool:
    """Whether a read belongs to a share, in per cent. Who belongs to one belongs to every larger one."""
    if who is not None:
        text = f"subject:{who}"
    else:
        text = f"partition:{partition}" if partition is not None else f"model:{label}"
    return bucket(group, text) < share * _BUCKETS // 100


def bucket(group: str, text: str) -> int:
    """A number from 0 to 9999, by SHA-256. Each group has an order of its own: not always the same people go first."""
    digest = hashlib.sha256(f"{group}\0{text}".encode()).digest()
    return int.from_bytes(digest[:8]) % _BUCKETS
