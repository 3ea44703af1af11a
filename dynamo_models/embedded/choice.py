"""Which engine serves: the one that is named, or the first in order that can be had."""

from __future__ import annotations

from pathlib import Path

from dynamo_models.embedded import dynamodb_local
from dynamo_models.embedded.dynamodb_local import DynamoDBLocal
from dynamo_models.embedded.dynoxide import Dynoxide
from dynamo_models.embedded.engine import Announce, Engine
from dynamo_models.embedded.python_engines import Ministack, Moto
from dynamo_models.embedded.tools import Unavailable
from dynamo_models.errors import EndpointError, SettingsError

ENGINES: dict[str, type[Engine]] = {engine.name: engine for engine in (Dynoxide, Ministack, Moto, DynamoDBLocal)}
"""Every engine by name, in the order that they are tried in; a jar that the user names goes first."""


def order() -> list[str]:
    """The names in the order that they are tried in now."""
    names = [name for name in ENGINES if name != DynamoDBLocal.name]
    return [DynamoDBLocal.name, *names] if dynamodb_local.is_named() else names


def check_name(name: str | None) -> None:
    """Raises SettingsError where there is no such engine."""
    if name is not None and name not in ENGINES:
        raise SettingsError(
            f"The embedded endpoint's engine is to be {name!r}, and there is no such engine. "
            f"Set DYNAMO_MODELS['EMBEDDED']['ENGINE'] (or --engine) to one of {', '.join(ENGINES)}, "
            "or leave it out for the first that can be had."
        )


def make(name: str, engines: Path) -> Engine:
    """The engine of that name. Raises SettingsError where there is none."""
    check_name(name)
    return ENGINES[name](engines)


def choose(wanted: str | None, engines: Path, announce: Announce) -> Engine:
    """An engine that is ready to start: ``wanted``, or the first that can be had. May fetch it.

    Raises SettingsError for a name that is none, EndpointError with every reason where nothing can be had.
    """
    check_name(wanted)
    reasons: list[str] = []
    for name in [wanted] if wanted else order():
        engine = make(name, engines)
        try:
            engine.prepare(announce)
        except Unavailable as reason:
            reasons.append(f"  {name}: {reason}")
        else:
            if reasons:
                announce(f"Taking {name}, for want of a better engine:\n" + "\n".join(reasons))
            return engine
    asked = (
        f"the engine {wanted}, which cannot" if wanted else "an embedded DynamoDB endpoint, and no engine for it can"
    )
    raise EndpointError(
        f"Asked for {asked} be had here:\n" + "\n".join(reasons) + "\n"
        "Install one of them (dynoxide on PATH, or npm or uv to fetch one with, or moto[server] in this environment), "
        "or set DYNAMO_MODELS['ENDPOINT'] to the URL of an endpoint that runs."
    )
