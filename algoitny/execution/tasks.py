"""The task that runs somebody's code and keeps the result as a history row."""

from functools import partial
from typing import Any

from algoitny import store
from algoitny.background import task
from algoitny.execution import keeping, runners
from algoitny.history import access as history
from algoitny.history.records import NewRun
from algoitny.jobs.working import Unable, carry_out
from algoitny.problems import access as problems
from algoitny.usage.limiting import given_back

TOLD = (runners.RunnerUnavailable, runners.UnknownLanguage)


@task()
def run_code(
    *,
    task_id: str,
    serving: store.Store,
    user_id: int | None,
    user_identifier: str,
    platform: str,
    problem_id: str,
    language: str,
    code: str,
    is_code_public: bool,
) -> None:
    """Result: {"history_id", "summary"}, or {"error", "use_counted"}: what fails for a reason of ours is no use."""
    with store.serving(serving):
        run = partial(
            _run,
            platform,
            problem_id,
            user_id=user_id,
            user_identifier=user_identifier,
            language=language,
            code=code,
            is_code_public=is_code_public,
        )
        carry_out(task_id, run, told=TOLD, also=given_back(user_id, task_id))


def _run(platform: str, problem_id: str, **given: Any) -> dict[str, Any]:
    problem = problems.get_problem(platform, problem_id)
    if problem is None or not problem.test_cases:
        raise Unable("The problem is not there any more, or has lost its test cases.")
    cases = [runners.Case(case.id, case.input, case.output) for case in problem.test_cases]
    program = runners.Program(given["code"], given["language"], problem.metadata)
    result = runners.current().run(program, cases)
    summary = result.summary()
    test_results, metadata = keeping.bounded(result.as_json(), code=given["code"], summary=summary)
    run = history.create_run(
        NewRun(
            **given,
            problem_row=problem.id,
            platform=problem.platform,
            problem_number=problem.problem_id,
            problem_title=problem.title,
            result_summary=summary,
            passed_count=result.passed_count,
            failed_count=result.failed_count,
            total_count=result.total_count,
            test_results=test_results,
            metadata=metadata,
        )
    )
    return {"history_id": run.id, "summary": summary}
