from django.db import migrations

import dynamo_models.mirror.capture


class Migration(migrations.Migration):
    dependencies = [
        ("dynamo_models", "0001_initial"),
        ("accounts", "0002_first_plans"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="subscriptionplan",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="insert",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_insert_af3ffc3af153",
                source="accounts.subscriptionplan",
                table="accounts_subscriptionplan",
            ),
        ),
        migrations.AddIndex(
            model_name="subscriptionplan",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="update",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_update_ba8da250bbbf",
                old=[["id", "text"], ["name", "text"]],
                source="accounts.subscriptionplan",
                table="accounts_subscriptionplan",
            ),
        ),
        migrations.AddIndex(
            model_name="subscriptionplan",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="delete",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_delete_dccf116bb008",
                old=[["id", "text"], ["name", "text"]],
                source="accounts.subscriptionplan",
                table="accounts_subscriptionplan",
            ),
        ),
        migrations.AddIndex(
            model_name="subscriptionplan",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="truncate",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_truncate_09cc9cc7ef6e",
                source="accounts.subscriptionplan",
                table="accounts_subscriptionplan",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="insert",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_insert_4b02ee9fcad2",
                source="accounts.user",
                table="accounts_user",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="update",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_update_b30530f2ff7f",
                old=[["email", "text"], ["google_id", "text"]],
                source="accounts.user",
                table="accounts_user",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="delete",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_delete_c17aecf63653",
                old=[["email", "text"], ["google_id", "text"]],
                source="accounts.user",
                table="accounts_user",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="truncate",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_truncate_6baed2627877",
                source="accounts.user",
                table="accounts_user",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="update",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_update_ece795ddc70f",
                only=[
                    ["name", "text"],
                    ["max_hints_per_day", "text"],
                    ["max_executions_per_day", "text"],
                    ["max_problems", "text"],
                    ["can_view_all_problems", "text"],
                    ["can_register_problems", "text"],
                ],
                source="accounts.user/subscription_plan",
                table="accounts_subscriptionplan",
            ),
        ),
    ]
