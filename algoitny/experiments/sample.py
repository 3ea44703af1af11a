"""A few items of each table, always the same, for the table of access patterns to be planned and tried on."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from algoitny.experiments import ids
from algoitny.experiments.access.overrides import new_override
from algoitny.experiments.items import (
    EXPERIMENT,
    Assignment,
    Event,
    Experiment,
    ExperimentTag,
    FeatureFlag,
    FeatureFlagTag,
    Override,
)

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

ANN, BEN = "user:1", "user:2"
OWNER = "ann@example.org"
TAG = "hints"
EXPERIMENT_ID = UUID("5f0f0a3e-8a6e-4c53-9d0e-0a1b2c3d4e5f")
TARGET = str(EXPERIMENT_ID)
FLAG = "hints-at-most"
FLAG_ID = ids.flag_id(FLAG)
RULES = {"default": 5, "rules": [{"percentage": 10, "value": 1}]}

_NAMES = ("one", "three")
VARIATIONS = [
    {"id": ids.variation_id(EXPERIMENT_ID, name), "name": name, "description": "", "value": n, "weight": 1}
    for n, name in enumerate(_NAMES)
]
ONE, THREE = (each["id"] for each in VARIATIONS)


def assignments() -> list[Assignment]:
    rows = [(ANN, TARGET, ONE), (BEN, TARGET, THREE), (ANN, "another", "a")]
    return [
        Assignment(
            id=ids.assignment_id(user, experiment),
            user_id=user,
            experiment_id=experiment,
            variation=variation,
            assigned_at=START + n * HOUR,
        )
        for n, (user, experiment, variation) in enumerate(rows)
    ]


def events() -> list[Event]:
    """Eight: of ann, every second one of the experiment, every fourth a purchase."""
    return [
        Event(
            id=UUID(int=n),
            timestamp=START + n * HOUR,
            timestamp_epoch=int((START + n * HOUR).timestamp()),
            user_id=ANN,
            event_type="purchase" if n % 4 == 0 else "view",
            data={"page": "/problems/1000", "n": n},
            experiment_id=TARGET if n % 2 == 0 else None,
        )
        for n in range(8)
    ]


def experiment() -> Experiment:
    return Experiment(
        id=EXPERIMENT_ID,
        name="How many hints",
        status="active",
        variations=VARIATIONS,
        owner=OWNER,
        tags=[TAG],
        created_at=START,
        updated_at=START,
    )


def experiment_tag() -> ExperimentTag:
    return ExperimentTag(experiment_id=EXPERIMENT_ID, tag=TAG, created_at=START)


def flag() -> FeatureFlag:
    return FeatureFlag(
        id=FLAG_ID, name=FLAG, rules=RULES, status="active", tags=[TAG], created_at=START, updated_at=START
    )


def flag_tag() -> FeatureFlagTag:
    return FeatureFlagTag(flag_id=FLAG_ID, tag=TAG, updated_at=START)


def override() -> Override:
    return new_override(ANN, TARGET, EXPERIMENT, THREE)
