"""Which store answered how many queries of each group, as the library has counted them since a moment."""

import json
from collections import Counter

from algoitny.demo import ladder
from dynamo_models.models import ReadTally

USING = "default"


def served(after: int = 0) -> dict[str, Counter[str]]:
    """By group, the counts of all its steps behind the one of that number."""
    found: dict[str, Counter[str]] = {group: Counter() for group in ladder.groups()}
    for row in ReadTally.objects.using(USING).filter(step__gt=after):
        if row.group in found:
            found[row.group].update(json.loads(row.counts))
    return found
