from django.conf import settings
from django.db import migrations

import dynamo_models.mirror.capture


class Migration(migrations.Migration):
    dependencies = [
        ("dynamo_models", "0001_initial"),
        ("history", "0001_initial"),
        ("problems", "0002_capture"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="searchhistory",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="insert",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_insert_04018d70d046",
                source="history.searchhistory",
                table="history_searchhistory",
            ),
        ),
        migrations.AddIndex(
            model_name="searchhistory",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="update",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_update_ca87103ac552",
                old=[["created_at", "time"], ["id", "text"], ["user_id", "text"]],
                source="history.searchhistory",
                table="history_searchhistory",
            ),
        ),
        migrations.AddIndex(
            model_name="searchhistory",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="delete",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_delete_0370bb47654c",
                old=[["created_at", "time"], ["id", "text"], ["user_id", "text"]],
                source="history.searchhistory",
                table="history_searchhistory",
            ),
        ),
        migrations.AddIndex(
            model_name="searchhistory",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="truncate",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_truncate_a6ac4d31c352",
                source="history.searchhistory",
                table="history_searchhistory",
            ),
        ),
    ]
