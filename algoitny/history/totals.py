"""The counters of a user's runs, kept up in the transaction that writes a run."""

from algoitny.history.items import LanguageTotals, PlatformTotals, TriedProblem, UserTotals
from algoitny.history.records import NewRun
from dynamo_models import Transaction


def count(tx: Transaction, run: NewRun, user_id: int) -> None:
    """Add the counting of a run to the transaction; two reads.

    The ranking is sorted by the number of runs, so that number has to be known and the write is held to it: the
    transaction is canceled where another run of the same user is counted between, and its caller tries again.
    """
    owner = str(user_id)
    passed, failed = int(run.passed), int(not run.passed)
    total = UserTotals.objects.filter(user_id=owner).consistent().first()
    tried = TriedProblem.objects.filter(user_id=owner, problem_row=run.problem_row).consistent().first()
    if total is None:
        tx.create(UserTotals(user_id=owner, user_number=user_id, runs=1, passed=passed, failed=failed, problems=1))
    else:
        tx.patch(
            total,
            UserTotals.passed.add(passed),
            UserTotals.failed.add(failed),
            UserTotals.problems.add(int(tried is None)),
            if_=UserTotals.runs == total.runs,
            runs=total.runs + 1,
        )
    if tried is None:
        tx.create(TriedProblem(user_id=owner, problem_row=run.problem_row, runs=1))
    else:
        tx.patch(tried, TriedProblem.runs.add(1))
    tx.upsert(
        PlatformTotals,
        PlatformTotals.runs.add(1),
        PlatformTotals.passed.add(passed),
        PlatformTotals.failed.add(failed),
        user_id=owner,
        platform=run.platform,
    )
    tx.upsert(
        LanguageTotals,
        LanguageTotals.runs.add(1),
        LanguageTotals.passed.add(passed),
        LanguageTotals.failed.add(failed),
        user_id=owner,
        language=run.language,
    )
