from django.db import migrations

import dynamo_models.mirror.capture


class Migration(migrations.Migration):
    dependencies = [
        ("dynamo_models", "0001_initial"),
        ("jobs", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="scriptgenerationjob",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="insert",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_insert_0c2ff72266f8",
                source="jobs.scriptgenerationjob",
                table="jobs_scriptgenerationjob",
            ),
        ),
        migrations.AddIndex(
            model_name="scriptgenerationjob",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="update",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_update_4184ceab34f6",
                old=[["id", "text"]],
                source="jobs.scriptgenerationjob",
                table="jobs_scriptgenerationjob",
            ),
        ),
        migrations.AddIndex(
            model_name="scriptgenerationjob",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="delete",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_delete_410a8ede3bdc",
                old=[["id", "text"]],
                source="jobs.scriptgenerationjob",
                table="jobs_scriptgenerationjob",
            ),
        ),
        migrations.AddIndex(
            model_name="scriptgenerationjob",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="truncate",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_truncate_ed5ebb99dc50",
                source="jobs.scriptgenerationjob",
                table="jobs_scriptgenerationjob",
            ),
        ),
        migrations.AddIndex(
            model_name="taskresult",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="insert",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_insert_971e6007429b",
                source="jobs.taskresult",
                table="jobs_taskresult",
            ),
        ),
        migrations.AddIndex(
            model_name="taskresult",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="update",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_update_9111d7356c38",
                old=[["task_id", "text"]],
                source="jobs.taskresult",
                table="jobs_taskresult",
            ),
        ),
        migrations.AddIndex(
            model_name="taskresult",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="delete",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_delete_d9acff1d1e7c",
                old=[["task_id", "text"]],
                source="jobs.taskresult",
                table="jobs_taskresult",
            ),
        ),
        migrations.AddIndex(
            model_name="taskresult",
            index=dynamo_models.mirror.capture.CaptureTrigger(
                event="truncate",
                fields=["id"],
                key=[["id", "text"]],
                name="dynamo_truncate_25be0b51a4ab",
                source="jobs.taskresult",
                table="jobs_taskresult",
            ),
        ),
    ]
