"""One batch of a backfill: the next rows of a range go into the change log and, from there, into the mirror."""

from __future__ import annotations

import random
from dataclasses import dataclass

from django.db.models import F
from django.utils import timezone

from dynamo_models.mirror import relay
from dynamo_models.mirror.backfill.keyset import keys_after
from dynamo_models.mirror.backfill.throttle import Throttle
from dynamo_models.mirror.capture.columns import pk_of
from dynamo_models.mirror.enqueue import enqueue_pks, text_of
from dynamo_models.mirror.log.runs import BackfillRange
from dynamo_models.mirror.registration import Mirror
from dynamo_models.tracing import span
from dynamo_models.transport import capture

ROUNDS = 3  # in which what failed for a reason that passes is tried, before it is left to a relay


@dataclass(frozen=True)
class Batches:
    """Carries out the batches of one mirror. size: rows in one."""

    mirror: Mirror
    using: str
    size: int
    throttle: Throttle

    def next(self, part: BackfillRange) -> bool:
        """Mirror the next rows of a range and save how far it is; False where there were none left."""
        model, using = self.mirror.model, self.using
        low, high = (None if text is None else pk_of(model, text) for text in (part.cursor or part.low, part.high))
        pks = keys_after(self.mirror, using, low, high, self.size)
        if not pks:
            BackfillRange.objects.using(using).filter(pk=part.pk).update(status="completed")
            return False
        keys = [text_of(self.mirror, pk, using) for pk in pks]
        last = keys[-1]
        # They are in hand here: a relay has enough to do with what others write.
        enqueue_pks(self.mirror, pks, using, claimed_until=timezone.now() + relay.LEASE)
        # Neighbours by primary key are often neighbours in a partition, which takes only so much at once.
        random.Random(f"{part.run_id} {last}").shuffle(keys)  # type: ignore[attr-defined]  # noqa: S311 - not for secrets
        with span("backfill", mirror=self.mirror.label, run=part.run_id, rows=len(keys), database=using):  # type: ignore[attr-defined]
            worked, units = self._mirror(keys)
        BackfillRange.objects.using(using).filter(pk=part.pk).update(
            cursor=last,
            done=F("done") + worked.done,
            put_off=F("put_off") + worked.failed,
            dead=F("dead") + worked.dead,
            units=F("units") + units,
        )
        part.cursor = last
        return True

    @property
    def _at_once(self) -> int:
        """Rows that are mirrored together: within a rate so few that they are a fraction of a second of it."""
        return self.size if self.throttle.rate is None else max(1, int(self.throttle.rate / 8))

    def _mirror(self, keys: list[str]) -> tuple[relay.Worked, float]:
        worked, units = relay.Worked(), 0.0
        for number in range(ROUNDS):
            if number and keys:
                self.throttle.rest(number)
            failed = []
            for at in range(0, len(keys), self._at_once):
                with capture() as usage:
                    came = relay.attempt_many(self.mirror.label, keys[at : at + self._at_once], self.using)
                units += self.throttle.spend(usage, sum(one.written for one in came.values()))
                failed += [key for key, one in came.items() if one.failed]
                worked = sum((one for one in came.values() if not one.failed), worked)
            keys = failed
        worked.failed = len(keys)
        return worked, units
