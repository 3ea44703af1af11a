"""Ids of new rows where DynamoDB has them: counted up by an item, which hands them out in blocks."""

from algoitny.ids.blocks import forget, next_id, raise_to

__all__ = ["forget", "next_id", "raise_to"]
