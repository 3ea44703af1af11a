"""The switch: authority of a group moves from SQL to DynamoDB, or back, and nothing acknowledged is lost.

``steps`` what is done, in which order and why · ``journal`` how far it has come, so that a crash resumes or aborts ·
``gate`` by which SQL refuses writers · ``returning`` what is written to DynamoDB comes back to SQL, by its streams ·
``run`` carries it out · ``final`` ends the way back · ``archive`` what is left of the SQL side.
"""

from __future__ import annotations


def ready() -> None:
    """Add the switch's guards to those of the stages, and keep gates closed over migrations; the app's ready() does."""
    from django.db.models.signals import post_migrate  # noqa: PLC0415 - models are there once the app is ready

    from dynamo_models.cutover import status  # noqa: PLC0415
    from dynamo_models.mirror import direction  # noqa: PLC0415
    from dynamo_models.switch import gate, guards, shown  # noqa: PLC0415
    from dynamo_models.switch.returning import Back  # noqa: PLC0415

    guards.add()
    direction.set_back(Back())
    status.also("switch", shown.switch)
    status.also("returning", shown.returning)
    post_migrate.connect(gate.close_again, dispatch_uid="dynamo_models.switch.close_again")
