"""All that a store holds, to be compared as a whole."""

import json

from django.apps import apps

from algoitny.tables import main, plans, users
from dynamo_models import transport

ROOMS = ("accounts", "problems", "history", "usage", "jobs")


def every_item():
    """Each item of the three tables as it is stored, unique items and counters too."""
    found = {}
    for table in (main, users, plans):
        client = transport.client(table.name)
        for page in client.get_paginator("scan").paginate(TableName=table.endpoint_name, ConsistentRead=True):
            for stored in page["Items"]:
                item = stored
                if item["EntityType"] == {"S": "UsageCounter"}:  # how often it was written, and when, is no data
                    item = {name: value for name, value in item.items() if name not in {"Version", "CountedAt"}}
                if item["EntityType"] != {"S": "StreamDone"}:  # nor is how far a handler has come
                    found[table.name, item["PK"]["S"], item["SK"]["S"]] = json.dumps(item, sort_keys=True, default=repr)
    return found


def every_row():
    """Each row of the application's models."""
    return {
        (model.__name__, row.pop(model._meta.pk.name)): row
        for room in ROOMS
        for model in apps.get_app_config(room).get_models()
        for row in model._default_manager.values()
    }
