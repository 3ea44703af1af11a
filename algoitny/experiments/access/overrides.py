"""Overrides: what one user is given, whatever the experiment or the flag says."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from algoitny.experiments import ids
from algoitny.experiments.access.paging import PAGE, page
from algoitny.experiments.caching import changing
from algoitny.experiments.errors import NotThereError, VariationsRefusedError
from algoitny.experiments.items import OVERRIDES_KEPT, Experiment, Override
from algoitny.keyset import Page
from dynamo_models import now


class Overrides:
    def create_override(
        self,
        user_id: str,
        target_id: str,
        type: str,  # noqa: A002 - the documents' name
        value: Any,
        *,
        kept: timedelta = OVERRIDES_KEPT,
    ) -> Override:
        """In place of the one that the user has for this target, if any. type: experiment or feature."""
        made = new_override(user_id, target_id, type, value, kept=kept)
        with changing(subject_of(made)):
            made.put()
        return made

    def get_override(self, override_id: str | UUID) -> Override | None:
        return Override.objects.filter(id=ids.read(override_id)).first()

    def get_user_override(self, user_id: str, target_id: str, type: str) -> Override | None:  # noqa: A002
        """The one that decides, strongly consistent."""
        return Override.objects.filter(id=ids.override_id(user_id, target_id, type)).consistent().first()

    def get_user_overrides(self, user_id: str, *, limit: int = PAGE, cursor: str | None = None) -> Page[Override]:
        return page(Override.objects.by_user(user_id=user_id).order_by("-created_at"), limit, cursor)

    def get_target_overrides(self, target_id: str, *, limit: int = PAGE, cursor: str | None = None) -> Page[Override]:
        return page(Override.objects.by_target(target_id=target_id).order_by("-created_at"), limit, cursor)

    def get_overrides_by_type(self, type: str, *, limit: int = PAGE, cursor: str | None = None) -> Page[Override]:  # noqa: A002
        return page(Override.objects.by_type(type=type).order_by("-created_at"), limit, cursor)

    def delete_override(self, override_id: str | UUID) -> None:
        """Raises NotThereError."""
        found = self.get_override(override_id)
        if found is None:
            raise NotThereError(f"There is no override {override_id}.")
        with changing(subject_of(found)):
            found.delete()


def new_override(user_id: str, target_id: str, kind: str, value: Any, *, kept: timedelta = OVERRIDES_KEPT) -> Override:
    at = now()
    return Override(
        id=ids.override_id(user_id, target_id, kind),
        user_id=user_id,
        target_id=target_id,
        type=kind,
        value=value,
        created_at=at,
        ttl=at + kept,
    )


def subject_of(override: Override) -> str:
    """What the cache knows an override's user and target by."""
    return subject(override.user_id, override.target_id, override.type)


def subject(user_id: str, target_id: str, kind: str) -> str:
    return f"{kind}:{ids.override_id(user_id, target_id, kind)}"


def check_override(experiment: Experiment, variation: Any) -> str:
    """The id of a variation that is named by its id or its name. Raises VariationsRefusedError."""
    for each in experiment.variations:
        if variation in (each["id"], each["name"]):
            return str(each["id"])
    names = ", ".join(each["name"] for each in experiment.variations)
    raise VariationsRefusedError(f"The experiment has no variation {variation!r}; it has {names}.")
