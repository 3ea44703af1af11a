"""The runner that asks a Judge0 server, which keeps programs in a sandbox of its own.

Its API is documented in docs/api of the repository judge0/judge0. The server is not told what output is expected: the
answers are compared here, as the subprocess runner's are. Memory and the size of files are what the server's own
configuration says, as it refuses a submission that asks for more than its maximum.
"""

import time
from collections.abc import Sequence

from algoitny.execution.runners import judging, limits, wrapping
from algoitny.execution.runners.answers import Answer
from algoitny.execution.runners.contract import (
    MAX_SCRIPT_OUTPUT,
    Case,
    CaseResult,
    Execution,
    Program,
    RunnerUnavailable,
    RunResult,
)
from algoitny.execution.runners.http import Service, ServiceError
from algoitny.execution.runners.judge0_wire import BATCH, FIELDS, language_ids, read_submission, submission
from algoitny.execution.runners.languages import choose, choose_for

_LONGEST_POLL = 2.0  # seconds


class Judge0Runner:
    """Every method first asks the server which languages it has, and raises RunnerUnavailable where it cannot be.

    `url` is the server's, `token` goes into X-Auth-Token where it is not empty. `tries` and `pause_seconds` are those
    of each request (see Service); `poll_seconds` is the pause before results are asked for, growing to two seconds.
    """

    name = "judge0"

    def __init__(
        self,
        url: str,
        token: str = "",
        run_limits: limits.Limits | None = None,
        *,
        tries: int = 4,
        pause_seconds: float = 0.5,
        poll_seconds: float = 0.2,
    ) -> None:
        self._service = Service(
            name="The Judge0 server",
            url=url,
            headers={"X-Auth-Token": token} if token else {},
            tries=tries,
            pause_seconds=pause_seconds,
        )
        self._limits = run_limits or limits.configured()
        self._poll_seconds = poll_seconds

    def languages(self) -> frozenset[str]:
        return frozenset(self._language_ids())

    def run(self, program: Program, cases: Sequence[Case]) -> RunResult:
        ids = self._language_ids()
        language = choose_for(program, ids)
        answers = self._program_answers(ids[language], program, [case.input for case in cases])
        results = tuple(
            judging.judge(program.metadata, case, answer) for case, answer in zip(cases, answers, strict=True)
        )
        return RunResult(results, language, self.name)

    def outputs(self, program: Program, inputs: Sequence[str]) -> list[CaseResult]:
        ids = self._language_ids()
        answers = self._program_answers(ids[choose_for(program, ids)], program, inputs)
        return [judging.unjudged(program.metadata, index, answer) for index, answer in enumerate(answers)]

    def execute(self, code: str, language: str, stdin: str = "") -> Execution:
        ids = self._language_ids()
        answer = self._answers(ids[choose(language, ids)], code, [stdin])[0]
        if len(answer.text) > MAX_SCRIPT_OUTPUT:
            error = f"It printed more than {MAX_SCRIPT_OUTPUT} characters."
            return Execution(answer.text[:MAX_SCRIPT_OUTPUT], error, answer.seconds)
        return Execution(answer.text, answer.error, answer.seconds)

    def _language_ids(self) -> dict[str, int]:
        return language_ids(self._request("GET", "/languages"))

    def _program_answers(self, language_id: int, program: Program, inputs: Sequence[str]) -> list[Answer]:
        if not program.metadata.get("entry_point"):
            return self._answers(language_id, program.code, inputs)
        return [wrapping.unwrapped(one) for one in self._answers(language_id, wrapping.wrapped(program), inputs)]

    def _answers(self, language_id: int, code: str, inputs: Sequence[str]) -> list[Answer]:
        deadline = time.monotonic() + self._limits.run_seconds
        tokens: list[str] = []
        for start in range(0, len(inputs), BATCH):
            batch = [submission(language_id, code, one, self._limits) for one in inputs[start : start + BATCH]]
            tokens += self._submit(batch)
        answers = self._await(tokens, deadline)
        if tokens and not answers:  # not one program: it is the server that does not get on
            raise RunnerUnavailable(
                f"The Judge0 server finished none of {len(tokens)} submissions in {self._limits.run_seconds:g} s."
            )
        late = Answer(status="timeout", error=f"Not finished in the run's {self._limits.run_seconds:g} s.")
        return [answers.get(token, late) for token in tokens]

    def _submit(self, batch: list[dict[str, object]]) -> list[str]:
        made = self._request(
            "POST", "/submissions/batch", params={"base64_encoded": "true"}, json={"submissions": batch}
        )
        if not isinstance(made, list) or len(made) != len(batch):
            raise RunnerUnavailable("The Judge0 server did not answer each submission of a batch.")
        for one in made:
            if not isinstance(one, dict) or not isinstance(one.get("token"), str):
                raise RunnerUnavailable(f"The Judge0 server refused a submission: {str(one)[:300]}")
        return [one["token"] for one in made]

    def _await(self, tokens: list[str], deadline: float) -> dict[str, Answer]:
        """What is finished by the deadline, asked for with growing pauses."""
        answers: dict[str, Answer] = {}
        pending, pause = tokens, self._poll_seconds
        while pending and (remaining := deadline - time.monotonic()) > 0:
            time.sleep(min(pause, remaining))
            pause = min(pause * 1.5, _LONGEST_POLL)
            for start in range(0, len(pending), BATCH):
                answers |= self._ask(pending[start : start + BATCH])
            pending = [token for token in pending if token not in answers]
        return answers

    def _ask(self, tokens: list[str]) -> dict[str, Answer]:
        params = {"tokens": ",".join(tokens), "base64_encoded": "true", "fields": FIELDS}
        said = self._request("GET", "/submissions/batch", params=params)
        submissions = said.get("submissions") if isinstance(said, dict) else None
        if not isinstance(submissions, list) or len(submissions) != len(tokens):
            raise RunnerUnavailable("The Judge0 server did not answer for each submission asked for.")
        read = {token: read_submission(one) for token, one in zip(tokens, submissions, strict=True)}
        return {token: answer for token, answer in read.items() if answer is not None}

    def _request(self, method: str, path: str, **options: object) -> object:
        try:
            return self._service.request(method, path, **options)
        except ServiceError as error:
            raise RunnerUnavailable(str(error)) from error
