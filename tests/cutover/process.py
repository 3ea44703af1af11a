"""Another process on the test's database and endpoint, that says a line for each thing it sees."""

import json
import os
import subprocess
import sys
import time

from django.conf import settings
from django.db import connections

_HEAD = """
import json, sys, time
alias, name, dynamo = json.loads(sys.argv[1])
from django.conf import settings
settings.DATABASES[alias]["NAME"] = name
settings.DYNAMO_MODELS = dynamo
import django
django.setup()
def say(what):
    print(what, flush=True)
from dynamo_models.cutover import background, controls, moves, serving, state, watch
from dynamo_models.cutover.stages import Stage
from dynamo_models.mirror.registration import mirror_of
product = mirror_of("shop.product")
def choice():
    return serving.choose(product, pks=None, partition=None, using=alias)
"""


def start(using, code):
    """Run code in a process of its own; it has ``say``, ``choice``, ``product`` and the modules of cutover."""
    dynamo = {**settings.DYNAMO_MODELS, "EMBEDDED": {}}
    held = json.dumps([using, str(connections[using].settings_dict["NAME"]), dynamo], default=str)
    return subprocess.Popen(
        [sys.executable, "-c", _HEAD + code, held],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def line(process):
    """What it says next."""
    said = process.stdout.readline().strip()
    assert said, process.stderr.read()
    return said


def until(check, seconds=20):
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "It did not come to that."
        time.sleep(0.02)
