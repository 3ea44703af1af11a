"""The changes that a plan is made of: what each does, and how it reads."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from dynamo_models.tables.state import (
    ENCRYPTION,
    PROTECTION,
    RECOVERY,
    SCALING,
    STREAM,
    TAGS,
    TTL,
    IndexState,
    ScalingPlace,
    ScalingRange,
    TableState,
    Units,
)

STREAM_WORDS = {
    "NEW_AND_OLD_IMAGES": "new and old images",
    "NEW_IMAGE": "new images",
    "OLD_IMAGE": "old images",
    "KEYS_ONLY": "keys only",
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change. ``mark`` is + for what is added, ~ for what is changed, - for what is taken away.

    aspect: the word for what it changes, where an endpoint may not know that at all.
    loses: something that readers or operators may rely on is gone, for a while or for good.
    """

    mark: ClassVar[str] = "~"
    aspect: ClassVar[str] = ""

    @property
    def loses(self) -> bool:
        return False

    @property
    def kind(self) -> str:
        return type(self).__name__

    @property
    def text(self) -> str:
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """Kind, mark and text for the reader, and the step's own fields for a program."""
        own = {item.name: _plain(getattr(self, item.name)) for item in fields(self)}
        return {"kind": self.kind, "mark": self.mark, "text": self.text, **own}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.to_json() if hasattr(value, "to_json") else value


@dataclass(frozen=True, kw_only=True)
class CreateTable(Step):
    """Make the table with its indexes, capacity, encryption, stream, tags and protection, in one request."""

    mark: ClassVar[str] = "+"
    table: TableState

    @property
    def text(self) -> str:
        table = self.table
        keys = ", ".join(f"{name} ({kind})" for name, kind in table.keys)
        parts = [f"create the table: {keys}", "on demand" if table.units is None else str(table.units)]
        if table.indexes:
            parts.append(f"indexes {', '.join(table.indexes)}")
        if table.stream:
            parts.append(f"stream of {STREAM_WORDS[table.stream]}")
        if table.encryption:
            parts.append(f"encrypted by {_key_words(table.encryption)}")
        if table.tags:
            parts.append(f"tags {', '.join(sorted(table.tags))}")
        if table.deletion_protection:
            parts.append("protected from deletion")
        return "; ".join(parts)


@dataclass(frozen=True, kw_only=True)
class UpdateCapacity(Step):
    """Change how the table is billed, or its units, or its indexes' units. Only what differs may be named.

    mode: PROVISIONED or PAY_PER_REQUEST where that changes, None where it stays.
    units: the table's, where they change. indexes: (name, units) of those whose units change.
    """

    mode: str | None = None
    units: Units | None = None
    indexes: tuple[tuple[str, Units], ...] = ()

    @property
    def text(self) -> str:
        if self.mode == "PAY_PER_REQUEST":
            return "capacity: on demand"
        parts = [f"table {self.units}"] if self.units else []
        parts += [f"{name} {units}" for name, units in self.indexes]
        return f"capacity: {'provisioned, ' if self.mode else ''}{'; '.join(parts)}"


@dataclass(frozen=True, kw_only=True)
class AddIndex(Step):
    """Add one global secondary index and wait until it is backfilled."""

    mark: ClassVar[str] = "+"
    index: IndexState

    @property
    def text(self) -> str:
        return f"add index {self.index.name}: {self.index.describe()}; DynamoDB backfills it from the table's items"


@dataclass(frozen=True, kw_only=True)
class DropIndex(Step):
    """Drop one global secondary index and wait until it is gone."""

    mark: ClassVar[str] = "-"
    name: str
    reason: str = ""

    @property
    def loses(self) -> bool:
        return True

    @property
    def text(self) -> str:
        return f"drop index {self.name}{f': {self.reason}' if self.reason else ''}"


@dataclass(frozen=True, kw_only=True)
class ReplaceIndex(Step):
    """Drop an index and add it anew: an index's keys and projection cannot be changed in place."""

    index: IndexState
    was: str

    @property
    def loses(self) -> bool:
        return True

    @property
    def text(self) -> str:
        return (
            f"replace index {self.index.name}: {self.index.describe()} (was {self.was}); "
            "readers are without it until it is backfilled"
        )


@dataclass(frozen=True, kw_only=True)
class SetTTL(Step):
    """Turn time to live on for ``attribute``, or off for it."""

    aspect: ClassVar[str] = TTL
    attribute: str
    enabled: bool = True

    @property
    def text(self) -> str:
        return f"time to live: {'on' if self.enabled else 'off'}, attribute {self.attribute}"


@dataclass(frozen=True, kw_only=True)
class SetRecovery(Step):
    """Turn point-in-time recovery on or off."""

    aspect: ClassVar[str] = RECOVERY
    enabled: bool

    @property
    def loses(self) -> bool:
        return not self.enabled

    @property
    def text(self) -> str:
        return f"point-in-time recovery: {'on' if self.enabled else 'off; what could be restored until now cannot be'}"


@dataclass(frozen=True, kw_only=True)
class SetEncryption(Step):
    """Change the key that the table is encrypted by."""

    aspect: ClassVar[str] = ENCRYPTION
    key: str | None

    @property
    def loses(self) -> bool:
        return self.key is None

    @property
    def text(self) -> str:
        return f"encryption: by {_key_words(self.key)}"


def _key_words(key: str | None) -> str:
    if key is None:
        return "DynamoDB's own key"
    return "the account's managed key" if key == "aws" else f"KMS key {key}"


@dataclass(frozen=True, kw_only=True)
class SetStream(Step):
    """Turn the stream on with a view, or off."""

    aspect: ClassVar[str] = STREAM
    view: str | None

    @property
    def loses(self) -> bool:
        return self.view is None

    @property
    def text(self) -> str:
        if self.view is None:
            return "stream: off; what reads it stops"
        return f"stream: on, {STREAM_WORDS[self.view]}"


@dataclass(frozen=True, kw_only=True)
class SetTags(Step):
    """Set tags, and take away others."""

    aspect: ClassVar[str] = TAGS
    tags: tuple[tuple[str, str], ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def loses(self) -> bool:
        return bool(self.remove)

    @property
    def text(self) -> str:
        parts = [f"{key}={value}" for key, value in self.tags]
        if self.remove:
            parts.append(f"without {', '.join(self.remove)}")
        return f"tags: {', '.join(parts)}"


@dataclass(frozen=True, kw_only=True)
class SetDeletionProtection(Step):
    """Protect the table from deletion, or stop protecting it."""

    aspect: ClassVar[str] = PROTECTION
    enabled: bool

    @property
    def loses(self) -> bool:
        return not self.enabled

    @property
    def text(self) -> str:
        return f"deletion protection: {'on' if self.enabled else 'off'}"


@dataclass(frozen=True, kw_only=True)
class SetAutoScaling(Step):
    """Let the reads or writes of the table or of an index scale within a range, or stop that (``range`` None).

    policy: the name of the scaling policy that is there already, which is changed then.
    """

    aspect: ClassVar[str] = SCALING
    place: ScalingPlace
    range: ScalingRange | None
    policy: str | None = None

    @property
    def text(self) -> str:
        return f"auto scaling: {self.place}, {self.range or 'off'}"
