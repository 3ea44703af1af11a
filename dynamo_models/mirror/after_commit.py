"""Mirrors what a process has just written as soon as it is committed, so that the mirror is seldom behind.

A hint and no more: it never fails the request that it comes after, and what it does not see or cannot do is the
relay's. It goes by the signal that save() sends, from the models that are mirrored alone: whoever listens to deletions
makes Django load each row before it deletes it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connections, transaction
from django.db.models import Model
from django.db.models.signals import post_save

from dynamo_models import conf
from dynamo_models.mirror import relay
from dynamo_models.mirror.capture.index import VENDORS
from dynamo_models.mirror.direction import back
from dynamo_models.mirror.enqueue import text_of
from dynamo_models.mirror.registration import mirrors

# Rows of one transaction that are mirrored at once; more are left to the relay, as a request should not wait for them.
MOST = 20
# Seconds in which nothing is tried after something failed: where DynamoDB is away, no request waits for it.
PAUSE = 5.0

_state = {"paused_until": 0.0}


@dataclass(eq=False, slots=True)
class _Attempt:
    """What is called after the commit, once for the rows of a transaction: by their mirrors, in the order of their
    first writes. Should a savepoint be rolled back, the log has nothing of its rows."""

    using: str
    rows: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, source: str, row_key: str) -> None:
        if sum(map(len, self.rows.values())) < MOST:
            self.rows.setdefault(source, {})[row_key] = None

    def __call__(self) -> None:
        for source, row_keys in self.rows.items():
            first, *others = row_keys
            # One alone tells whether DynamoDB is away; the others need not find out as well.
            for part in filter(None, ([first], others)):
                if time.monotonic() < _state["paused_until"]:
                    return
                if any(came.failed for came in relay.attempt_many(source, part, self.using).values()):
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
    if connections[using].vendor not in VENDORS:  # the alias of DynamoDB itself
        return
    for mirror in mirrors():
        # What comes back from DynamoDB is there already.
        if isinstance(instance, mirror.model) and not back().holds(mirror, using):
            waiting = [each[1] for each in connections[using].run_on_commit if isinstance(each[1], _Attempt)]
            attempt = waiting[0] if waiting else _Attempt(using)
            attempt.add(mirror.label, text_of(mirror, instance.pk, using))
            if not waiting:
                # robust: what goes wrong here is logged by Django, and is nobody's failure.
                transaction.on_commit(attempt, using=using, robust=True)
