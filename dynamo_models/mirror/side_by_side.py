"""Requests that do not depend on one another, a few at once: a batch waits for the slowest, and not for their sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# More do not help: a process spends about as long on a request as it waits for it.
AT_ONCE = 4


def side_by_side(function: Callable[[T], R], tasks: Sequence[T]) -> list[R | Exception]:
    """What the function gives for each, in their order, or what it raises. It must not use a database connection.

    So few that they are worth no thread are carried out one after the other, in the thread that calls.
    """
    if len(tasks) < AT_ONCE:
        return [attempt(function, task) for task in tasks]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dynamo-mirror") as pool:
        # Each in a copy of the caller's context, by which requests are counted for who makes them.
        futures = [pool.submit(copy_context().run, attempt, function, task) for task in tasks]
        return [future.result() for future in futures]


def attempt(function: Callable[[T], R], task: T) -> R | Exception:
    """What the function gives, or what it raises."""
    try:
        return function(task)
    except Exception as error:  # noqa: BLE001 - the caller looks at each
        return error
