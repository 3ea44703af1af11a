"""The plans that a new installation starts with. Who has plans of these names keeps them as they are."""

from typing import Any

from django.db import migrations

PLANS: dict[str, dict[str, Any]] = {
    "Free": {"description": "To look around.", "max_hints_per_day": 5, "max_executions_per_day": 50},
    "Pro": {
        "description": "For those who practise every day.",
        "max_hints_per_day": 50,
        "max_executions_per_day": 500,
        "can_register_problems": True,
    },
}


def make_plans(apps: Any, schema_editor: Any) -> None:
    plans = apps.get_model("accounts", "SubscriptionPlan").objects.using(schema_editor.connection.alias)
    for name, values in PLANS.items():
        plans.get_or_create(name=name, defaults=values)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    # Backwards they stay: people may be on them by then.
    operations = [migrations.RunPython(make_plans, migrations.RunPython.noop)]
