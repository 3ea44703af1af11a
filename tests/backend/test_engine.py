"""A project with the alias works: check, migrate, flush, tests, and what Django asks of any database."""

import io

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.db import NotSupportedError, connections
from django.db.migrations.recorder import MigrationRecorder

from dynamo_models.testing import assert_requests
from tests.backend.library.items import library
from tests.backend.library.models import Author, Book

pytestmark = pytest.mark.django_db(databases=["default", "dynamodb"])


def test_checks_pass(alias):
    call_command("check", databases=["default", "dynamodb"], stderr=io.StringIO())


def test_migrate_has_nothing_to_do_once_sql_is_migrated(alias):
    out = io.StringIO()
    before = MigrationRecorder(connections["default"]).applied_migrations()
    call_command("migrate", database="dynamodb", stdout=out, verbosity=1)
    assert "No migrations to apply" in out.getvalue()
    assert MigrationRecorder(connections["default"]).applied_migrations() == before


def test_what_is_not_migrated_in_sql_is_never_recorded_here(alias):
    recorder = MigrationRecorder(connections["dynamodb"])
    with pytest.raises(NotSupportedError, match="--database=default"):
        recorder.record_applied("library", "0001_initial")
    with (
        pytest.raises(NotSupportedError, match="dynamo_tables apply"),
        connections["dynamodb"].schema_editor() as editor,
    ):
        editor.create_model(Author)


def test_flush_leaves_sql_as_it_is(alias):
    Author.objects.using("default").create(name="Han")
    call_command("flush", database="dynamodb", interactive=False, verbosity=0, inhibit_post_migrate=True)
    assert Author.objects.using("default").count() == 1


def test_a_test_database_of_it_is_sqls(alias):
    creation = connections["dynamodb"].creation
    creation.destroy_test_db(creation.create_test_db(verbosity=0), verbosity=0)
    assert creation.serialize_db_to_string() == "[]"


def test_a_shell_is_refused(alias):
    with pytest.raises(NotSupportedError, match="dbshell --database=default"):
        connections["dynamodb"].client.runshell([])


@pytest.mark.parametrize("named", ["dynamodb", "nowhere"])
def test_an_alias_that_has_no_rows_is_refused(alias, monkeypatch, named):
    monkeypatch.setitem(connections["dynamodb"].settings_dict, "SQL", named)
    with pytest.raises(ImproperlyConfigured, match="name another alias"):
        _ = connections["dynamodb"].sql


def test_a_form_finds_another_row_with_the_same_unique_value(alias, chosen, settings):
    settings.DATABASE_ROUTERS = ["tests.backend.conftest.Router"]
    chosen.authority = "dynamodb"
    author = Author.objects.using("dynamodb").create(id=1, name="Han")
    Book.objects.using("dynamodb").create(isbn="1", title="A", author=author)
    again = Book(isbn="1", title="B", author=author)
    with pytest.raises(ValidationError, match="already exists"):
        again.validate_unique()
    assert str(Book.objects.using("dynamodb").get(isbn="1").author) == str(author)


def test_a_group_that_nobody_has_moved_is_in_sql(mirrored, make_tables):
    """With the cutover's own choice, and its own state."""
    make_tables(library)
    author = Author.objects.using("dynamodb").create(name="Han")
    with assert_requests(0):
        assert Author.objects.using("dynamodb").get(pk=author.pk) == author
        author.delete(using="dynamodb")
    assert not Author.objects.using("default").exists()
