"""Feature flags: known by their names, with their rules checked before they are written, and their tags beside them."""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from algoitny.experiments import ids
from algoitny.experiments.access import tags as tagging
from algoitny.experiments.access.paging import PAGE, again, page, pointed_at
from algoitny.experiments.caching import changing
from algoitny.experiments.errors import AlreadyThereError, ExperimentsError, NotThereError
from algoitny.experiments.items import FeatureFlag, FeatureFlagTag
from algoitny.experiments.rules import check as check_rules
from algoitny.experiments.tables import feature_flags
from algoitny.keyset import Page
from dynamo_models import AlreadyExists, TransactionCanceled, now

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


class Flags:
    def create_feature_flag(
        self,
        name: str,
        description: str,
        rules: Any,
        status: str = "inactive",
        *,
        tags: Iterable[str] = (),
    ) -> FeatureFlag:
        """Raises RulesRefusedError, and AlreadyThereError where there is a flag of this name."""
        if not _NAME.fullmatch(name):
            raise ExperimentsError(f"{name!r} is no name of a flag; it takes up to 100 of A-Z a-z 0-9 _ . -")
        check_rules(rules)
        at = now()
        made = FeatureFlag(
            id=ids.flag_id(name),
            name=name,
            description=description,
            rules=rules,
            status=status,
            tags=tagging.checked(tags),
            created_at=at,
            updated_at=at,
        )
        try:
            with changing(flag_subject(made.id)), feature_flags.transaction() as tx:
                tx.create(made)
                for tag in made.tags:
                    tx.put(FeatureFlagTag(flag_id=made.id, tag=tag, updated_at=at))
        except TransactionCanceled as error:
            if isinstance(error.causes[0], AlreadyExists):
                raise AlreadyThereError(
                    f"There is a flag {name!r} already; change it, or take another name."
                ) from error
            raise
        return made

    def get_feature_flag(self, flag_id: str | uuid.UUID) -> FeatureFlag:
        """Strongly consistent. Raises NotThereError."""
        found = FeatureFlag.objects.filter(id=ids.read(flag_id)).consistent().first()
        if found is None:
            raise NotThereError(f"There is no flag {flag_id}.")
        return found

    def get_feature_flag_by_name(self, name: str) -> FeatureFlag:
        """Raises NotThereError."""
        try:
            return self.get_feature_flag(ids.flag_id(name))
        except NotThereError as error:
            raise NotThereError(f"There is no flag {name!r}.") from error

    def get_feature_flags_by_status(
        self, status: str, *, limit: int = PAGE, cursor: str | None = None
    ) -> Page[FeatureFlag]:
        """Those that changed last first."""
        return page(FeatureFlag.objects.by_status(status=status).order_by("-updated_at"), limit, cursor)

    def get_active_feature_flags(self, *, limit: int = PAGE, cursor: str | None = None) -> Page[FeatureFlag]:
        return self.get_feature_flags_by_status("active", limit=limit, cursor=cursor)

    def get_feature_flags_by_tag(self, tag: str, *, limit: int = PAGE, cursor: str | None = None) -> Page[FeatureFlag]:
        """The rows of the tag, and the flags that they lead to in one batch."""
        rows = page(FeatureFlagTag.objects.by_tag(tag=tag).order_by("-updated_at"), limit, cursor)
        return pointed_at(rows, lambda them: FeatureFlag.objects.get_many([{"id": row.flag_id} for row in them]))

    def update_feature_flag(self, flag_id: str | uuid.UUID, **changes: Any) -> FeatureFlag:
        """Change description, rules, status or tags; the tags' rows follow in one transaction."""
        if unknown := sorted(set(changes) - {"description", "rules", "status", "tags"}):
            raise ExperimentsError(f"{unknown[0]!r} of a flag does not change; its name is what it is known by.")
        if "rules" in changes:
            check_rules(changes["rules"])
        if "tags" in changes:
            changes["tags"] = tagging.checked(changes["tags"])

        def attempt() -> FeatureFlag:
            found = self.get_feature_flag(flag_id)
            had, at = list(found.tags), now()
            have = changes.get("tags", had)
            with changing(flag_subject(found.id)), feature_flags.transaction() as tx:
                tx.patch(found, **changes, updated_at=at)
                for tag in have:
                    tx.put(FeatureFlagTag(flag_id=found.id, tag=tag, updated_at=at))
                for tag in set(had) - set(have):
                    tx.delete(FeatureFlagTag.objects.ref(flag_id=found.id, tag=tag))
            return found

        return again(attempt)

    def update_feature_flag_status(self, flag_id: str | uuid.UUID, status: str) -> FeatureFlag:
        return self.update_feature_flag(flag_id, status=status)


def flag_subject(flag_id: uuid.UUID) -> str:
    """What the cache knows a flag by."""
    return f"flag:{flag_id}"
