"""The mirror: what is written to SQL reaches DynamoDB, whoever writes it and whatever fails."""

from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger(__name__)


def ready() -> None:
    """Attach the triggers to their models, for migrations to see, and listen; the app's ready() does this."""
    from django.core.checks import register  # noqa: PLC0415 - models are there once the app is ready
    from django.db.models.signals import post_migrate  # noqa: PLC0415

    from dynamo_models.mirror import after_commit  # noqa: PLC0415
    from dynamo_models.mirror.capture import plan  # noqa: PLC0415
    from dynamo_models.mirror.checks import TAG, check_mirrors  # noqa: PLC0415
    from dynamo_models.mirror.registration import mirrors  # noqa: PLC0415

    plan.attach(mirrors())
    register(check_mirrors, TAG)
    post_migrate.connect(_put_back, dispatch_uid="dynamo_models.mirror.put_back")
    after_commit.connect()
    if any(each.capture == "orm" for each in mirrors()):
        from dynamo_models.mirror.watch import connections  # noqa: PLC0415

        connections.install()


def _put_back(sender: Any, using: str, **_: Any) -> None:
    """Triggers that a migration has dropped on its way come back with it. Once for each migrate: for this app."""
    if sender.name != "dynamo_models":
        return
    from dynamo_models.mirror.capture import installed  # noqa: PLC0415

    for name in installed.put_back(using):
        logger.warning("Trigger %s was missing or altered, and is installed again.", name)
