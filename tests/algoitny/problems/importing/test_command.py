"""The command's progress is for people at a terminal, and only for them."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from algoitny.problems.importing.report import ImportReport


class Terminal(StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("stream", "shown"), [(Terminal, True), (StringIO, False)])
def test_progress_is_shown_on_a_terminal_only(db, tmp_path, stream, shown):
    path = tmp_path / "one.jsonl"
    record = {"platform": "p", "problem_id": "1", "title": "t", "language": "c", "test_cases": []}
    path.write_text(json.dumps(record))
    out, err = StringIO(), stream()
    call_command("import_problems", str(path), stdout=out, stderr=err)
    assert ("importing [" in err.getvalue()) is shown
    assert out.getvalue().startswith("1 problem created; 0 test cases; ")


def test_the_report_says_what_was_left_out_and_where():
    report = ImportReport(
        source="x",
        created=2,
        unchanged=1,
        test_cases=5,
        confirmed=5,
        unconfirmed=1,
        over_bound=7,
        over_bound_in=["A/1"],
        too_large=2,
        unwritable=3,
    )
    assert list(report.lines()) == [
        "2 problems created, 1 problem unchanged; 5 test cases, 5 confirmed by the reference solution, 1 not; 0.0 s",
        "left out, over the bound of cases for one problem: 7 (A/1)",
        "left out, too large for one item: 2",
        "left out, with a value that has no exact text: 3",
        "left out, not confirmed: 1",
    ]
    assert next(ImportReport(source="x").lines()).startswith("no problem imported; 0 test cases")
