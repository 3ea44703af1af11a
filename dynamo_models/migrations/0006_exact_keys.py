from typing import Any

from django.db import migrations, models

TABLES = ("dynamo_models_change", "dynamo_models_mirroredkey", "dynamo_models_failure")


def tell_keys_apart(_apps: Any, schema_editor: Any) -> None:
    """Of rows "a" and "A" both are, whatever the database's collation says: in MariaDB's usual one they are equal."""
    if schema_editor.connection.vendor != "mysql":
        return
    for table in TABLES:
        schema_editor.execute(
            f"ALTER TABLE {table} MODIFY row_key varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL"
        )


class Migration(migrations.Migration):
    dependencies = [
        ("dynamo_models", "0005_cutover"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="mirroredkey",
            index=models.Index(fields=["digest"], name="dynamo_key_by_digest"),
        ),
        migrations.RunPython(tell_keys_apart, migrations.RunPython.noop, atomic=False),
    ]
