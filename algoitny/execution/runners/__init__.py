"""Runs people's programs: one interface, a subprocess on this machine or a Judge0 server behind it.

`current()` is the runner by the settings ALGOITNY_RUNNER, ALGOITNY_ALLOW_SUBPROCESS_RUNNER, ALGOITNY_JUDGE0_URL,
ALGOITNY_JUDGE0_TOKEN and ALGOITNY_RUN_LIMITS.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from algoitny.execution.runners.contract import (
    MAX_OUTPUT,
    MAX_SCRIPT_OUTPUT,
    MAX_SHOWN,
    Case,
    CaseResult,
    Execution,
    Program,
    Runner,
    RunnerUnavailable,
    RunResult,
    UnknownLanguage,
)
from algoitny.execution.runners.judge0 import Judge0Runner
from algoitny.execution.runners.languages import canonical, choose_for
from algoitny.execution.runners.limits import Limits
from algoitny.execution.runners.subprocess_runner import SubprocessRunner

__all__ = [
    "MAX_OUTPUT",
    "MAX_SCRIPT_OUTPUT",
    "MAX_SHOWN",
    "Case",
    "CaseResult",
    "Execution",
    "Judge0Runner",
    "Limits",
    "Program",
    "RunResult",
    "Runner",
    "RunnerUnavailable",
    "SubprocessRunner",
    "UnknownLanguage",
    "canonical",
    "choose_for",
    "current",
]


def current() -> Runner:
    """The runner that ALGOITNY_RUNNER names, made anew. Raises ImproperlyConfigured where it cannot be had."""
    name = getattr(settings, "ALGOITNY_RUNNER", "subprocess")
    if name == "subprocess":
        return SubprocessRunner()
    if name == "judge0":
        url = getattr(settings, "ALGOITNY_JUDGE0_URL", "")
        if not url:
            raise ImproperlyConfigured('ALGOITNY_RUNNER is "judge0", so ALGOITNY_JUDGE0_URL has to be set.')
        return Judge0Runner(url, getattr(settings, "ALGOITNY_JUDGE0_TOKEN", ""))
    raise ImproperlyConfigured(f'ALGOITNY_RUNNER is {name!r}; it takes "subprocess" or "judge0".')
