from django.db import migrations

import dynamo_models.mirror.capture


class Migration(migrations.Migration):
    dependencies = [
        ("dynamo_models", "0001_initial"),
        ("problems", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="problem",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="insert",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_insert_673bd32dffd5",
                source="problems.problem",
                table="problems_problem",
            ),
        ),
        migrations.AddIndex(
            model_name="problem",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="update",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_update_a5a58d60c4b2",
                old=[["id", "text"], ["platform", "text"], ["problem_id", "text"]],
                source="problems.problem",
                table="problems_problem",
            ),
        ),
        migrations.AddIndex(
            model_name="problem",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="delete",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_delete_52ff39030121",
                old=[["id", "text"], ["platform", "text"], ["problem_id", "text"]],
                source="problems.problem",
                table="problems_problem",
            ),
        ),
        migrations.AddIndex(
            model_name="problem",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="truncate",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_truncate_8ffa34054149",
                source="problems.problem",
                table="problems_problem",
            ),
        ),
        migrations.AddIndex(
            model_name="testcase",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="insert",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_insert_9c31efbbda1d",
                source="problems.testcase",
                table="problems_testcase",
            ),
        ),
        migrations.AddIndex(
            model_name="testcase",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="update",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_update_f414a5ad2124",
                old=[["created_at", "time"], ["id", "text"], ["problem_id", "text"]],
                source="problems.testcase",
                table="problems_testcase",
            ),
        ),
        migrations.AddIndex(
            model_name="testcase",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="delete",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_delete_4e7f58ed0cfe",
                old=[["created_at", "time"], ["id", "text"], ["problem_id", "text"]],
                source="problems.testcase",
                table="problems_testcase",
            ),
        ),
        migrations.AddIndex(
            model_name="testcase",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="truncate",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_truncate_68b5b3fa30df",
                source="problems.testcase",
                table="problems_testcase",
            ),
        ),
        migrations.AddIndex(
            model_name="testcase",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="update",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_update_bc7a85a9cba2",
                only=[["platform", "text"], ["problem_id", "text"]],
                source="problems.testcase/problem",
                table="problems_problem",
            ),
        ),
    ]
