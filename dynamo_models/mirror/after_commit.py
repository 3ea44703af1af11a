"""Mirrors what a process has just written as soon as it is committed, so that the mirror is seldom behind.

A hint and no more: it never fails the request that it comes after, and what it does not see or cannot do is the
relay's. It goes by the signal that save() sends, from the models that are mirrored alone: whoever listens to deletions
makes Django load each row before it deletes it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.models import Model
from django.db.models.signals import post_save

from dynamo_models import conf
from dynamo_models.mirror import relay
from dynamo_models.mirror.enqueue import text_of
from dynamo_models.mirror.registration import mirrors

# Rows of one transaction that are mirrored at once; more are left to the relay, as a request should not wait for them.
MOST = 20
# Seconds in which nothing is tried after something failed: where DynamoDB is away, no request waits for it.
PAUSE = 5.0

_state = {"paused_until": 0.0}


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What is called after the commit, once for each row; equal where it is the same row."""

    source: str
    row_key: str
    using: str

    def __call__(self) -> None:
        if time.monotonic() < _state["paused_until"]:
            return
        if relay.attempt(self.source, self.row_key, self.using).failed:
            _state["paused_until"] = time.monotonic() + PAUSE


def connect() -> None:
    """Listen to the saves of mirrored models, of their proxies and their children; the app's ready() does."""
    for model in apps.get_models():
        if any(issubclass(model, mirror.model) for mirror in mirrors()):
            post_save.connect(_written, sender=model, dispatch_uid=f"dynamo_models.after_commit.{model._meta.label}")


def _written(sender: type[Model], instance: Model, using: str, **_: Any) -> None:
    del sender  # the model, a proxy or a child of it
    if instance.pk is None or not conf.mirror_settings().after_commit:
        return
    for mirror in mirrors():
        if isinstance(instance, mirror.model):
            attempt = _Attempt(mirror.label, text_of(mirror, instance.pk, using), using)
            waiting = [entry[1] for entry in connections[using].run_on_commit if isinstance(entry[1], _Attempt)]
            if attempt not in waiting and len(waiting) < MOST:
                # robust: what goes wrong here is logged by Django, and is nobody's failure.
                transaction.on_commit(attempt, using=using, robust=True)
