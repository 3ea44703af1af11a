"""Who gets what is decided by a hash: in proportion to the weights, and the same everywhere."""

import os
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algoitny.experiments import weights
from algoitny.experiments.errors import VariationsRefusedError

USERS = 100_000


def variations(*shares):
    return [{"id": str(n), "name": f"v{n}", "weight": weight} for n, weight in enumerate(shares)]


@pytest.mark.parametrize("shares", [(1, 1), (50, 30, 0, 20)])
def test_shares_are_within_a_percent_of_the_weights_over_100_000_users(shares):
    of = variations(*shares)
    found = Counter(weights.choose(f"user-{n}", "exp456", of)["id"] for n in range(USERS))
    for each in of:
        assert abs(found[each["id"]] / USERS - each["weight"] / sum(shares)) < 0.01


def test_two_experiments_decide_apart():
    of = variations(1, 1)
    same = sum(
        weights.choose(f"user-{n}", "one", of) == weights.choose(f"user-{n}", "other", of) for n in range(10_000)
    )
    assert abs(same / 10_000 - 0.5) < 0.02


def test_what_is_decided_is_always_the_same():
    of = variations(50, 30, 20)
    assert [weights.choose(f"user{n}", "exp456", of)["id"] for n in range(12)] == list("202100110100")
    assert weights.point("exp456", "user123") == 17739113503783425750


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_another_process_decides_the_same(seed):
    code = "from algoitny.experiments import weights; print([weights.share('e', f'u{n}', of=100) for n in range(50)])"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == str([weights.share("e", f"u{n}", of=100) for n in range(50)])


@given(st.text(), st.text(), st.lists(st.integers(0, weights.MAX_WEIGHT), min_size=1, max_size=20))
def test_whoever_is_asked_for_gets_a_variation_with_a_weight(user, experiment, shares):
    of = variations(*shares)
    if not any(shares):
        with pytest.raises(VariationsRefusedError):
            weights.check(of)
        return
    weights.check(of)
    chosen = weights.choose(user, experiment, of)
    assert chosen["weight"] > 0
    assert chosen == weights.choose(user, experiment, of)


@given(st.text(), st.text(), st.text(), st.text())
def test_users_and_experiments_are_never_mistaken_for_others(a, b, c, d):
    assert (weights.point(a, b) == weights.point(c, d)) == ((a, b) == (c, d))


@given(st.text(max_size=5), st.lists(st.integers(1, 100), min_size=2, max_size=6), st.integers(2, 50))
def test_only_the_proportions_of_weights_count(user, shares, times):
    one = weights.choose(user, "e", variations(*shares))["id"]
    assert one == weights.choose(user, "e", variations(*(share * times for share in shares)))["id"]


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ([], "There are 0 variations"),
        (variations(*[1] * 21), "There are 21 variations"),
        (variations(0, 0), "All weights are 0"),
        (variations(-1, 1), "it takes a whole number from 0"),
        (variations(True, 1), "it takes a whole number from 0"),
        (variations(0.5, 1), "it takes a whole number from 0"),
        ([*variations(1), *variations(1)], "Two variations have the name 'v0'"),
    ],
)
def test_variations_that_nobody_could_be_assigned_to_are_refused(given_, said):
    with pytest.raises(VariationsRefusedError, match=said):
        weights.check(given_)
