from django.conf import settings
from django.db import migrations

import dynamo_models.mirror.capture


class Migration(migrations.Migration):
    dependencies = [
        ("dynamo_models", "0001_initial"),
        ("problems", "0002_capture"),
        ("usage", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="usagelog",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="insert",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_insert_e023949669d1",
                source="usage.usagelog",
                table="usage_usagelog",
            ),
        ),
        migrations.AddIndex(
            model_name="usagelog",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="update",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_update_2d2c7750b3fa",
                old=[["action", "text"], ["created_at", "time"], ["id", "text"], ["user_id", "text"]],
                source="usage.usagelog",
                table="usage_usagelog",
            ),
        ),
        migrations.AddIndex(
            model_name="usagelog",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="delete",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_delete_5f275ce9a40d",
                old=[["action", "text"], ["created_at", "time"], ["id", "text"], ["user_id", "text"]],
                source="usage.usagelog",
                table="usage_usagelog",
            ),
        ),
        migrations.AddIndex(
            model_name="usagelog",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="truncate",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_truncate_2e519241cdc4",
                source="usage.usagelog",
                table="usage_usagelog",
            ),
        ),
    ]
