"""A project of its own: the bank, one SQL database, its alias of DynamoDB, and the router. Where both are, the
environment says: BANK is JSON with database (a DATABASES entry) and endpoint."""

import json
import os

import pymysql

pymysql.version_info = (2, 2, 7, "final", 0)
pymysql.install_as_MySQLdb()

_bank = json.loads(os.environ["BANK"])
SECRET_KEY = "of tests"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["dynamo_models", "tests.switch.bank"]
DATABASES = {"default": _bank["database"], "dynamodb": {"ENGINE": "dynamo_models.backend", "SQL": "default"}}
DATABASE_ROUTERS = ["dynamo_models.cutover.Router"]
DYNAMO_MODELS = {
    "ENDPOINT": _bank["endpoint"],
    "REGION": "us-east-1",
    "ACCESS_KEY_ID": "test",
    "SECRET_ACCESS_KEY": "test",
    "CUTOVER": {"COMPARED_READS": 1, "LAG": 60},
}
SILENCED_SYSTEM_CHECKS = ["dynamo_models.W006"]
