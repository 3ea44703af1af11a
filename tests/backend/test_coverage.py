"""Queries that DynamoDB cannot serve are written down with file and line, at any stage."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from dynamo_models.backend import coverage
from tests.backend.library.models import Author, Book, Publisher

pytestmark = pytest.mark.django_db(databases=["default", "dynamodb"])


@pytest.fixture
def file(tmp_path, alias, chosen, monkeypatch):
    path = tmp_path / "coverage.jsonl"
    monkeypatch.setitem(connections["dynamodb"].settings_dict, "OPTIONS", {"coverage": str(path)})
    chosen.store = "sql"
    return path


def listed(file, **options):
    out = io.StringIO()
    with pytest.raises(CommandError, match="cannot serve") as ended:
        call_command("dynamo_coverage", file=file, stdout=out, **options)
    assert ended.value.returncode == 3
    return out.getvalue()


def test_what_no_key_serves_is_written_down_once_with_its_place(file, chosen):
    author = Author.objects.using("default").create(name="Han")
    for name in ("A", "B"):
        list(Book.objects.using("dynamodb").filter(title=name))
    list(Book.objects.using("dynamodb").filter(author=author).extra(where=["1 = 1"]))
    list(Book.objects.using("dynamodb").filter(author=author))
    list(author.books.using("dynamodb").filter(reviews__score=1))
    found = coverage.recorded(file)
    assert [each.query for each in found] == ["Book.filter(title=…)", "Book: Query", "Book: Query"]
    assert [each.reason.split(":")[0] for each in found[1:]] == [
        "its condition ExtraWhere (ExtraWhere) is not one that DynamoDB has",
        "it joins library_review, of which a row may have several",
    ]
    first = found[0]
    assert first.model == "library.book"
    assert first.place.startswith("tests/backend/test_coverage.py:")
    assert any("by_author (GSI1): its partition needs author_row" in each for each in first.candidates)
    assert "'A'" not in file.read_text()
    assert chosen.unserved == []  # SQL was to answer anyway
    text = listed(file)
    assert f"{first.place}\n  Book.filter(title=…)\n" in text
    assert json.loads(listed(file, format="json"))[0]["candidates"] == list(first.candidates)


def test_nothing_is_written_down_of_what_a_key_serves(file):
    author = Author.objects.using("default").create(name="Han")
    list(Book.objects.using("dynamodb").filter(author=author))
    list(author.books.using("dynamodb").all())
    out = io.StringIO()
    call_command("dynamo_coverage", file=file, stdout=out)
    assert out.getvalue() == "DynamoDB can serve every query that was seen.\n"


def test_the_router_lets_the_alias_see_queries_while_they_are_written_down(
    alias, chosen, settings, monkeypatch, tmp_path
):
    chosen.store, file = "sql", tmp_path / "coverage.jsonl"
    settings.DATABASE_ROUTERS = ["dynamo_models.backend.coverage.Router"]
    assert Book.objects.all().db == "default"
    monkeypatch.setenv("DYNAMO_COVERAGE", str(file))
    assert Book.objects.all().db == "dynamodb"
    assert Publisher.objects.all().db == "default"
    assert Book.objects.create(isbn="1", author=Author.objects.create(name="Han"))._state.db == "default"
    assert list(Book.objects.filter(title="A")) == []
    assert len(coverage.recorded(file)) == 1


def test_a_test_suite_is_run_for_it(tmp_path):
    line = json.dumps(
        {
            "place": "shop/views.py:7",
            "model": "shop.product",
            "query": "Product.filter()",
            "reason": "no key",
            "candidates": ["primary: …"],
        }
    )
    script = tmp_path / "suite.py"
    script.write_text(f"import os\nopen(os.environ['DYNAMO_COVERAGE'], 'a').write({line!r} + chr(10))\n")
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 queries"):
        call_command("dynamo_coverage", run=f"{sys.executable} {script}", stdout=out)
    assert "shop/views.py:7\n  Product.filter()\n  no key\n    primary: …" in out.getvalue()
    script.write_text("raise SystemExit(4)")
    with pytest.raises(CommandError, match="code 4"):
        call_command("dynamo_coverage", run=f"{sys.executable} {script}", stdout=out)
    with pytest.raises(CommandError, match="cannot be run"):
        call_command("dynamo_coverage", run="no-such-command", stdout=out)


def test_without_a_file_it_says_what_to_do():
    with pytest.raises(CommandError, match="OPTIONS"):
        call_command("dynamo_coverage")
