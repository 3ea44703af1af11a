import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dynamo_models", "0003_stream_position"),
    ]

    operations = [
        migrations.AddField(
            model_name="verifyrun",
            name="holder",
            field=models.CharField(
                default="", help_text="host:pid:token of the process that works on it.", max_length=255
            ),
        ),
        migrations.AddField(
            model_name="verifyrun",
            name="state",
            field=models.TextField(default="", help_text="JSON: how far a full one is, for one that goes on with it."),
        ),
        migrations.AddField(
            model_name="verifyrun",
            name="ticked_at",
            field=models.DateTimeField(help_text="When how far it is was last saved.", null=True),
        ),
        migrations.AlterField(
            model_name="verifyrun",
            name="scope",
            field=models.CharField(help_text="full, sample, keys, since or continuous.", max_length=12),
        ),
        migrations.CreateModel(
            name="Unseen",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "source",
                    models.CharField(
                        help_text="The mirror whose items are made of the table; each has a row of its own.",
                        max_length=150,
                    ),
                ),
                ("table", models.CharField(max_length=255)),
                ("verb", models.CharField(help_text="INSERT, UPDATE, ...", max_length=12)),
                (
                    "place",
                    models.CharField(
                        help_text="file:line of the project's code; the statement's text is not kept.", max_length=255
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "settled_at",
                    models.DateTimeField(help_text="When that verification had found no difference.", null=True),
                ),
                (
                    "run",
                    models.ForeignKey(
                        help_text="The full verification that began after it.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="dynamo_models.verifyrun",
                    ),
                ),
            ],
            options={
                "db_table": "dynamo_models_unseen",
                "indexes": [models.Index(fields=["settled_at", "source"], name="dynamo_unseen_open")],
            },
        ),
    ]
