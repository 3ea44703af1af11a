"""What tests of runs have in common: a shop with rows, a mirror that is drained, and runs in another process."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from dynamo_models.mirror import relay
from dynamo_models.models import BackfillRange, BackfillRun, Change, Failure, Mismatch, VerifyRun
from tests.mirror.shop.models import Product

RUNS = (Mismatch, VerifyRun, BackfillRange, BackfillRun)


@pytest.fixture
def runs(using):
    """The alias of a database without runs."""
    for model in RUNS:
        model.objects.using(using).all().delete()
    yield using
    for model in RUNS:
        model.objects.using(using).all().delete()


def stock(using, count, start=0):
    """That many products, one in ten of them hidden by the default manager, that no log row tells of."""
    Product.objects.using(using).bulk_create(
        Product(sku=f"s{n:05}", name=f"Name {n}", stock=n, hidden=n % 10 == 0) for n in range(start, start + count)
    )
    Change.objects.using(using).all().delete()


def drain(using):
    Change.objects.using(using).update(claimed_until=None)
    Failure.objects.using(using).filter(dead=False).update(not_before=timezone.now())
    while relay.work(using).claimed:
        pass
    return Change.objects.using(using).count()


_SCRIPT = """
import json, sys
name, alias, dynamo, arguments = json.loads(sys.argv[1])
from django.conf import settings
settings.DATABASES[alias]["NAME"] = name
settings.DYNAMO_MODELS = dynamo
import django
django.setup()
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *arguments])
"""


def command(using, *arguments):
    """A management command in a process of its own, on the test's database and endpoint."""
    dynamo = {**settings.DYNAMO_MODELS, "EMBEDDED": {}}
    held = json.dumps([str(connections[using].settings_dict["NAME"]), using, dynamo, arguments], default=str)
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, held],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
