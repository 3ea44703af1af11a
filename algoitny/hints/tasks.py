"""The task that asks for hints on a run and keeps them in its row."""

from typing import Any

from algoitny import store
from algoitny.background import task
from algoitny.hints import providers
from algoitny.history import access as history
from algoitny.history.records import Run
from algoitny.jobs.working import Unable, carry_out, storable
from algoitny.problems import access as problems
from algoitny.usage.limiting import given_back

# Of one run: each is at most 1,000 characters, and they share an item with its code and results.
MAX_HINTS = 20


@task()
def give_hints(*, task_id: str, serving: store.Store, run_id: int, count: int, user_id: int) -> None:
    """Result: {"history_id", "hints"}, the new ones; or {"error", "use_counted"}. user_id: whose use it is."""
    with store.serving(serving):
        told = (providers.HintsUnavailable,)
        carry_out(task_id, lambda: _give(run_id, count), told=told, also=given_back(user_id, task_id))


def _give(run_id: int, count: int) -> dict[str, Any]:
    run = history.run_by_id(run_id)
    if run is None:
        raise Unable("The run is not there any more.")
    given = [storable(hint) for hint in providers.current().hints(request_of(run, count))]
    if history.add_hints(run_id, given) is None:
        raise Unable("The run is not there any more.")
    return {"history_id": run_id, "hints": given}


def request_of(run: Run, count: int) -> providers.HintRequest:
    """The run with what its test cases hold now. Of a case that is gone, input and expected output are empty."""
    problem = problems.get_problem(run.platform, run.problem_number)
    cases = {case.id: case for case in problem.test_cases} if problem else {}
    results = []
    for result in run.test_results:
        case = cases.get(result["id"])
        texts = {"input": case.input if case else "", "expected": case.output if case else ""}
        results.append({**result, **texts})
    return providers.HintRequest(
        title=run.problem_title,
        constraints=problem.constraints if problem else "",
        language=run.language,
        code=run.code,
        test_results=results,
        count=count,
    )
