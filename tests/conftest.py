"""What all tests share: property tests that ask the same each time, unless a longer search is asked for."""

import os
import threading
from unittest.mock import patch

import pytest
from django.conf import settings as project
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.test.utils import setup_databases, teardown_databases
from hypothesis import settings

# A longer search (DYNAMO_FUZZ_SCALE=10, say) also looks elsewhere each time; what it finds, it prints.
SCALE = float(os.environ.get("DYNAMO_FUZZ_SCALE", "1"))

settings.register_profile("fixed", derandomize=True, database=None, deadline=None, max_examples=50)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("search" if SCALE > 1 else "fixed")


@pytest.fixture(autouse=True)
def no_setting_left_changed():
    """What a test has left of DYNAMO_MODELS would be met by tests that come long after it."""
    before = getattr(project, "DYNAMO_MODELS", None)
    yield
    assert getattr(project, "DYNAMO_MODELS", None) is before


@pytest.fixture(scope="session", autouse=True)
def threads_close_their_connections():
    """Django keeps every connection to a database in memory open, as that goes with the last of them. Those of threads
    are not the last, and one that is dropped while it is open is a warning in whatever test that comes to light."""
    close = DatabaseWrapper.close

    def close_own(connection):
        main = threading.main_thread().ident
        if connection._thread_ident == threading.get_ident() != main:  # and not the main thread's, lent to a server
            BaseDatabaseWrapper.close(connection)
        else:
            close(connection)

    with patch.object(DatabaseWrapper, "close", close_own):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """The default database alone; the tests that need another one make it themselves."""
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases=["default"])
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)
