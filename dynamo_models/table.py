"""Tables as users have them: the definition, and the writes that belong to a table rather than to one item."""

from __future__ import annotations

from collections.abc import Iterable

from dynamo_models.schema import table as definition
from dynamo_models.schema.definition import EntityDefinition
from dynamo_models.writing import batch
from dynamo_models.writing.transaction import Transaction


class Table(definition.Table):
    __doc__ = definition.Table.__doc__

    def transaction(self, *, token: str | None = None) -> Transaction:
        """Writes that are carried out together, all or none, when the block ends.

        token: the same for each try of the same writes; within ten minutes DynamoDB carries them out once.
        """
        return Transaction(token=token)

    def batch(self) -> batch.Batch:
        """Puts and deletes that are sent in batches when the block ends, and not at all if it raised."""
        return batch.Batch(self)

    def put_all(self, items: Iterable[EntityDefinition]) -> int:
        """Put any number of items in batches, holding one batch at a time; how many were written."""
        return batch.put_all(items)
