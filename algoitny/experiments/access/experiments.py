"""Experiments: their definitions, their tags beside them, and their statuses."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from algoitny.experiments import ids, statuses, weights
from algoitny.experiments.access import tags as tagging
from algoitny.experiments.access.overrides import check_override, new_override, subject_of
from algoitny.experiments.access.paging import PAGE, again, page, pointed_at
from algoitny.experiments.caching import changing
from algoitny.experiments.errors import ExperimentsError, NotThereError, TransitionRefusedError
from algoitny.experiments.items import EXPERIMENT, Experiment, ExperimentTag
from algoitny.experiments.tables import experiments
from algoitny.keyset import Page
from dynamo_models import now


class Experiments:
    def create_experiment(
        self,
        name: str,
        description: str,
        variations: Sequence[dict[str, Any]],
        owner: str,
        *,
        tags: Iterable[str] = (),
    ) -> Experiment:
        """A draft. variations: dicts of name and, where they are given, description, value and weight (1 otherwise).

        Raises VariationsRefusedError.
        """
        key, at = uuid.uuid4(), now()
        made = Experiment(
            id=key,
            name=name,
            description=description,
            variations=_variations(key, variations),
            owner=owner,
            tags=tagging.checked(tags),
            created_at=at,
            updated_at=at,
        )
        with experiments.transaction() as tx:
            tx.create(made)
            for tag in made.tags:
                tx.create(ExperimentTag(experiment_id=key, tag=tag, created_at=at))
        return made

    def get_experiment(self, experiment_id: str | uuid.UUID) -> Experiment:
        """Strongly consistent. Raises NotThereError."""
        found = Experiment.objects.filter(id=ids.read(experiment_id)).consistent().first()
        if found is None:
            raise NotThereError(f"There is no experiment {experiment_id}.")
        return found

    def get_experiments_by_status(
        self, status: str, *, limit: int = PAGE, cursor: str | None = None
    ) -> Page[Experiment]:
        return page(Experiment.objects.by_status(status=status).order_by("-created_at"), limit, cursor)

    def get_experiments_by_owner(self, owner: str, *, limit: int = PAGE, cursor: str | None = None) -> Page[Experiment]:
        return page(Experiment.objects.by_owner(owner=owner).order_by("-created_at"), limit, cursor)

    def get_experiments_by_tag(self, tag: str, *, limit: int = PAGE, cursor: str | None = None) -> Page[Experiment]:
        """The rows of the tag, and the experiments that they lead to in one batch."""
        rows = page(ExperimentTag.objects.by_tag(tag=tag).order_by("-created_at"), limit, cursor)
        return pointed_at(rows, lambda them: Experiment.objects.get_many([{"id": row.experiment_id} for row in them]))

    def update_experiment(self, experiment_id: str | uuid.UUID, **changes: Any) -> Experiment:
        """Change name, description, owner, tags or, of a draft, variations, with the tags' rows in one transaction."""
        if unknown := sorted(set(changes) - {"name", "description", "owner", "tags", "variations"}):
            raise ExperimentsError(f"{unknown[0]!r} is not changed here; status has a call of its own.")

        def attempt() -> Experiment:
            found = self.get_experiment(experiment_id)
            new = dict(changes)
            if "variations" in new:
                if found.status != statuses.DRAFT:
                    raise TransitionRefusedError(
                        f"The experiment is {found.status}: variations are settled once it was active. Make another."
                    )
                new["variations"] = _variations(found.id, new["variations"])
            had, have = list(found.tags), tagging.checked(new.get("tags", found.tags))
            if "tags" in new:
                new["tags"] = have
            with experiments.transaction() as tx:
                tx.patch(found, **new, updated_at=now())
                for tag in set(have) - set(had):
                    tx.create(ExperimentTag(experiment_id=found.id, tag=tag, created_at=found.created_at))
                for tag in set(had) - set(have):
                    tx.delete(ExperimentTag.objects.ref(experiment_id=found.id, tag=tag))
            return found

        return again(attempt)

    def update_experiment_status(self, experiment_id: str | uuid.UUID, status: str) -> Experiment:
        """Take a step of ``statuses.STEPS``, by a conditional write. Raises TransitionRefusedError."""
        return self.update_experiment_with_override(experiment_id, status)

    def update_experiment_with_override(
        self,
        experiment_id: str | uuid.UUID,
        status: str,
        user_id: str | None = None,
        variation: str | None = None,
    ) -> Experiment:
        """Change the status and give one user a variation, both or neither. variation: its id or its name."""

        def attempt() -> Experiment:
            found = self.get_experiment(experiment_id)
            statuses.check_step(found.status, status)
            if user_id is None or variation is None:
                # Held to the version that was read, and with it to the status.
                return found.patch(status=status, updated_at=now())
            override = new_override(user_id, str(found.id), EXPERIMENT, check_override(found, variation))
            with changing(subject_of(override)), experiments.transaction() as tx:
                tx.patch(found, status=status, updated_at=now())
                tx.put(override)
            return found

        return again(attempt)


def _variations(key: uuid.UUID, given: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    made = [
        {
            "id": ids.variation_id(key, each["name"]),
            "name": each["name"],
            "description": each.get("description", ""),
            "value": each.get("value"),
            "weight": each.get("weight", 1),
        }
        for each in given
    ]
    weights.check(made)
    return made
