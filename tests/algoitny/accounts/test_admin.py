"""Django's admin: each registered model can be looked at, and people and plans can be made and changed."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from algoitny.accounts import access, tokens
from algoitny.accounts.models import RefreshSession, SubscriptionPlan, User
from tests.algoitny.accounts.test_account import a_run
from tests.algoitny.helpers import a_plan, a_problem, a_user

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def page_of(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def rows(db):
    user, problem = a_user(plan=a_plan()), a_problem(cases=[("1", "2")])
    tokens.issue(user)
    a_run(user.id, problem)
    Group.objects.create(name="Editors")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_the_pages_of_each_model_are_shown(admin_client, rows, model):
    assert admin_client.get(page_of(model, "changelist")).status_code == 200
    if admin.site._registry[model].search_fields:
        assert admin_client.get(page_of(model, "changelist"), {"q": "1"}).status_code == 200
    row = model._default_manager.first()
    if row is not None:
        assert admin_client.get(page_of(model, "change", row.pk)).status_code == 200
    adding = admin_client.get(page_of(model, "add")).status_code
    assert adding in {200, 403}


def test_people_and_plans_are_registered():
    assert {User, SubscriptionPlan, RefreshSession} <= set(MODELS)


def add(client, **values):
    return client.post(
        page_of(User, "add"),
        {
            "email": "New@Example.org",
            "usable_password": "true",
            "password1": "a long one, 17",
            "password2": "a long one, 17",
            **values,
        },
    )


def test_a_user_is_made_by_address_and_signs_in_with_the_password(admin_client, client):
    assert add(admin_client).status_code == 302
    assert User.objects.get(email="new@example.org").check_password("a long one, 17")
    assert client.login(username="NEW@example.org", password="a long one, 17")


def test_a_user_is_made_without_a_password(admin_client):
    assert add(admin_client, usable_password="false", password1="", password2="").status_code == 302
    assert not User.objects.get(email="new@example.org").has_usable_password()


def test_two_spellings_of_an_address_are_one_user(admin_client):
    a_user("new@example.org")
    response = add(admin_client)
    assert response.status_code == 200
    assert "already exists" in response.content.decode()


def test_a_users_fields_are_changed_and_no_google_account_stays_none(admin_client):
    plan = a_plan()
    ids = [a_user(f"{name}@example.org").id for name in ("ann", "bob")]
    for row_id, name in zip(ids, ("ann", "bob"), strict=True):
        values = {"email": f"{name}@example.org", "name": name, "google_id": "", "subscription_plan": plan.id}
        response = admin_client.post(page_of(User, "change", row_id), {**values, "is_active": "on"})
        assert response.status_code == 302, response.context["errors"]
    assert access.user_by_email("bob@example.org").subscription_plan_id == plan.id
    assert access.user_by_email("bob@example.org").google_id is None


def test_a_password_is_changed(admin_client):
    user = a_user()
    response = admin_client.post(
        reverse("admin:auth_user_password_change", args=[user.id]),
        {"usable_password": "true", "password1": "another one, 18", "password2": "another one, 18"},
    )
    assert response.status_code == 302, response.context["errors"]
    assert User.objects.get(pk=user.id).check_password("another one, 18")


def test_sign_ins_are_ended_and_neither_made_nor_changed(admin_client, rows):
    session = RefreshSession.objects.get()
    assert str(session.token_id) not in admin_client.get(page_of(RefreshSession, "change", session.pk)).content.decode()
    assert admin_client.get(page_of(RefreshSession, "add")).status_code == 403
    assert admin_client.post(page_of(RefreshSession, "change", session.pk), {"user_id": 5}).status_code == 403
    assert admin_client.post(page_of(RefreshSession, "delete", session.pk), {"post": "yes"}).status_code == 302
    assert not RefreshSession.objects.exists()
