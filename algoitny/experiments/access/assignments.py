"""Assignments: one for a user and an experiment, whoever is first."""

from datetime import datetime, timedelta
from uuid import UUID

from algoitny.experiments import ids
from algoitny.experiments.access.paging import PAGE, between, page
from algoitny.experiments.items import ASSIGNMENTS_KEPT, Assignment
from algoitny.keyset import Page
from dynamo_models import AlreadyExists, now


class Assignments:
    def create_assignment(
        self, user_id: str, experiment_id: str, variation: str, *, kept: timedelta = ASSIGNMENTS_KEPT
    ) -> Assignment:
        """The assignment that stands: this one, or the one that another call was first to make."""
        at = now()
        try:
            return Assignment.objects.create(
                id=ids.assignment_id(user_id, experiment_id),
                user_id=user_id,
                experiment_id=experiment_id,
                variation=variation,
                assigned_at=at,
                ttl=at + kept,
            )
        except AlreadyExists as error:
            first: Assignment = error.item
            return first

    def get_assignment(self, assignment_id: str | UUID) -> Assignment | None:
        return Assignment.objects.filter(id=ids.read(assignment_id)).first()

    def get_user_assignment(self, user_id: str, experiment_id: str) -> Assignment | None:
        """By the id that it has here, strongly consistent; or else one that others wrote under an id of their own."""
        mine = Assignment.objects.filter(id=ids.assignment_id(user_id, experiment_id)).consistent().first()
        return mine or self.find_user_assignment(user_id, experiment_id)

    def find_user_assignment(self, user_id: str, experiment_id: str) -> Assignment | None:
        """By user-experiment-index, which may be a moment behind; of several the one with the lowest id."""
        found = Assignment.objects.by_user_and_experiment(user_id=user_id, experiment_id=experiment_id)
        return min(found, key=lambda each: each.id, default=None)

    def get_user_assignments(
        self,
        user_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = PAGE,
        cursor: str | None = None,
    ) -> Page[Assignment]:
        found = Assignment.objects.by_user(user_id=user_id, **between("assigned_at", since, until))
        return page(found.order_by("-assigned_at"), limit, cursor)

    def get_experiment_assignments(
        self,
        experiment_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = PAGE,
        cursor: str | None = None,
    ) -> Page[Assignment]:
        found = Assignment.objects.by_experiment(experiment_id=experiment_id, **between("assigned_at", since, until))
        return page(found.order_by("-assigned_at"), limit, cursor)

    def get_variation_assignments(
        self,
        variation: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = PAGE,
        cursor: str | None = None,
    ) -> Page[Assignment]:
        found = Assignment.objects.by_variation(variation=variation, **between("assigned_at", since, until))
        return page(found.order_by("-assigned_at"), limit, cursor)
