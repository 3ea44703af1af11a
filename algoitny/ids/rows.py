"""Ids of rows that are in both stores."""

from django.db import connections, models

from algoitny import store
from algoitny.ids.blocks import next_id
from dynamo_models.backend import ids
from dynamo_models.backend.columns import mirror_for
from dynamo_models.cutover.aliases import sql_alias


def next_row_id(name: str, model: type[models.Model]) -> int:
    """The id of a new row that is written past the database alias. Where the mapper's code serves alone it is the next
    of that kind; beside the alias it comes from where that has its own, so that no id is given out twice."""
    mirror = mirror_for(model)
    if store.current() == "dynamodb" or mirror is None:
        return next_id(name)
    return ids.next_id(mirror, connections[sql_alias()])
