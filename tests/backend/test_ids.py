"""Numbers of new rows come from where SQL's own would, on each database."""

from types import SimpleNamespace

import pytest
from django.db import connections, models

from dynamo_models.backend import ids
from tests.backend.library import items


class Numbered(models.Model):
    class Meta:
        app_label = "library"
        db_table = "backend_numbered"
        managed = False


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def using(request, settings, django_test_environment, django_db_blocker, make_tables):
    """A database of that kind with the table, empty."""
    alias = request.param
    if alias not in settings.DATABASES:
        pytest.skip(f"There is no {alias} on this machine.")
    make_tables(items.library)
    connection = connections[alias]
    name = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        test_name = connection.creation._create_test_db(verbosity=0, autoclobber=True)
        connection.close()
        connection.settings_dict["NAME"] = test_name
        try:
            with connection.schema_editor(atomic=False) as editor:
                editor.create_model(Numbered)
            yield alias
        finally:
            connection.close()
            connection.creation.destroy_test_db(name, verbosity=0)


def test_numbers_go_on_where_sqls_do(using):
    rows = Numbered.objects.using(using)
    mirror = SimpleNamespace(model=Numbered, label="library.numbered", group="numbered", entity=items.Author)

    def draw(count):
        return [ids.next_id(mirror, connections[using]) for _ in range(count)]

    drawn = draw(2)
    assert drawn == [1, 2]
    rows.bulk_create([Numbered(id=each) for each in drawn])  # as they come back to SQL
    assert draw(1) == [3]
    rows.create(id=3)
    assert rows.create().pk == 4
    assert draw(2) == [5, 6]
