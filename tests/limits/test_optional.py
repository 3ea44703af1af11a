"""What limits can do without."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("missing", ["rest_framework", "limits"])
def test_limits_need_neither_rest_framework_nor_the_limiter_of_addresses(missing):
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from django.conf import settings; settings.configure()\n"
        "import dynamo_models.limits, dynamo_models.limits.views, dynamo_models.limits.fields\n"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
