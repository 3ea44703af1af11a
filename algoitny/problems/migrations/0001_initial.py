"""The tables of problems and test cases, each list with an index in its order."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import algoitny.problems.validators


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Problem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "platform",
                    models.CharField(max_length=40, validators=[algoitny.problems.validators.validate_path_facet]),
                ),
                (
                    "problem_id",
                    models.CharField(
                        help_text="The problem's name on its platform.",
                        max_length=100,
                        validators=[algoitny.problems.validators.validate_path_facet],
                    ),
                ),
                ("title", models.CharField(max_length=300)),
                ("problem_url", models.URLField(blank=True, max_length=500)),
                ("tags", models.JSONField(blank=True, default=list, help_text="A list of words.")),
                ("solution_code", models.TextField(blank=True, help_text="The reference solution.")),
                (
                    "language",
                    models.CharField(
                        help_text="Of the reference solution.",
                        max_length=40,
                        validators=[algoitny.problems.validators.validate_facet],
                    ),
                ),
                ("constraints", models.TextField(blank=True)),
                ("is_completed", models.BooleanField(default=False, help_text="A draft until it is.")),
                ("is_deleted", models.BooleanField(default=False)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                ("deleted_reason", models.TextField(blank=True)),
                ("metadata", models.JSONField(blank=True, default=dict)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ["-created_at", "-id"],
                "indexes": [
                    models.Index(fields=["is_completed", "-created_at", "-id"], name="problem_completed"),
                    models.Index(fields=["platform", "-created_at", "-id"], name="problem_by_platform"),
                    models.Index(fields=["language", "-created_at", "-id"], name="problem_by_language"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("platform", "problem_id"), name="problem_platform_problem_id"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("platform", ""), _negated=True),
                            models.Q(("platform__contains", "#"), _negated=True),
                        ),
                        name="problem_platform_is_a_facet",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("problem_id", ""), _negated=True),
                            models.Q(("problem_id__contains", "#"), _negated=True),
                        ),
                        name="problem_problem_id_is_a_facet",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("language", ""), _negated=True),
                            models.Q(("language__contains", "#"), _negated=True),
                        ),
                        name="problem_language_is_a_facet",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TestCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("input", models.TextField(blank=True)),
                ("output", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "problem",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="test_cases",
                        to="problems.problem",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "id"],
                "indexes": [models.Index(fields=["problem", "created_at", "id"], name="test_case_in_order")],
            },
        ),
    ]
