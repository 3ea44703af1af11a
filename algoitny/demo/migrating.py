"""Migrations in two steps: an application as it was, and then with the triggers of the mirror."""

import logging
from itertools import groupby

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

CAPTURE = "_capture"
"""How the names of the migrations end that install triggers."""


def migrate_without_triggers() -> bool:
    """Migrate all but triggers; whether it is so. Triggers that are installed already stay.

    The migrations that install them count as applied: `migrate`, by Django's command, puts back what is missing.
    """
    executor = MigrationExecutor(connection)
    applied = executor.loader.applied_migrations
    if any(node in applied for node in executor.loader.graph.nodes if node[1].endswith(CAPTURE)):
        migrate()
        return False
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    for captures, part in groupby(plan, key=lambda step: step[0].name.endswith(CAPTURE)):
        steps = list(part)
        targets = [(migration.app_label, migration.name) for migration, _ in steps]
        MigrationExecutor(connection).migrate(targets, plan=steps, fake=captures)
    return True


def migrate() -> None:
    """All that is left, and triggers."""
    logger = logging.getLogger("dynamo_models.mirror")
    level = logger.level
    logger.setLevel(logging.ERROR)  # that triggers are missing is no news here
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        logger.setLevel(level)
