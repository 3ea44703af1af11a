"""Transactions of the user's: calls gathered in a block, carried out together when it ends, all or none."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self, TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as UpdateAction

from dynamo_models.errors import ValueRefused
from dynamo_models.schema.definition import EntityDefinition
from dynamo_models.writing import guards, load, moves, patches, puts, run, upserts, values
from dynamo_models.writing.call import Action, Call, all_of

E = TypeVar("E", bound=EntityDefinition)


class Transaction:
    """``with main.transaction(token=request_id) as tx: tx.create(...); tx.patch(...)``.

    Nothing is sent before the block ends, and nothing at all if it raises. Items of several tables may take part, as
    long as they are reached by the same settings. ``token`` makes tries of the same transaction one for ten minutes.
    """

    def __init__(self, *, token: str | None = None) -> None:
        self.token = token
        self.calls: list[Call] = []
        self._open = False

    def __enter__(self) -> Self:
        self.calls = []
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        if kind is None:
            run.transact(self.calls, token=self.token)

    def _add(self, call: Call) -> None:
        if not self._open:
            raise ValueRefused("A transaction takes calls within its block: with table.transaction() as tx: ...")
        self.calls.append(call)

    def create(self, item: E, *, if_: Condition | None = None) -> E:
        """Write an item that is not there; its cause is AlreadyExists where it is."""
        self._add(puts.create(item, if_=if_))
        return item

    def put(self, item: E, *, if_: Condition | None = None) -> E:
        """Write an item in place of what is there."""
        self._add(puts.put(item, before=load.for_uniques(item), if_=if_))
        return item

    def patch(
        self, item: EntityDefinition, *actions: UpdateAction, if_: Condition | None = None, **changes: Any
    ) -> None:
        """Change part of an item that exists; its cause is DoesNotExist where it does not."""
        self._add(patches.patch(item, changes, actions, if_=if_))

    def upsert(
        self, entity: type[EntityDefinition], *actions: UpdateAction, if_: Condition | None = None, **attributes: Any
    ) -> None:
        """Change these attributes of an item, or make it of them; ``if_`` is asked only of an item that is there."""
        self._add(upserts.upsert(entity, attributes, actions, if_=if_))

    def delete(self, item: EntityDefinition, *, if_: Condition | None = None) -> None:
        """Remove an item."""
        self._add(puts.delete(item, before=load.for_uniques(item), if_=if_))

    def move(self, item: EntityDefinition, **changes: Any) -> None:
        """Give an item another primary key."""
        self._add(moves.move(item, changes))

    def require(self, item: EntityDefinition, condition: Condition | None = None) -> None:
        """Write nothing to this item, and everything else only if it exists and the condition holds for it."""
        schema = item.schema
        action = Action(
            kind="ConditionCheck",
            table=schema.table,
            key=values.key_of(item),
            condition=all_of(guards.present(schema), condition),
            failure=guards.failure(item, {}, must_exist=True),
        )
        self._add(Call(what=f"require {schema.name}", schema=schema, actions=[action]))
