"""Cutover: reads move to DynamoDB stage by stage, past guards, with a way back at once.

``stages`` what there is · ``state`` where a group is · ``guards``, ``moves``, ``controls`` how it gets elsewhere ·
``watch`` how it comes down by itself · ``serving`` which store answers a read · ``shadow`` what the other one says ·
``status`` all that an operator looks at.
"""

from __future__ import annotations

from dynamo_models.cutover.router import Router
from dynamo_models.cutover.subjects import subject

__all__ = ["Router", "ready", "subject"]


def ready() -> None:
    """Register the checks, and listen to migrations; the app's ready() does this, before the mirror's."""
    from django.core.checks import register  # noqa: PLC0415 - models are there once the app is ready
    from django.db.models.signals import post_migrate  # noqa: PLC0415

    from dynamo_models.cutover import watch  # noqa: PLC0415
    from dynamo_models.cutover.checks import TAG, check_cutover  # noqa: PLC0415

    register(check_cutover, TAG)
    post_migrate.connect(watch.before_triggers_return, dispatch_uid="dynamo_models.cutover.before_triggers_return")
