"""The steps to ``complete``: what the mirror has left behind is removed, beside live writers, and as slowly as need be.

There is nothing to give up here: what is removed is of no use since ``final``. So the journal comes first, and a crash
goes on where it was. Writers have put no bookkeeping on items since ``final``; the last pass over the items finds none.
"""

from __future__ import annotations

import json
import time

from django.utils import timezone

from dynamo_models.cutover.stages import COMPLETE
from dynamo_models.switch import journal, remains
from dynamo_models.switch.remains import items
from dynamo_models.switch.steps import BEFORE, JOURNAL, SEEN, Going, NotSwitched, Step, journalled

MOST_PASSES = 10
STAGE = "stage"


def begin(going: Going) -> None:
    """From now on things are removed."""
    journal.write(going.switch, going.using, journalled_at=timezone.now())


def drop_triggers(going: Going) -> None:
    """Nothing is captured of the group's tables any more; its gates stay."""
    dropped = remains.drop_triggers(going.group, going.using, until=time.monotonic() + BEFORE)
    going.told(f"dropped {len(dropped)} triggers")


def forget(going: Going) -> None:
    """The library's tables hold nothing of the group, but for where it stands and its history."""
    for name, count in remains.forget(going.group, going.using).items():
        going.told(f"removed {count:,} rows of {name}")


def clear_items(going: Going) -> None:
    """No tombstone is left, and no item has bookkeeping: pass after pass, until one finds nothing."""
    place = items.Place(**json.loads(going.switch.state))

    def save(place: items.Place) -> None:
        journal.write(going.switch, going.using, state=json.dumps(place.as_dict()))

    while place.passes < MOST_PASSES:
        place.found = items.clear(going.group, going.using, place, saved=save)
        going.told(f"pass {place.passes + 1} over the items found {place.found:,} to clear")
        if not place.found:
            return
        place = items.Place(passes=place.passes + 1)
        save(place)
    raise NotSwitched(
        f"After {MOST_PASSES} passes items of {going.group} still get bookkeeping of the mirror's: a process runs that "
        "does not know of stage final. Restart it, and go on."
    )


def put_stage(going: Going) -> None:
    """The group is at its last place."""
    journalled(going, COMPLETE, frozen=False, step=STAGE)


def tidy(going: Going) -> None:
    """What processes have counted until they knew is removed as well."""
    time.sleep(SEEN)
    forget(going)


STEPS: list[tuple[str, Step]] = [
    (JOURNAL, begin),
    ("triggers", drop_triggers),
    ("forget", forget),
    ("items", clear_items),
    (STAGE, put_stage),
    ("tidy", tidy),
]
