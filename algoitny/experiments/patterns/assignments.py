"""The patterns of assignments and overrides."""

from algoitny.catalogue import planned
from algoitny.experiments import ids, sample
from algoitny.experiments.access import dynamodb_access as access
from algoitny.experiments.access.overrides import new_override
from algoitny.experiments.items import EXPERIMENT, Assignment, Override
from algoitny.experiments.patterns.common import nothing, pattern, reads
from algoitny.experiments.sample import ANN, BEN, TARGET
from dynamo_models import Entity


def _override() -> list[Entity]:
    return [sample.override()]


ASSIGNMENTS = [
    reads(
        "Get assignment by ID",
        sample.assignments,
        lambda: Assignment.objects.filter(id=ids.assignment_id(ANN, TARGET)),
        lambda: access.get_assignment(ids.assignment_id(ANN, TARGET)),
    ),
    reads(
        "Get assignment for a user and an experiment",
        sample.assignments,
        lambda: Assignment.objects.filter(id=ids.assignment_id(ANN, TARGET)).consistent(),
        lambda: access.get_user_assignment(ANN, TARGET),
    ),
    reads(
        "Get assignment for a user and an experiment, under an id that others gave it",
        sample.assignments,
        lambda: Assignment.objects.by_user_and_experiment(user_id=ANN, experiment_id=TARGET),
        lambda: access.find_user_assignment(ANN, TARGET),
    ),
    reads(
        "Get all assignments for a user",
        sample.assignments,
        lambda: Assignment.objects.by_user(user_id=ANN),
        lambda: access.get_user_assignments(ANN),
    ),
    reads(
        "Get all users assigned to an experiment",
        sample.assignments,
        lambda: Assignment.objects.by_experiment(experiment_id=TARGET),
        lambda: access.get_experiment_assignments(TARGET),
    ),
    reads(
        "Get all users assigned to a variation",
        sample.assignments,
        lambda: Assignment.objects.by_variation(variation=sample.ONE),
        lambda: access.get_variation_assignments(sample.ONE),
    ),
    pattern(
        "Create an assignment",
        nothing,
        lambda _: [planned.create(sample.assignments()[0])],
        lambda: access.create_assignment(ANN, TARGET, sample.ONE),
    ),
]


OVERRIDES = [
    reads(
        "Get override by ID",
        _override,
        lambda: Override.objects.filter(id=sample.override().id),
        lambda: access.get_override(sample.override().id),
    ),
    reads(
        "Get the override of a user and an experiment or feature",
        _override,
        lambda: Override.objects.filter(id=sample.override().id).consistent(),
        lambda: access.get_user_override(ANN, TARGET, EXPERIMENT),
    ),
    reads(
        "Get all overrides for a user",
        _override,
        lambda: Override.objects.by_user(user_id=ANN),
        lambda: access.get_user_overrides(ANN),
    ),
    reads(
        "Get all overrides for an experiment or feature",
        _override,
        lambda: Override.objects.by_target(target_id=TARGET),
        lambda: access.get_target_overrides(TARGET),
    ),
    reads(
        "Get all overrides of a type",
        _override,
        lambda: Override.objects.by_type(type=EXPERIMENT),
        lambda: access.get_overrides_by_type(EXPERIMENT),
    ),
    pattern(
        "Create an override",
        nothing,
        lambda _: [planned.create(new_override(BEN, TARGET, EXPERIMENT, sample.ONE))],
        lambda: access.create_override(BEN, TARGET, EXPERIMENT, sample.ONE),
    ),
    pattern(
        "Remove an override",
        _override,
        lambda there: [
            *planned.read(Override.objects.filter(id=sample.override().id), there),
            planned.delete(sample.override()),
        ],
        lambda: access.delete_override(sample.override().id),
    ),
]
