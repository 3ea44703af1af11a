"""What all tests share: property tests that ask the same each time, unless a longer search is asked for."""

import os

import pytest
from django.test.utils import setup_databases, teardown_databases
from hypothesis import settings

# A longer search (DYNAMO_FUZZ_SCALE=10, say) also looks elsewhere each time; what it finds, it prints.
SCALE = float(os.environ.get("DYNAMO_FUZZ_SCALE", "1"))

settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("search" if SCALE > 1 else "fixed")


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """The default database alone; the tests that need another one make it themselves."""
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases=["default"])
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)
