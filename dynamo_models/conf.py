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
        "CUTOVER": {
            "SHARES": (10, 50, 100),   # the rungs of stage reading, in per cent
            "SAMPLE": 0.05,            # of reads that are compared, from 0 to 1
            "COMPARED_READS": 1000,    # that a stage wants before the next, without a difference
            "THREADS": 2, "QUEUE": 100, "DEADLINE": 2.0,   # that compare; comparisons that wait; seconds for one
            # Past these a group steps down: differences in a stage, seconds behind, the share of DynamoDB's answers
            # that are errors, seconds of the slowest 1 % of its answers.
            "MISMATCHES": 0, "LAG": 10.0, "ERRORS": 0.01, "P99": 0.5,
        },
        "METRICS": {"TOKEN": None},   # the bearer token that a monitoring system asks operators.scrape with
    }
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
CUTOVER_KEYS = {
    "SHARES": (10, 50, 100),
    "SAMPLE": 0.05,
    "COMPARED_READS": 1000,
    "THREADS": 2,
    "QUEUE": 100,
    "DEADLINE": 2.0,
    "MISMATCHES": 0,
    "LAG": 10.0,
    "ERRORS": 0.01,
    "P99": 0.5,
}
METRICS_KEYS = {"TOKEN": None}
TOP_KEYS = {*CONNECTION_KEYS, "TABLE_PREFIX", "CURSOR_MAX_AGE", "TABLES", "EMBEDDED", "MIRROR", "CUTOVER", "METRICS"}

EMBEDDED = "embedded"
SHORTEST_TOKEN = 16  # characters


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


@dataclass(frozen=True, kw_only=True)
class CutoverSettings:
    """How reads are compared and shared out, and past what a group steps down; ``DYNAMO_MODELS`` above says each."""

    shares: tuple[int, ...]
    sample: float
    compared_reads: int
    threads: int
    queue: int
    deadline: float
    mismatches: int
    lag: float
    errors: float
    p99: float


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


def table_name(table: str, named: Callable[[], str] | None = None) -> str:
    """The name that ``table`` has at the endpoint: as settings say, or else as ``named`` tells, or else its own."""
    top = _all()
    name = _own(top, table).get("NAME") or (table if named is None else named())
    return f"{top.get('TABLE_PREFIX', '')}{name}"


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


def cutover_settings() -> CutoverSettings:
    """How the cutover goes about it. SettingsError for shares that do not rise to 100."""
    own = {**CUTOVER_KEYS, **_dict(_all().get("CUTOVER", {}), "DYNAMO_MODELS['CUTOVER']")}
    if not are_shares(own["SHARES"]):
        raise SettingsError(f"DYNAMO_MODELS['CUTOVER']['SHARES'] is {own['SHARES']!r}: whole numbers that rise to 100.")
    own["SHARES"] = tuple(own["SHARES"])
    return CutoverSettings(**{key.lower(): own[key] for key in CUTOVER_KEYS})


def metrics_token() -> str | None:
    """The token that metrics are asked for with; None where there is none. SettingsError for one that is no secret."""
    own = {**METRICS_KEYS, **_dict(_all().get("METRICS", {}), "DYNAMO_MODELS['METRICS']")}
    token = own["TOKEN"]
    if token is None or (isinstance(token, str) and len(token) >= SHORTEST_TOKEN):
        return token
    raise SettingsError(f"DYNAMO_MODELS['METRICS']['TOKEN'] is text of {SHORTEST_TOKEN} characters or more, or None.")


def are_shares(value: Any) -> bool:
    """Whether these are per cent of reads, from few to all."""
    if not isinstance(value, (tuple, list)) or not all(type(each) is int for each in value):
        return False
    return bool(value) and value[0] > 0 and value[-1] == 100 and list(value) == sorted(set(value))  # noqa: PLR2004
