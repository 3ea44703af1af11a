"""What is kept of a run fits its row, whatever the program printed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algoitny.execution.keeping import MAX_CODE_BYTES, MAX_ROW_BYTES, bounded


def result(number, status="failed", output="", error=""):
    return {"id": number, "status": status, "output": output, "error": error, "seconds": 0.123}


def size(results, code, metadata):
    return len(json.dumps(results)) + len(code.encode()) + len(json.dumps(metadata))


def test_what_fits_is_kept_as_it_is():
    results = [result(number, output="x" * 100) for number in range(90)]
    assert bounded(results, code="print()", summary={}) == (results, {})


@pytest.mark.parametrize("letter", ["x", "é", "語", "\U0001f600", '"', "\x01"])
def test_the_worst_that_a_runner_gives_is_cut_to_fit(letter):
    code = "x" * MAX_CODE_BYTES
    results = [result(number, output=letter * 2_000, error=letter * 2_000) for number in range(90)]
    kept, metadata = bounded(results, code=code, summary={"total": 90})
    assert size(kept, code, metadata) < MAX_ROW_BYTES
    assert [one["id"] for one in kept] == list(range(90))
    longest = metadata["cut_to_characters"]
    assert {one["output"] for one in kept} == {letter * longest}
    assert longest > 60


def test_results_that_passed_are_left_out_first_where_there_are_too_many():
    results = [result(number, "passed" if number % 2 else "failed") for number in range(4_000)]
    kept, metadata = bounded(results, code="x" * MAX_CODE_BYTES, summary={})
    assert [one["id"] for one in kept if one["status"] == "failed"] == list(range(0, 4_000, 2))[: len(kept)]
    assert [one["id"] for one in kept] == sorted(one["id"] for one in kept)
    assert metadata["results_left_out"] == 4_000 - len(kept) > 0
    assert MAX_ROW_BYTES * 0.9 < size(kept, "x" * MAX_CODE_BYTES, metadata) < MAX_ROW_BYTES


@given(
    lengths=st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 2_000)), max_size=200),
    letter=st.sampled_from("xé語😀"),
    code_bytes=st.integers(0, MAX_CODE_BYTES),
)
def test_it_always_fits_and_keeps_the_order(lengths, letter, code_bytes):
    results = [
        result(number, "passed" if number % 3 else "error", letter * output, letter * error)
        for number, (output, error) in enumerate(lengths)
    ]
    kept, metadata = bounded(results, code="x" * code_bytes, summary={"total": len(results)})
    assert size(kept, "x" * code_bytes, metadata) < MAX_ROW_BYTES
    assert [one["id"] for one in kept] == [one["id"] for one in results]
    assert all(full["output"].startswith(one["output"]) for full, one in zip(results, kept, strict=True))
