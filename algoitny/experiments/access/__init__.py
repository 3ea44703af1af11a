"""Every question that is asked of the five tables, and every write: ``DynamoDBAccess``, as the documents call it."""

from algoitny.experiments.access.assignments import Assignments
from algoitny.experiments.access.events import Events
from algoitny.experiments.access.experiments import Experiments
from algoitny.experiments.access.flags import Flags
from algoitny.experiments.access.overrides import Overrides

__all__ = ["DynamoDBAccess", "dynamodb_access"]


class DynamoDBAccess(Assignments, Events, Experiments, Flags, Overrides):
    """Lists are newest first and paged: ``limit`` of a page, ``cursor`` as the page before gave it (``CursorError``
    for another). A range of times takes ``since`` (included) and ``until`` (not included)."""


dynamodb_access = DynamoDBAccess()
