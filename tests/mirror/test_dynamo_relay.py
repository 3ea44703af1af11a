"""The relay as a command: it drains, it ends when told, it shows what is dead and lets a person decide."""

import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from dynamo_models.models import Change, Failure
from tests.mirror import equality
from tests.mirror.shop import items
from tests.mirror.shop.models import Product


def relay(*arguments, **options):
    out = StringIO()
    call_command("dynamo_relay", *arguments, stdout=out, **options)
    return out.getvalue()


def test_once_drains_and_ends(using):
    Product.objects.using(using).create(sku="a", name="A")
    assert json.loads(relay("status", database=using, format="json"))["waiting"] == 1
    answer = json.loads(relay(once=True, database=using, format="json"))
    assert answer == {"ok": True, "mirrored": 1, "failed": 0, "dead": 0, "waiting": 0}
    assert items.Product.objects.get(sku="a").name == "A"


def test_the_dead_are_shown_retried_and_dropped(using):
    bad = Product.objects.using(using).create(sku="a#b", name="A")
    worse = Product.objects.using(using).create(sku="c#d", name="A")
    relay(once=True, database=using)
    shown = json.loads(relay("dead", database=using, format="json"))
    assert [(row["source"], row["row_key"]) for row in shown["rows"]] == [
        ("shop.product", str(bad.pk)),
        ("shop.product", str(worse.pk)),
    ]
    assert f"shop.product:{bad.pk}" in relay("dead", database=using)
    assert relay("retry", database=using) == "2 rows put back into the log.\n"
    assert relay("dead", database=using) == "Nothing is dead.\n"
    relay(once=True, database=using)
    assert Failure.objects.using(using).filter(dead=True).count() == 2
    relay("drop", keys=f"shop.product:{bad.pk}", noinput=True, database=using)
    assert [row.row_key for row in Change.objects.using(using).all()] == [str(worse.pk)]
    with pytest.raises(CommandError, match="0 of 1"):
        relay("retry", keys="shop.product:0", database=using)
    with pytest.raises(CommandError, match="LABEL:KEY"):
        relay("retry", keys="nonsense", database=using)


def test_a_relay_that_is_told_to_end_finishes_and_one_that_is_killed_loses_nothing(using):
    name = connections[using].settings_dict["NAME"]
    table = items.shop.endpoint_name
    code = (
        "import django; django.setup()\n"
        "from django.db import connections\n"
        f"connections[{using!r}].settings_dict['NAME'] = {name!r}\n"
        "from django.core.management import call_command\n"
        f"call_command('dynamo_relay', database={using!r}, batch=5)\n"
    )
    made = [Product.objects.using(using).create(sku=str(n), name="x") for n in range(60)]

    def start():
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ALGOITNY_DYNAMODB_ENDPOINT": settings.DYNAMO_MODELS["ENDPOINT"],
            "ALGOITNY_TABLE_PREFIX": table.removesuffix("Shop"),
        }
        return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)

    process = start()
    deadline = time.monotonic() + 30
    while Change.objects.using(using).count() == len(made) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    Change.objects.using(using).update(claimed_until=None)
    process = start()
    while Change.objects.using(using).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert said.startswith("Mirrored")
    assert equality.differences(using) == []
