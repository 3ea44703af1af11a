"""The first page: it shows what is where, asks DynamoDB nothing, and is whole without a report."""

import json
from pathlib import Path

import pytest

from algoitny.landing import last_report

REPORT = {
    "ok": True,
    "endpoint": "DynamoDB endpoint: dynoxide 1.2.1 at http://127.0.0.1:1, data in somewhere",
    "compared": {"problems": 2, "tried problems": 7},
    "patterns": [
        {
            "name": "7 a user's history, newest first",
            "requests": 17,
            "read_units": 1283.5,
            "write_units": 0,
            "ms": {"sql": 1.25, "dynamodb": 4.0},
            "ok": True,
            "equal": True,
            "scanned": False,
        }
    ],
    "differences": [],
}


@pytest.fixture
def page(client, settings, tmp_path, make_problem):
    settings.ALGOITNY_REPORT = str(tmp_path / "folder" / "report.json")
    make_problem()
    make_problem()
    return lambda: client.get("/")


def test_without_a_report_it_says_how_to_make_one(page):
    answer = page()
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "manage.py demo" in text
    assert "<td>Problems</td>" in text


def test_with_a_report_it_shows_what_was_compared(page, assert_requests):
    last_report.keep(REPORT)
    with assert_requests(0):
        text = page().content.decode()
    assert "Nothing is different" in text
    assert "dynoxide 1.2.1" in text
    assert "somewhere" not in text
    assert "7 a user&#x27;s history" in text
    assert "1,283.5" in text
    assert 'aria-label="problems: 100 percent"' in text
    assert "7 tried problems" in text


def test_differences_are_shown_and_escaped(page):
    last_report.keep({**REPORT, "ok": False, "differences": ["<script>x</script>"]})
    text = page().content.decode()
    assert "The stores differ" in text
    assert "<script>" not in text


@pytest.mark.parametrize("damaged", ["", "{", "[]", json.dumps({"ok": True})])
def test_a_damaged_or_older_report_is_none(page, settings, damaged):
    last_report.keep(REPORT)
    Path(settings.ALGOITNY_REPORT).write_text(damaged)
    assert last_report.read() is None
    assert page().status_code == 200


def test_only_reading_is_allowed_and_nothing_comes_from_elsewhere(page, client):
    last_report.keep(REPORT)
    assert client.post("/").status_code == 405
    text = page().content.decode()
    assert "http://" not in text
    assert "https://" not in text
    assert "<script" not in text
