"""The patterns of experiments and feature flags."""

from collections.abc import Sequence

from algoitny.catalogue import Planned, planned
from algoitny.experiments import sample
from algoitny.experiments.access import dynamodb_access as access
from algoitny.experiments.access.overrides import new_override
from algoitny.experiments.items import (
    EXPERIMENT,
    Experiment,
    ExperimentTag,
    FeatureFlag,
    FeatureFlagTag,
)
from algoitny.experiments.patterns.common import nothing, pattern, reads
from algoitny.experiments.sample import ANN, EXPERIMENT_ID, FLAG, FLAG_ID, HOUR, OWNER, START, TAG, TARGET
from dynamo_models import Entity

LATER = START + 9 * HOUR


def _experiment() -> list[Entity]:
    return [sample.experiment(), sample.experiment_tag()]


def _flag() -> list[Entity]:
    return [sample.flag(), sample.flag_tag()]


def _read_experiment(there: Sequence[Entity]) -> list[Planned]:
    return planned.read(Experiment.objects.filter(id=EXPERIMENT_ID).consistent(), there)


def _paused() -> Planned:
    one = sample.experiment()
    return planned.patch(one, planned.changed(one, status="paused", updated_at=LATER))


def _changed_flag(there: Sequence[Entity]) -> list[Planned]:
    one, row = sample.flag(), sample.flag_tag()
    return [
        *planned.read(FeatureFlag.objects.filter(id=FLAG_ID).consistent(), there),
        planned.transaction(
            planned.patch(one, planned.changed(one, status="inactive", updated_at=LATER)),
            planned.put(planned.changed(row, updated_at=LATER), over=row),
        ),
    ]


EXPERIMENTS = [
    pattern("Get experiment by ID", _experiment, _read_experiment, lambda: access.get_experiment(EXPERIMENT_ID)),
    reads(
        "Get experiments by status",
        _experiment,
        lambda: Experiment.objects.by_status(status="active"),
        lambda: access.get_experiments_by_status("active"),
    ),
    reads(
        "Get experiments by owner",
        _experiment,
        lambda: Experiment.objects.by_owner(owner=OWNER),
        lambda: access.get_experiments_by_owner(OWNER),
    ),
    pattern(
        "Get experiments by tag",
        _experiment,
        lambda there: [
            *planned.read(ExperimentTag.objects.by_tag(tag=TAG), there),
            *planned.get_many([sample.experiment()]),
        ],
        lambda: access.get_experiments_by_tag(TAG),
    ),
    pattern(
        "Create an experiment with a tag",
        nothing,
        lambda _: [
            planned.transaction(
                planned.create(planned.changed(sample.experiment(), status="draft")),
                planned.create(sample.experiment_tag()),
            )
        ],
        lambda: access.create_experiment("How many hints", "", sample.VARIATIONS, OWNER, tags=[TAG]),
    ),
    pattern(
        "Change an experiment's status",
        _experiment,
        lambda there: [*_read_experiment(there), _paused()],
        lambda: access.update_experiment_status(EXPERIMENT_ID, "paused"),
    ),
    pattern(
        "Change an experiment's status and override a user's variation",
        _experiment,
        lambda there: [
            *_read_experiment(there),
            planned.transaction(_paused(), planned.create(new_override(ANN, TARGET, EXPERIMENT, sample.THREE))),
        ],
        lambda: access.update_experiment_with_override(EXPERIMENT_ID, "paused", ANN, "three"),
    ),
]


FLAGS = [
    reads(
        "Get feature flag by ID",
        _flag,
        lambda: FeatureFlag.objects.filter(id=FLAG_ID).consistent(),
        lambda: access.get_feature_flag(FLAG_ID),
    ),
    reads(
        "Get all active feature flags",
        _flag,
        lambda: FeatureFlag.objects.by_status(status="active"),
        access.get_active_feature_flags,
    ),
    pattern(
        "Get feature flags by tag",
        _flag,
        lambda there: [
            *planned.read(FeatureFlagTag.objects.by_tag(tag=TAG), there),
            *planned.get_many([sample.flag()]),
        ],
        lambda: access.get_feature_flags_by_tag(TAG),
    ),
    pattern(
        "Create a feature flag with a tag",
        nothing,
        lambda _: [planned.transaction(planned.create(sample.flag()), planned.create(sample.flag_tag()))],
        lambda: access.create_feature_flag(FLAG, "", sample.RULES, "active", tags=[TAG]),
    ),
    pattern(
        "Change a feature flag's status",
        _flag,
        _changed_flag,
        lambda: access.update_feature_flag_status(FLAG_ID, "inactive"),
    ),
]
