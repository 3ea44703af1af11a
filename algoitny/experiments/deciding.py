"""Decides what a user sees: overrides first, then what was decided before, then the hash of user and experiment."""

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from algoitny.experiments import caching, ids, rules, statuses, weights
from algoitny.experiments.access import dynamodb_access
from algoitny.experiments.access.flags import flag_subject
from algoitny.experiments.access.overrides import subject
from algoitny.experiments.errors import NotThereError
from algoitny.experiments.items import EXPERIMENT, FEATURE, Experiment

_FOREVER = math.inf


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """variation: id, name, description, value and weight; None for a user who has none while nobody new is assigned."""

    experiment_id: str
    variation: dict[str, Any] | None
    source: Literal["override", "assignment"] | None


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """rule: the number of the rule that decided, where one did."""

    flag: str
    value: Any
    source: Literal["override", "rule", "default", "inactive"]
    rule: int | None = None


def assign(user_id: str, experiment_id: str | uuid.UUID) -> Assigned:
    """The variation of a user, made where there is none and the experiment is active. Raises NotThereError.

    An override counts in every status. Who was assigned keeps the variation while the experiment is paused, and after.
    """
    key = str(ids.read(experiment_id))
    # Nobody is kept as one without a variation: the experiment may become active at any time.
    kept = caching.read(subject(user_id, key, EXPERIMENT), lambda: _decided(user_id, key))
    return Assigned(experiment_id=key, **kept)


def _decided(user_id: str, experiment_id: str) -> tuple[dict[str, Any], float]:
    override = dynamodb_access.get_user_override(user_id, experiment_id, EXPERIMENT)
    experiment = dynamodb_access.get_experiment(experiment_id)
    if override is not None:
        variation = _variation(experiment, override.value)
        return {"variation": variation, "source": "override"}, override.ttl.timestamp()
    found = dynamodb_access.get_user_assignment(user_id, experiment_id)
    if found is None and experiment.status == statuses.ACTIVE:
        chosen = weights.choose(user_id, experiment_id, experiment.variations)
        found = dynamodb_access.create_assignment(user_id, experiment_id, chosen["id"])
    if found is None:
        return {"variation": None, "source": None}, -_FOREVER
    return {"variation": _variation(experiment, found.variation), "source": "assignment"}, found.ttl.timestamp()


def _variation(experiment: Experiment, key: Any) -> dict[str, Any]:
    """By id, or by name, as those may have it that were not written here."""
    for each in experiment.variations:
        if key in (each["id"], each["name"]):
            variation: dict[str, Any] = each
            return variation
    raise NotThereError(
        f"Experiment {experiment.id} has no variation {key!r}, which the user was given; remove that override or "
        "assignment."
    )


def evaluate(flag: str, user_id: str, attributes: Mapping[str, Any] | None = None) -> Evaluated:
    """What a flag, by its name, comes to for a user with these attributes. Raises NotThereError."""
    key = ids.flag_id(flag)
    known = caching.read(flag_subject(key), lambda: (_definition(flag), _FOREVER))
    given = caching.read(subject(user_id, str(key), FEATURE), lambda: _override(user_id, str(key)))
    if given:
        return Evaluated(flag=flag, value=given["value"], source="override")
    if known["status"] != "active":
        return Evaluated(flag=flag, value=known["rules"]["default"], source="inactive")
    verdict = rules.evaluate(known["rules"], flag, user_id, attributes or {})
    source: Literal["rule", "default"] = "default" if verdict.rule is None else "rule"
    return Evaluated(flag=flag, value=verdict.value, source=source, rule=verdict.rule)


def _definition(name: str) -> dict[str, Any]:
    found = dynamodb_access.get_feature_flag_by_name(name)
    return {"status": found.status, "rules": found.rules}


def _override(user_id: str, target_id: str) -> tuple[dict[str, Any], float]:
    """{"value"}, or nothing where there is none, which is kept as well."""
    found = dynamodb_access.get_user_override(user_id, target_id, FEATURE)
    return ({}, _FOREVER) if found is None else ({"value": found.value}, found.ttl.timestamp())
