"""The plans that a new installation starts with."""

from importlib import import_module
from types import SimpleNamespace

from django.apps import apps
from django.db import connection

from algoitny.accounts import access
from algoitny.accounts.models import SubscriptionPlan

migration = import_module("algoitny.accounts.migrations.0002_first_plans")


# Of the editor, only the connection is asked for.
EDITOR = SimpleNamespace(connection=connection)


def test_a_new_installation_has_two_plans(db):
    free, pro = access.plan_by_name("Free"), access.plan_by_name("Pro")
    assert (free.max_hints_per_day, free.max_executions_per_day, free.can_register_problems) == (5, 50, False)
    assert (pro.max_hints_per_day, pro.max_executions_per_day, pro.can_register_problems) == (50, 500, True)
    assert free.is_active
    assert pro.is_active


def test_plans_of_these_names_stay_as_they_are(db):
    SubscriptionPlan.objects.filter(name="Free").update(max_hints_per_day=1, is_active=False)
    SubscriptionPlan.objects.filter(name="Pro").delete()
    migration.make_plans(apps, EDITOR)
    assert access.plan_by_name("Free").max_hints_per_day == 1
    assert not access.plan_by_name("Free").is_active
    assert access.plan_by_name("Pro").max_hints_per_day == 50
    assert SubscriptionPlan.objects.count() == 2


def test_backwards_the_plans_stay(db):
    (operation,) = migration.Migration.operations
    assert operation.reversible
    operation.reverse_code(apps, EDITOR)
    assert SubscriptionPlan.objects.count() == 2
