"""The error of a write that would pass the mirror by."""

from __future__ import annotations

from dynamo_models.errors import DynamoModelsError


class WriteRefused(DynamoModelsError):  # noqa: N818 - named for its outcome, as all of them are
    """A write to a watched table whose rows cannot be told. Nothing was written; the message says what to do."""
