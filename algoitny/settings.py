"""Settings of AlgoItny. Every value that a deployment changes is read from the environment."""

import importlib.util
import json
import os
from pathlib import Path

import dj_database_url
import django

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = os.environ.get("ALGOITNY_DEBUG", "1") == "1"
SECRET_KEY = os.environ.get("ALGOITNY_SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise RuntimeError(
            "ALGOITNY_SECRET_KEY is not set; with ALGOITNY_DEBUG=0 it has to be. Make one and export it."
        )
    SECRET_KEY = "development only"  # noqa: S105 - refused above where DEBUG is off

ALLOWED_HOSTS = [host for host in os.environ.get("ALGOITNY_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    *(["django_tasks"] if django.VERSION < (6, 0) else []),  # Django has it from 6.0 on
    "django_tasks_db",
    "dynamo_models",
    "algoitny.ids",
    "algoitny.accounts",
    "algoitny.problems",
    "algoitny.history",
    "algoitny.usage",
    "algoitny.jobs",
    "algoitny.execution",
    "algoitny.activity",
    "algoitny.counting",
    "algoitny.patterns",
    "algoitny.catalogue",
    "algoitny.experiments",
    "algoitny.chat",
    "algoitny.tutor",
    "algoitny.landing",
    "algoitny.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Whose reads these are: a person's go to one store as reads move.
    "dynamo_models.cutover.middleware.SubjectMiddleware",
    # Who writes in the pause of a switch is told to come again.
    "dynamo_models.cutover.middleware.PauseMiddleware",
    "algoitny.timing.StoresMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "algoitny.urls"
WSGI_APPLICATION = "algoitny.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# A URL such as postgres://postgres@127.0.0.1:5432/algoitny; SQLite in a file where there is none.
DATABASE_URL = os.environ.get("ALGOITNY_DATABASE", "")
if DATABASE_URL.startswith("mysql:") and importlib.util.find_spec("MySQLdb") is None:
    import pymysql

    # Django asks for a later mysqlclient than PyMySQL says that it stands in for.
    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()
if DATABASE_URL:
    DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get("ALGOITNY_SQLITE", str(BASE_DIR / "algoitny.sqlite3")),
            # A transaction that reads and then writes takes its turn as it begins, and does not fail as it writes.
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
        },
    }
# The same models by way of DynamoDB; which of the two answers a query, the stage of the model's group says.
DATABASES["dynamodb"] = {"ENGINE": "dynamo_models.backend", "SQL": "default"}
# The first has a part only while queries are written down that DynamoDB cannot serve: manage.py dynamo_coverage.
DATABASE_ROUTERS = ["dynamo_models.backend.coverage.Router", "dynamo_models.cutover.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

# Which store serves the application, reads and writes: "sql" or "dynamodb".
ALGOITNY_STORE = os.environ.get("ALGOITNY_STORE", "sql")

DYNAMO_MODELS = {
    # A URL, or "embedded": an endpoint of our own, started by the command that needs it. None is AWS itself.
    "ENDPOINT": os.environ.get("ALGOITNY_DYNAMODB_ENDPOINT", "embedded") or None,
    "REGION": os.environ.get("AWS_REGION", "us-east-1"),
    "TABLE_PREFIX": os.environ.get("ALGOITNY_TABLE_PREFIX", ""),
    "EMBEDDED": {"DIRECTORY": os.environ.get("ALGOITNY_DYNAMO_DIRECTORY", str(BASE_DIR / ".dynamo"))},
    # How many reads are compared and past what a group steps down, as JSON: {"SAMPLE": 0.2, "COMPARED_READS": 500}.
    "CUTOVER": json.loads(os.environ.get("ALGOITNY_CUTOVER", "{}")),
    # What Prometheus shows at /metrics/, as a bearer token; without one, staff alone read it.
    "METRICS": {"TOKEN": os.environ.get("ALGOITNY_METRICS_TOKEN") or None},
}

# Whose tables the experiments' are: "dev", "staging" or "prod". Production's are provisioned, the others on demand.
ALGOITNY_ENVIRONMENT = os.environ.get("ALGOITNY_ENVIRONMENT", "dev")
if ALGOITNY_ENVIRONMENT not in ("dev", "staging", "prod"):
    raise RuntimeError(f"ALGOITNY_ENVIRONMENT is {ALGOITNY_ENVIRONMENT!r}; it takes dev, staging or prod.")
# "1" reads the names of those tables from SSM parameters, where they are set. The endpoint is AWS's own unless given.
ALGOITNY_TABLE_PARAMETERS = os.environ.get("ALGOITNY_TABLE_PARAMETERS", "0") == "1"
ALGOITNY_SSM_ENDPOINT = os.environ.get("ALGOITNY_SSM_ENDPOINT", "")
# "1" lets feature flags decide what AlgoItny's own users see; each is asked of DynamoDB, whichever store serves.
ALGOITNY_EXPERIMENTS = os.environ.get("ALGOITNY_EXPERIMENTS", "0") == "1"

# What processes share: a URL such as redis://127.0.0.1:6379/0. Without one each process remembers for itself, which is
# right for one process only.
ALGOITNY_CACHE = os.environ.get("ALGOITNY_CACHE", "")
if ALGOITNY_CACHE:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": ALGOITNY_CACHE,
            # An unreachable cache costs this much, in seconds, and no more.
            "OPTIONS": {"socket_connect_timeout": 0.25, "socket_timeout": 0.25},
        },
    }

# What an address may do that no plan limits, in this process, or in all that share the cache. How many proxies stand in
# front and append to X-Forwarded-For: with fewer, everybody is the proxy; with more, callers say who they are.
ALGOITNY_ADDRESS_RATES = {
    "run": os.environ.get("ALGOITNY_ANONYMOUS_RUNS", "30/hour"),
    "sign-in": os.environ.get("ALGOITNY_SIGN_INS", "30/minute"),
}
ALGOITNY_TRUSTED_PROXIES = int(os.environ.get("ALGOITNY_TRUSTED_PROXIES", "0"))

# Both stay small: ACTIVE#true holds a handful of plans.
SILENCED_SYSTEM_CHECKS = ["dynamo_models.W006"]

# What the last main job found, for the first page to show.
ALGOITNY_REPORT = os.environ.get("ALGOITNY_REPORT", str(Path(DYNAMO_MODELS["EMBEDDED"]["DIRECTORY"]) / "report.json"))

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["algoitny.api.parsers.JsonParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "algoitny.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "algoitny.api.errors.handle",
    "URL_FORMAT_OVERRIDE": None,  # `format` is no parameter of ours, and unknown ones are refused
}

# Google's id of this application; without one, nobody can sign in through Google.
ALGOITNY_GOOGLE_CLIENT_ID = os.environ.get("ALGOITNY_GOOGLE_CLIENT_ID", "")
# The plan of a new user, by name; none where there is no plan of that name.
ALGOITNY_DEFAULT_PLAN = os.environ.get("ALGOITNY_DEFAULT_PLAN", "Free")

# What runs people's code: "subprocess" (no sandbox against a hostile user) or "judge0".
ALGOITNY_RUNNER = os.environ.get("ALGOITNY_RUNNER", "subprocess")
ALGOITNY_ALLOW_SUBPROCESS_RUNNER = os.environ.get("ALGOITNY_ALLOW_SUBPROCESS_RUNNER", "0") == "1"
ALGOITNY_JUDGE0_URL = os.environ.get("ALGOITNY_JUDGE0_URL", "")
ALGOITNY_JUDGE0_TOKEN = os.environ.get("ALGOITNY_JUDGE0_TOKEN", "")

# What gives hints: "cases" (from the failing cases) or "openai" (an OpenAI-compatible endpoint).
ALGOITNY_HINTS = os.environ.get("ALGOITNY_HINTS", "cases")
ALGOITNY_OPENAI_URL = os.environ.get("ALGOITNY_OPENAI_URL", "")
ALGOITNY_OPENAI_KEY = os.environ.get("ALGOITNY_OPENAI_KEY", "")
ALGOITNY_OPENAI_MODEL = os.environ.get("ALGOITNY_OPENAI_MODEL", "")

# What encrypts the tutor's conversations: "aws" (the account's managed key), or the id of a KMS key of one's own.
ALGOITNY_TUTOR_ENCRYPTION = os.environ.get("ALGOITNY_TUTOR_ENCRYPTION", "aws")

# Where jobs and runs go: "immediate" (within the request) or "database" (`manage.py db_worker` works them off).
ALGOITNY_TASKS = os.environ.get("ALGOITNY_TASKS", "immediate")
_TASK_BACKENDS = {
    "immediate": "django.tasks.backends.immediate.ImmediateBackend"
    if django.VERSION >= (6, 0)
    else "django_tasks.backends.immediate.ImmediateBackend",
    "database": "django_tasks_db.DatabaseBackend",
}
if ALGOITNY_TASKS not in _TASK_BACKENDS:
    raise RuntimeError(f"ALGOITNY_TASKS is {ALGOITNY_TASKS!r}; it takes {' or '.join(_TASK_BACKENDS)}.")
TASKS = {"default": {"BACKEND": _TASK_BACKENDS[ALGOITNY_TASKS]}}

SPECTACULAR_SETTINGS = {
    "TITLE": "AlgoItny",
    "DESCRIPTION": "Algorithm problems: look them up, run code against their test cases, ask for hints.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "StoreEnum": "algoitny.store.STORES",
        "TaskStatusEnum": "algoitny.jobs.models.Status",
        "ExperimentStatusEnum": "algoitny.experiments.statuses.STATUSES",
        "FlagStatusEnum": "algoitny.experiments.statuses.FLAG_STATUSES",
    },
    # Served from this machine: the page loads nothing from elsewhere.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
