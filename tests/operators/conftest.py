"""The shop's group in the default database, and people with some of the permissions."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from algoitny.accounts.models import User
from dynamo_models.cutover import background, state, tallies, watch
from tests.mirror.shop.items import shop

PERMISSIONS = ("view", "step_up", "step_down", "kill", "subjects", "switch")


@pytest.fixture
def shop_group(db, make_tables, settings, monkeypatch):
    """Nobody has moved it yet; counts are written when a test says so, in its own transaction."""
    make_tables(shop)
    settings.DYNAMO_MODELS = {**settings.DYNAMO_MODELS, "CUTOVER": {"COMPARED_READS": 5}}
    monkeypatch.setattr(background, "awake", lambda: None)
    monkeypatch.setattr(tallies, "_current", tallies._Held())
    state.forget()
    yield
    state.forget()
    watch._judged.clear()


@pytest.fixture
def sign_in(db):
    """A client of a member of staff with these permissions on groups, who may be anybody; CSRF is enforced if asked."""

    def client(*names, email="op@example.org", csrf=False):
        user = User.objects.create_user(email=email, password="x", is_staff=True)
        codenames = [f"{name}_groupstate" for name in names]
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        found = Client(enforce_csrf_checks=csrf)
        found.force_login(user)
        return found

    return client


@pytest.fixture
def operator(sign_in):
    """Who may do everything."""
    return sign_in(*PERMISSIONS)
