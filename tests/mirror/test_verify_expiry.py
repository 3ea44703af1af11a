"""Rows whose key is of several columns and whose items expire: backfilled and verified like any other."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections, models
from django.test.utils import isolate_apps

from dynamo_models import Attr, Entity, Expires, Int, Key, Table, Text, transport
from dynamo_models.mirror import backfill, registration, verify
from dynamo_models.mirror.verify import settle
from dynamo_models.models import Mismatch
from dynamo_models.testing import isolated_tables
from tests.mirror.runs import runs  # noqa: F401 - a fixture

NOW = datetime.now(UTC)


@pytest.fixture
def lines(runs, make_tables, monkeypatch):  # noqa: F811
    """(alias, model, mirror) of a table with a composite primary key, and an entity that expires."""
    using = runs
    monkeypatch.setattr(settle, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(settle, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(registration._registry, "mirrors", {})
    with isolated_tables(), isolate_apps("tests.mirror.shop"):
        table = Table("Lines", ttl="ExpiresAt")

        class LineItem(Entity, table=table):
            order: Attr[str] = Text()
            number: Attr[int] = Int()
            expires_at: Attr[datetime] = Expires()

            class Keys:
                primary = Key("ORDER#{order}", "LINE#{number:03d}")

        @registration.dual_write(LineItem, exclude=["pk"])
        class Line(models.Model):
            pk = models.CompositePrimaryKey("order", "number")
            order = models.CharField(max_length=20)
            number = models.IntegerField()
            expires_at = models.DateTimeField()

            class Meta:
                app_label = "shop"

        make_tables(table)
        with connections[using].schema_editor() as editor:
            editor.create_model(Line)
        try:
            yield using, Line, registration.mirror_of("shop.line"), table
        finally:
            with connections[using].schema_editor() as editor:
                editor.delete_model(Line)


def fill(using, mirror, **options):
    return backfill.carry_out(mirror, backfill.start(mirror, using), using, backfill.Options(**options))


def found(using, mirror):
    run = verify.verify([mirror], using).run
    rows = Mismatch.objects.using(using).filter(run=run)
    return sorted((each.kind, each.row_key) for each in rows)


def test_a_key_of_several_columns_is_walked_in_order_and_resumed(lines):
    using, model, mirror, table = lines
    later = NOW + timedelta(days=1)
    model.objects.using(using).bulk_create(
        model(order=order, number=number, expires_at=later) for order in ("a", "b", "c:1") for number in range(5)
    )
    turns = iter([False, False, True])
    run = backfill.carry_out(
        mirror,
        backfill.start(mirror, using),
        using,
        backfill.Options(batch=2, workers=1),
        stopped=lambda: next(turns, True),
    )
    if run.status == "paused":
        run = backfill.carry_out(mirror, backfill.resume(mirror, using), using, backfill.Options(batch=2))
    assert run.status == "completed"
    client = transport.client(table.name)
    assert client.scan(TableName=table.endpoint_name)["Count"] == 15
    assert found(using, mirror) == []
    client.delete_item(TableName=table.endpoint_name, Key={"PK": {"S": "ORDER#a"}, "SK": {"S": "LINE#003"}})
    assert found(using, mirror) == [("missing", "1:a1:3")]
    assert verify.verify([mirror], using, verify.Options(keys=("1:a1:3",))).kinds == {"missing": 1}


def test_what_has_expired_may_be_there_or_not(lines):
    using, model, mirror, table = lines
    for number, days in enumerate((1, -1, -2)):
        model.objects.using(using).create(order="a", number=number, expires_at=NOW + timedelta(days=days))
    fill(using, mirror)
    client = transport.client(table.name)

    def key(number):
        return {"PK": {"S": "ORDER#a"}, "SK": {"S": f"LINE#{number:03d}"}}

    assert found(using, mirror) == []  # all are there still
    client.delete_item(TableName=table.endpoint_name, Key=key(1))  # as DynamoDB does in its own time
    model.objects.using(using).filter(number=2).delete()  # and a row that is gone before its expired item
    assert found(using, mirror) == []
    client.delete_item(TableName=table.endpoint_name, Key=key(0))
    assert found(using, mirror) == [("missing", "1:a1:0")]
