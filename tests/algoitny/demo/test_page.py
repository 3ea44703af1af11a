"""The page of a report: one file, which loads nothing, and tells what was found."""

import time

import pytest

from algoitny.demo import figures
from algoitny.demo.load.ledger import Sample
from algoitny.demo.management.commands.demo import wanted
from algoitny.demo.pace import FAST
from algoitny.demo.page import html
from algoitny.demo.plots import Line, Plot, nice

VERIFIED = {"compared": 10, "items": 20, "missing": 0, "extra": 0, "different": 0, "unjudged": 0}


def a_report(**values):
    samples = [
        Sample(float(at), "me", store, took / 1000, took / 1000)
        for at in range(1, 20)
        for store, took in (("sql", 4), ("dynamodb", 8 if at > 9 else 6), ("", 20))
        if store != "dynamodb" or at > 9
    ]
    moments = [
        {"at": each.at, "requests": each.requests, "share": each.share, "p50": each.p50, "p99": each.p99}
        for each in figures.moments(samples, 0.0)
    ]
    return {
        "ok": True,
        "rows": [{"name": "acknowledged and lost", "value": 0, "bar": 0, "ok": True}],
        "database": "sqlite",
        "endpoint": "DynamoDB endpoint: one of ours",
        "verify": VERIFIED,
        "verify_at": {"at rest": VERIFIED},
        "writes": {"runs": 3},
        "acknowledged": {"runs": 4},
        "lost": [],
        "requests": {"answered": len(samples), "told_to_come_again": 1, "errors": 0, "stale": 0},
        "served": {"accounts": {"served_sql": 10, "served_dynamodb": 20, "same": 5}},
        "latency": figures.latencies(samples),
        "switches": [{"group": "accounts", "to": "dynamodb", "pause_seconds": 0.7, "seconds": {}, "aborted": []}],
        "switches_skipped": "",
        "rollback_seconds": 0.4,
        "moments": moments,
        "lags": [{"at": 1.0, "lag": 0.5, "back": 0.0}, {"at": 2.0, "lag": 0.2, "back": 0.1}],
        "marks": [{"at": 1.5, "what": "backfill"}],
        "differences": [],
        **values,
    }


def test_the_page_is_one_file_with_three_plots():
    page = html(a_report())
    assert page.count("<svg") == 3
    assert not [each for each in ("<script", "src=", "<link", "url(", "@import", "http") if each in page]
    assert "Nothing is different, and nothing was lost." in page
    assert "prefers-color-scheme: dark" in page
    assert "0.70 s" in page


def test_what_is_wrong_is_told_and_escaped():
    page = html(a_report(ok=False, lost=["<b>"], differences=["lost: <b>"]))
    assert "Not all is as it should be." in page
    assert "lost: &lt;b&gt;" in page
    assert "<b>&lt;" not in page


def test_a_moment_has_the_share_and_the_latency_of_each_store():
    early, late = (each for each in a_report()["moments"] if each["at"] in {5.25, 15.75})
    assert (early["share"], early["p50"]) == (0.0, {"sql": 4.0})
    assert (late["share"], late["p50"]) == (50.0, {"sql": 4.0, "dynamodb": 8.0})


def test_many_samples_make_no_more_moments_than_asked_for():
    samples = [Sample(at / 10, "me", "sql", 0.001, 0.001) for at in range(10_000)]
    assert len(figures.moments(samples, 0.0, most=50)) in {50, 51}
    assert figures.moments([], time.monotonic()) == []


def test_a_line_is_broken_where_nothing_was_measured():
    line = Line(name="sql", style="sql", points=[(0, 1.0), (1, None), (2, 2.0)])
    plot = Plot(title="Latency", unit="ms", lines=[line], until=2)
    assert plot.svg().count("M") == 2
    assert "0 s\nsql: 1 ms" in plot.svg()


@pytest.mark.parametrize(("value", "scale"), [(0, 1), (0.3, 0.5), (1, 1), (11, 20), (0.07, 0.1), (500, 500)])
def test_a_scale_ends_at_a_round_number(value, scale):
    assert nice(value) == pytest.approx(scale)


def test_options_reach_the_settings_of_every_process(tmp_path):
    found = wanted(FAST, "postgres://postgres@localhost/a", "http://localhost:1", tmp_path / "report.json")
    assert found.pop("ALGOITNY_CUTOVER").startswith('{"COMPARED_READS": 20')
    assert found == {
        "ALGOITNY_DATABASE": "postgres://postgres@localhost/a",
        "ALGOITNY_DYNAMODB_ENDPOINT": "http://localhost:1",
        "ALGOITNY_REPORT": str(tmp_path / "report.json"),
    }
    assert set(wanted(FAST, None, None, None)) == {"ALGOITNY_CUTOVER"}
