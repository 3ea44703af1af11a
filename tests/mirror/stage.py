"""The shop on a database and an endpoint of its own, for a program that is run outside pytest."""

import os
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch


@contextmanager
def staged(alias, engine="dynoxide"):
    """An empty shop in the test database of an alias beside an empty table, for the block; only a relay mirrors.

    Exits with code 2 where there is no such database on this machine.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.conf import settings

    django.setup()
    if alias not in settings.DATABASES:
        sys.stderr.write(f"There is no {alias} on this machine.\n")
        sys.exit(2)
    from django.core.management import call_command
    from django.db import connections
    from django.test.utils import override_settings

    from dynamo_models import embedded
    from dynamo_models.mirror import registration
    from dynamo_models.testing import fresh_tables
    from tests.mirror.shop.items import shop

    connection = connections[alias]
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = (
        str(Path(tempfile.gettempdir()) / f"stage-{os.getpid()}.sqlite3")
        if connection.vendor == "sqlite"
        else f"stage_{os.getpid()}"
    )
    with ExitStack() as stack:
        name = connection.creation._create_test_db(verbosity=0, autoclobber=True)
        connection.close()
        connection.settings_dict["NAME"] = name
        stack.callback(connection.creation.destroy_test_db, before, verbosity=0)
        for app in ("dynamo_models", "shop"):
            call_command("migrate", app, database=alias, verbosity=0)
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(embedded.serve_throwaway(engine, directory)).url
        dynamo = {**settings.DYNAMO_MODELS, "ENDPOINT": url, "MIRROR": {"AFTER_COMMIT": False}}
        stack.enter_context(override_settings(DYNAMO_MODELS=dynamo))
        stack.enter_context(fresh_tables([shop]))
        # This database has the shop and no other application: neither are others' models mirrored.
        known = registration._registry.mirrors
        alone = {label: each for label, each in known.items() if label.startswith("shop.")}
        stack.enter_context(patch.object(registration._registry, "mirrors", alone))
        yield alias
