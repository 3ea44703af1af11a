"""The writes of atomic blocks: collected, and sent as one transaction as the outermost block ends.

A block of the SQL alias counts as much as one of this alias: ``atomic()`` names neither. SQL's connection does not know
of this one, so while there is something to send, its methods that end blocks are wrapped: writes are sent before SQL
commits, and if that fails the block fails, and SQL rolls back. Should SQL's own commit fail after that, DynamoDB has
what SQL has not: two databases have no common commit.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from django.db import DatabaseError, IntegrityError
from django.db.models.sql import Query

from dynamo_models.backend import places
from dynamo_models.backend.errors import translated
from dynamo_models.backend.intents import Intent, Intents
from dynamo_models.backend.sending import send
from dynamo_models.backend.slots import new_images
from dynamo_models.backend.targets import intent_of, targets
from dynamo_models.errors import DynamoModelsError
from dynamo_models.mirror.capture.columns import key_of
from dynamo_models.mirror.direction import back
from dynamo_models.mirror.registration import Mirror
from dynamo_models.mirror.sync import digest_of
from dynamo_models.writing import batch
from dynamo_models.writing.call import WireKey, key_identity

logger = logging.getLogger(__name__)

BEGIN = "begin"
_WRAPPED = ("savepoint", "savepoint_commit", "savepoint_rollback", "commit", "rollback", "close", "set_autocommit")


class Collected:
    """What the blocks that are open on a thread have written through the alias, and not yet sent."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.intents = Intents()
        self.saved: dict[tuple[str, str], Intents] = {}
        self.watched: Any = None  # the connection of SQL whose methods are wrapped
        self.sending = False

    # Writing

    def write(self, intents: Sequence[Intent]) -> None:
        """Send these, or keep them until the block ends."""
        if places.in_block(self.connection):
            self.watch()
        for intent in intents:
            self.intents.keep(intent)
        if self.watched is None:
            try:
                self._send()
            finally:
                self.intents = Intents()

    def _send(self) -> None:
        intents = self.intents
        locks = [each for each in intents.by_row.values() if each.locked is not None and not each.writes]
        self.sending = True  # what it reads on its way sees what is written, and ends nothing
        try:
            send(intents.writing, using=self.connection.alias, native_uuid=self.native_uuid, locks=locks)
            self._bring_back([each for each in intents.writing if each.inserted is not None])
        finally:
            self.sending = False

    def _bring_back(self, new: Sequence[Intent]) -> None:
        """Have new rows in SQL before anything there refers to them; what comes of it is nobody's failure."""
        sql = self.connection.sql_alias
        awaited = [each for each in new if back().awaited(each.mirror, sql)]
        for intent, images in new_images(awaited, using=self.connection.alias) if awaited else ():
            key, _ = images[0]
            row_key = key_of(intent.mirror.model, intent.pk, native_uuid=self.native_uuid)
            digest = digest_of(intent.mirror.entity.schema.table.name, key)
            try:
                back().mark(intent.mirror, [(row_key, digest, json.dumps(key))], sql)
            except (DatabaseError, DynamoModelsError) as error:
                logger.warning("%s %s comes back later: %s", intent.mirror.label, row_key, error)

    def insert(self, intents: Sequence[Intent]) -> None:
        """Send new rows, or keep them. Within a block IntegrityError is raised here for what is taken by now, as SQL
        would; what another writer takes until the block ends fails the block."""
        if not places.in_block(self.connection):
            self.write(intents)
            return
        with translated():
            self._free(intents)
        self.watch()
        for intent in intents:
            known = self.intents.of(intent.mirror, intent.pk)
            if known is None:
                self.intents.keep(intent)
            else:
                known.insert(intent.row() or {})

    def _free(self, intents: Sequence[Intent]) -> None:
        mine = self._identities(intents)
        others = [each for each in self.intents.writing if each.inserted is not None]
        if taken := mine.keys() & self._identities(others).keys():
            raise IntegrityError(f"{', '.join(sorted(taken))} is taken by a row that this block has written.")
        # What rows of this block are leaving is looked at when it ends.
        leaving = self._identities([Intent(mirror=each.mirror, pk=each.pk, raw=each.raw, base=each.base)
                                    for each in self.intents.writing if each.raw is not None])  # fmt: skip
        for identity, (intent, key) in mine.items():
            table = intent.mirror.entity.schema.table
            (raw,) = batch.get_all(table, [key], consistent=True)
            gone = raw is None or places.gone(intent.mirror, raw)
            if not gone and identity not in leaving:
                raise IntegrityError(f"{intent.mirror.label} {intent.pk}: {identity} is taken; nothing was written.")

    def _identities(self, intents: Sequence[Intent]) -> dict[str, tuple[Intent, WireKey]]:
        return {
            key_identity(key): (intent, key)
            for intent, images in new_images(intents, using=self.connection.alias)
            for key, _ in images
        }

    def targets(self, query: Query, mirror: Mirror) -> list[Intent]:
        """The rows that a query matches, as the block has them."""
        with translated():
            return targets(query, mirror, self.intents.about(mirror), using=self.connection.alias)

    def lock(self, mirror: Mirror, items: Iterable[Any]) -> None:
        """Hold the block to rows as they were read."""
        self.watch()
        for item in items:
            intent = intent_of(mirror, item)
            kept = self.intents.keep(intent)
            if kept.locked is None:
                kept.locked = kept.raw

    @property
    def native_uuid(self) -> bool:
        return bool(self.connection.sql.features.has_native_uuid_field)

    # Blocks

    def watch(self) -> None:
        """Have the ends of SQL's blocks told from now on."""
        if self.watched is not None:
            return
        self.watched = self.connection.sql
        for alias in ("alias", "sql"):
            self.saved.setdefault((alias, BEGIN), self.intents.copy())
        for name in _WRAPPED:
            setattr(self.watched, name, partial(getattr(self, f"_{name}"), getattr(self.watched, name)))

    def forget(self) -> None:
        """Nothing is to be sent any more."""
        if self.watched is not None:
            for name in _WRAPPED:
                delattr(self.watched, name)
        self.watched = None
        self.intents, self.saved = Intents(), {}

    def save(self, whose: str, sid: str) -> None:
        """A savepoint begins."""
        if self.watched is not None:
            self.saved[whose, sid] = self.intents.copy()

    def restore(self, whose: str, sid: str) -> None:
        """A savepoint, or the whole block, is rolled back. One from before the first write takes all of them along."""
        if self.watched is not None:
            kept = self.saved.get((whose, sid)) or self.saved[whose, BEGIN]
            self.intents = kept.copy()

    def ended(self) -> None:
        """A block is about to end well. The outermost one sends what was collected."""
        if self.watched is None or self.sending or places.in_block(self.connection):
            return
        self._send()
        self.forget()

    def settle(self) -> None:
        """Send what a block has left of whose end nothing was told: within a TestCase, one without a savepoint."""
        self.ended()

    # The methods of SQL's connection, wrapped

    def _savepoint(self, savepoint: Callable[[], Any]) -> Any:
        sid = savepoint()
        self.save("sql", sid)
        return sid

    def _savepoint_commit(self, commit: Callable[[Any], None], sid: Any) -> None:
        self.ended()
        commit(sid)

    def _savepoint_rollback(self, rollback: Callable[[Any], None], sid: Any) -> None:
        self.restore("sql", sid)
        rollback(sid)

    def _commit(self, commit: Callable[[], None]) -> None:
        self.ended()
        commit()

    def _rollback(self, rollback: Callable[[], None]) -> None:
        self._rolled_back()
        rollback()

    def _close(self, close: Callable[[], None]) -> None:
        self._rolled_back()
        close()

    def _set_autocommit(self, set_autocommit: Callable[..., None], autocommit: bool, *args: Any, **kwargs: Any) -> None:
        if not autocommit:
            self.save("sql", BEGIN)
        set_autocommit(autocommit, *args, **kwargs)

    def _rolled_back(self) -> None:
        self.restore("sql", BEGIN)
        if not places.open_blocks(self.connection):
            self.forget()
