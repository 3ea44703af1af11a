"""The counters of a user's runs and the ranking, kept up from the table's stream, whoever writes a run.

All of a user's runs are in one partition, so they come in order and one consumer at a time counts them.
"""

from collections import Counter

from algoitny.counting.tally import Tally, change, grow
from algoitny.history.items import (
    LanguageTotals,
    PlatformTotals,
    SearchHistory,
    TriedProblem,
    UserTotals,
    user_of,
)
from algoitny.history.records import has_passed
from algoitny.tables import main
from dynamo_models.streams import StreamBatch, on_changes


def add(tally: Tally, run: SearchHistory | None, sign: int) -> None:
    """What a run counts towards; one of nobody counts towards nothing."""
    if run is None or (number := user_of(run.user_id)) is None:
        return
    passed = int(has_passed(run.failed_count, run.total_count))
    counted = {"runs": 1, "passed": passed, "failed": 1 - passed}
    user = {"user_id": run.user_id}
    tally.add(UserTotals, {**user, "user_number": number}, sign, **counted)
    tally.add(PlatformTotals, {**user, "platform": run.platform}, sign, **counted)
    tally.add(LanguageTotals, {**user, "language": run.language}, sign, **counted)
    tally.add(TriedProblem, {**user, "problem_row": run.problem_row}, sign, runs=1)


@on_changes(SearchHistory, name="totals of runs")
def keep_up(batch: StreamBatch) -> None:
    """One transaction for up to 20 changes; a read for each user, and for each problem that they ran."""
    with batch.once(main) as (tx, changes):
        tally = Tally()
        for each in changes:
            add(tally, each.new, 1)
            add(tally, each.old, -1)
        problems: Counter[str] = Counter()
        for facets, numbers in tally.of(TriedProblem):
            held = TriedProblem.objects.filter(**facets).consistent().first()
            before = held.runs if held else 0
            problems[facets["user_id"]] += bool(before + numbers["runs"]) - bool(before)
            change(tx, TriedProblem, facets, numbers)
        # A run that goes on with another problem changes no number of runs, and yet the number of problems.
        for user_id, more in problems.items():
            tally.add(UserTotals, {"user_id": user_id, "user_number": int(user_id)}, 1, runs=0, problems=more)
        for facets, numbers in tally.of(UserTotals):
            user = {"user_id": facets["user_id"]}
            change(tx, UserTotals, user, numbers, user_number=facets["user_number"])
        for entity in (PlatformTotals, LanguageTotals):
            for facets, numbers in tally.of(entity):
                grow(tx, entity, facets, numbers)
