"""A function run in a process of its own, on the database and the endpoint of the caller."""

import importlib
import json
import os
import subprocess
import sys

_SCRIPT = "from tests.faults.child import run; run()"


def spawn(using, target, *arguments, **environment):
    """Start ``module:function`` with the alias and the arguments; the process."""
    from django.conf import settings
    from django.db import connections

    dynamo = {**settings.DYNAMO_MODELS, "EMBEDDED": {}}
    said = json.dumps([str(connections[using].settings_dict["NAME"]), using, dynamo, target, arguments], default=str)
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, said],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run():
    name, using, dynamo, target, arguments = json.loads(sys.argv[1])
    from django.conf import settings

    settings.DATABASES[using]["NAME"] = name
    settings.DYNAMO_MODELS = dynamo
    import django

    django.setup()
    module, _, function = target.partition(":")
    getattr(importlib.import_module(module), function)(using, *arguments)
