"""What the processes of a test of concurrency do; each is started anew and shares nothing with its parent."""

from __future__ import annotations

import os
import random


def change_facets(dynamo_models_settings, seed, rounds):
    """Patch one facet or the other of an item, from a copy that may be old by then."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "algoitny.settings")

    from django.test.utils import override_settings

    from dynamo_models import StaleWrite
    from tests.writing.entities import Record

    chance = random.Random(seed)
    done = 0
    with override_settings(DYNAMO_MODELS=dynamo_models_settings):
        item = Record.objects.get(owner="ann", number=1)
        for number in range(rounds):
            if chance.random() < 0.5:
                item = Record.objects.get(owner="ann", number=1)
            changes = chance.choice(
                (
                    {"language": f"l{seed}-{number}"},
                    {"topic": f"t{seed}-{number}"},
                    {"topic": None},
                    {"is_public": chance.random() < 0.5},
                    {"is_deleted": chance.random() < 0.2},
                    {"score": number},
                )
            )
            try:
                item.patch(Record.hits.add(1), **changes)
                done += 1
            except StaleWrite:
                item.refresh()
    return done
