"""AlgoItny's settings with what tests of the mirror need besides: an app of their own, and each database there is."""

import os
import socket
import tempfile
from pathlib import Path

import pymysql

from algoitny.settings import *  # noqa: F403

# Django asks for a later mysqlclient than PyMySQL says that it stands in for.
pymysql.version_info = (2, 2, 7, "final", 0)
pymysql.install_as_MySQLdb()


def _answers(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(10)
        return client.connect_ex(("127.0.0.1", port)) == 0


INSTALLED_APPS = [*INSTALLED_APPS, "tests.mirror.shop", "tests.backend.library"]  # noqa: F405

DATABASES["sqlite"] = {  # noqa: F405
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": str(Path(tempfile.gettempdir()) / f"dynamo-models-{os.getuid()}.sqlite3"),
    "TEST": {"NAME": str(Path(tempfile.gettempdir()) / f"dynamo-models-test-{os.getpid()}.sqlite3")},
    "OPTIONS": {"timeout": 30},
}
if _answers(5432):
    DATABASES["postgresql"] = {  # noqa: F405
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "dynamo_models",
        "USER": "postgres",
        "HOST": "127.0.0.1",
        "PORT": 5432,
        "TEST": {"NAME": f"test_dynamo_models_{os.getpid()}"},
    }
if _answers(3306):
    DATABASES["mariadb"] = {  # noqa: F405
        "ENGINE": "django.db.backends.mysql",
        "NAME": "dynamo_models",
        "USER": "root",
        "HOST": "127.0.0.1",
        "PORT": 3306,
        "OPTIONS": {"charset": "utf8mb4"},
        "TEST": {"NAME": f"test_dynamo_models_{os.getpid()}"},
    }

# All tests call from one address; those of these limits set their own.
ALGOITNY_ADDRESS_RATES = dict.fromkeys(ALGOITNY_ADDRESS_RATES, "100000/minute")  # noqa: F405
