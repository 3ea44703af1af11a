"""The embedded runner: programs in subprocesses of this machine, within limits.

It is no sandbox against a hostile user. A program runs as the user of this process: it can read what that user can
read, reach the network, fill the disk file by file and signal the user's other processes. The limits, the empty
environment and the temporary folder keep a mistake from hurting, not an attack. So it is for development and for
programs that one trusts, and refuses with DEBUG off; a Judge0 server is for the others.
"""

from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from algoitny.execution.runners import judging, limits, wrapping
from algoitny.execution.runners.answers import Answer
from algoitny.execution.runners.contract import (
    MAX_SCRIPT_OUTPUT,
    Case,
    CaseResult,
    Execution,
    Program,
    RunResult,
)
from algoitny.execution.runners.languages import choose, choose_for
from algoitny.execution.runners.toolchains import toolchains
from algoitny.execution.runners.workshop import workshop


class SubprocessRunner:
    """Languages: Python always, JavaScript, C and C++ where their tools are on PATH.

    A process for each case, so that one case costs only itself. Raises ImproperlyConfigured when it is made while DEBUG
    is off and ALGOITNY_ALLOW_SUBPROCESS_RUNNER is not True.
    """

    name = "subprocess"

    def __init__(self, run_limits: limits.Limits | None = None) -> None:
        if not settings.DEBUG and getattr(settings, "ALGOITNY_ALLOW_SUBPROCESS_RUNNER", False) is not True:
            raise ImproperlyConfigured(
                "The subprocess runner is no sandbox and refuses to run with DEBUG off. Set ALGOITNY_RUNNER to "
                '"judge0", or ALGOITNY_ALLOW_SUBPROCESS_RUNNER to True where every user is trusted.'
            )
        self._limits = run_limits or limits.configured()
        self._toolchains = toolchains(self._limits.memory_bytes)

    def languages(self) -> frozenset[str]:
        return frozenset(self._toolchains)

    def run(self, program: Program, cases: Sequence[Case]) -> RunResult:
        language = choose_for(program, self._toolchains)
        answers = self._answers(language, program, [case.input for case in cases])
        results = tuple(
            judging.judge(program.metadata, case, answer) for case, answer in zip(cases, answers, strict=True)
        )
        return RunResult(results, language, self.name)

    def outputs(self, program: Program, inputs: Sequence[str]) -> list[CaseResult]:
        language = choose_for(program, self._toolchains)
        answers = self._answers(language, program, inputs)
        return [judging.unjudged(program.metadata, index, answer) for index, answer in enumerate(answers)]

    def execute(self, code: str, language: str, stdin: str = "") -> Execution:
        answer = self._with_workshop(choose(language, self._toolchains), code, [stdin])[0]
        return Execution(answer.text, answer.error, answer.seconds)

    def _answers(self, language: str, program: Program, inputs: Sequence[str]) -> list[Answer]:
        if not program.metadata.get("entry_point"):
            return self._with_workshop(language, program.code, inputs)
        return [wrapping.unwrapped(one) for one in self._with_workshop(language, wrapping.wrapped(program), inputs)]

    def _with_workshop(self, language: str, code: str, inputs: Sequence[str]) -> list[Answer]:
        if not inputs:
            return []
        # The bound is the widest of the three uses; what a case may hold is looked at when it is judged.
        with workshop(self._toolchains[language], code, self._limits, max_output=MAX_SCRIPT_OUTPUT) as shop:
            return [shop.answer(given) for given in inputs]
