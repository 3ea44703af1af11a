"""What goes wrong with archives."""

from dynamo_models.errors import DynamoModelsError


class ArchiveError(DynamoModelsError):
    """An archive cannot be written or read; the message says why, and what to do."""
