"""``settings.DYNAMO_MODELS``, read when it is needed and never at import.

::

    DYNAMO_MODELS = {
        "ENDPOINT": None,            # None: AWS. A URL. "embedded": an endpoint of our own (dynamo_models.embedded).
        "REGION": "eu-central-1",
        "ACCESS_KEY_ID": None, "SECRET_ACCESS_KEY": None, "SESSION_TOKEN": None,   # None: botocore's own chain
        "TABLE_PREFIX": "",          # put before every table's name
        "CONNECT_TIMEOUT": 2.0, "READ_TIMEOUT": 10.0,    # seconds
        "RETRIES": 3, "POOL": 50,    # botocore's attempts after the first; connections kept open
        "CURSOR_MAX_AGE": None,      # seconds a page cursor stays valid; None is without end
        "TABLES": {"Main": {"NAME": "main-prod", "REGION": ...}},   # any of the above for one table, and its name
        "EMBEDDED": {"DIRECTORY": ".dynamo", "ENGINE": None},
        "MIRROR": {"AFTER_COMMIT": True},   # mirror what a process writes as soon as it is committed
    }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from dynamo_models.errors import SettingsError

CONNECTION_KEYS = {
    "ENDPOINT": None,
    "REGION": None,
    "ACCESS_KEY_ID": None,
    "SECRET_ACCESS_KEY": None,
    "SESSION_TOKEN": None,
    "CONNECT_TIMEOUT": 2.0,
    "READ_TIMEOUT": 10.0,
    "RETRIES": 3,
    "POOL": 50,
}
TABLE_KEYS = {*CONNECTION_KEYS, "NAME"}
EMBEDDED_KEYS = {"DIRECTORY": ".dynamo", "ENGINE": None}
MIRROR_KEYS = {"AFTER_COMMIT": True}
TOP_KEYS = {*CONNECTION_KEYS, "TABLE_PREFIX", "CURSOR_MAX_AGE", "TABLES", "EMBEDDED", "MIRROR"}

EMBEDDED = "embedded"


@dataclass(frozen=True, kw_only=True)
class ConnectionSettings:
    """Where and how to reach DynamoDB. Equal settings share one client."""

    endpoint: str | None
    region: str | None
    access_key_id: str | None
    secret_access_key: str | None
    session_token: str | None
    connect_timeout: float
    read_timeout: float
    retries: int
    pool: int


@dataclass(frozen=True, kw_only=True)
class EmbeddedSettings:
    """Where the embedded endpoint keeps its data, and which engine serves (None: the first that can be had)."""

    directory: Path
    engine: str | None


@dataclass(frozen=True, kw_only=True)
class MirrorSettings:
    """Whether a process mirrors what it has just written itself, and not the relay alone."""

    after_commit: bool


def _all() -> Mapping[str, Any]:
    return _dict(getattr(settings, "DYNAMO_MODELS", {}), "DYNAMO_MODELS")


def _dict(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SettingsError(f"settings.{place} must be a dict, not {type(value).__name__}.")
    return value


def _own(top: Mapping[str, Any], table: str) -> Mapping[str, Any]:
    tables = _dict(top.get("TABLES", {}), "DYNAMO_MODELS['TABLES']")
    return _dict(tables.get(table, {}), f"DYNAMO_MODELS['TABLES'][{table!r}]")


def connection_settings(table: str | None = None) -> ConnectionSettings:
    """The settings that reach ``table`` (its name in the code), or the default ones where no table is named."""
    top = _all()
    own = _own(top, table) if table is not None else {}
    merged = {key: own.get(key, top.get(key, default)) for key, default in CONNECTION_KEYS.items()}
    return ConnectionSettings(**{key.lower(): value for key, value in merged.items()})


def table_name(table: str) -> str:
    """The name that ``table`` has at the endpoint."""
    top = _all()
    return f"{top.get('TABLE_PREFIX', '')}{_own(top, table).get('NAME', table)}"


def cursor_max_age() -> float | None:
    """How long a page cursor stays valid, in seconds; None is without end."""
    value: float | None = _all().get("CURSOR_MAX_AGE")
    return value


def embedded_settings() -> EmbeddedSettings:
    """The embedded endpoint's folder (a relative one is below BASE_DIR, or the working folder) and engine."""
    own = {**EMBEDDED_KEYS, **_dict(_all().get("EMBEDDED", {}), "DYNAMO_MODELS['EMBEDDED']")}
    directory = Path(own["DIRECTORY"])
    if not directory.is_absolute():
        directory = Path(getattr(settings, "BASE_DIR", ".")) / directory
    return EmbeddedSettings(directory=directory, engine=own["ENGINE"])


def mirror_settings() -> MirrorSettings:
    """How the mirror goes about it."""
    own = {**MIRROR_KEYS, **_dict(_all().get("MIRROR", {}), "DYNAMO_MODELS['MIRROR']")}
    return MirrorSettings(after_commit=bool(own["AFTER_COMMIT"]))
