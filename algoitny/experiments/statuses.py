"""The statuses of an experiment, and every step between them that there is.

- draft → active: it begins to assign. What its variations are is settled then.
- active → paused: nobody new is assigned; who has a variation keeps it.
- paused → active: it goes on. The one step back, since a pause that could not end would be a completion; the
  documents, which order the statuses and say no more, have none that leads to draft or out of completed.
- paused → completed: for good. An active experiment is paused first.
"""

from algoitny.experiments.errors import TransitionRefusedError

DRAFT, ACTIVE, PAUSED, COMPLETED = STATUSES = ("draft", "active", "paused", "completed")

STEPS: dict[str, tuple[str, ...]] = {
    DRAFT: (ACTIVE,),
    ACTIVE: (PAUSED,),
    PAUSED: (ACTIVE, COMPLETED),
    COMPLETED: (),
}

FLAG_STATUSES = ("active", "inactive")


def check_step(now: str, wanted: str) -> None:
    """TransitionRefusedError for a step that is not in STEPS."""
    if wanted not in STEPS[now]:
        ways = " or ".join(STEPS[now]) or "nothing any more"
        raise TransitionRefusedError(f"The experiment is {now}, and from there it becomes {ways}, not {wanted}.")
