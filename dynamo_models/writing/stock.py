"""PynamoDB's own ways to an item: its update actions and transactions write the right keys, or are refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from pynamodb.connection import TableConnection
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as UpdateAction

from dynamo_models import transport
from dynamo_models.codec import codec_of
from dynamo_models.errors import KeyRefused, ValueRefused
from dynamo_models.schema.definition import EntityDefinition
from dynamo_models.writing import patches, puts, values
from dynamo_models.writing.call import Action, Call
from dynamo_models.writing.run import run


class _Promise:
    """Apart from the entity's own attributes: a type checker would take it for an argument of the constructor."""

    # The call that a transaction of PynamoDB's has taken of this instance and not yet carried out.
    _promise: Call | None = None


class StockEntity(_Promise, EntityDefinition):
    """An entity as PynamoDB's own classes use it."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        return transport.table_connection(cls.schema.table)

    @classmethod
    def _instantiate(cls, attribute_values: Any) -> Any:
        return codec_of(cls).decode(attribute_values)

    @classmethod
    def from_raw_data(cls, data: Any) -> Self:
        """An instance from an item as DynamoDB has it."""
        return codec_of(cls).decode(data)  # type: ignore[no-any-return]

    def serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:  # noqa: ARG002 - PynamoDB's signature
        """The whole item as DynamoDB has it, keys included."""
        return values.encoded(self)

    def deserialize(self, attribute_values: dict[str, dict[str, Any]]) -> None:
        values.take(self, attribute_values)

    def update(
        self, actions: Iterable[UpdateAction], condition: Condition | None = None, *, add_version_condition: bool = True
    ) -> Self:
        """PynamoDB's update, as a patch: it does not create, and the index keys follow."""
        run(patches.patch(self, {}, list(actions), if_=condition, add_version_condition=add_version_condition))
        return self

    @classmethod
    def get_operation_kwargs_from_class(
        cls, hash_key: Any, range_key: Any | None = None, condition: Condition | None = None
    ) -> dict[str, Any]:
        """What PynamoDB's TransactGet.get and TransactWrite.condition_check send: keys are given as they are stored."""
        key: dict[str, dict[str, Any]] = {}
        for half, value in ((cls.schema.primary.pk, hash_key), (cls.schema.primary.sk, range_key)):
            if half is not None and value is not None:
                key[half.attribute.name] = {half.attribute.type: str(value) if half.attribute.type == "N" else value}
        if cls.schema.primary.read_back(key) is None:
            raise KeyRefused(
                f"{cls.schema.name}: ({hash_key!r}, {range_key!r}) is no primary key of it; keys are given here as "
                "they are stored.",
                entity=cls.schema.name,
                key=cls.schema.primary.name,
            )
        return Action(kind="ConditionCheck", table=cls.schema.table, key=key, condition=condition).request()

    def get_save_kwargs_from_instance(
        self, condition: Condition | None = None, return_values_on_condition_failure: str | None = None
    ) -> dict[str, Any]:
        return self._promised(puts.put(self, before=self._stored, if_=condition), return_values_on_condition_failure)

    def get_update_kwargs_from_instance(
        self,
        actions: list[UpdateAction],
        condition: Condition | None = None,
        return_values_on_condition_failure: str | None = None,
        *,
        add_version_condition: bool = True,
    ) -> dict[str, Any]:
        call = patches.patch(self, {}, list(actions), if_=condition, add_version_condition=add_version_condition)
        return self._promised(call, return_values_on_condition_failure)

    def get_delete_kwargs_from_instance(
        self,
        condition: Condition | None = None,
        return_values_on_condition_failure: str | None = None,
        *,
        add_version_condition: bool = True,
    ) -> dict[str, Any]:
        call = puts.delete(self, before=self._stored, if_=condition, add_version_condition=add_version_condition)
        return self._promised(call, return_values_on_condition_failure)

    def _promised(self, call: Call, return_values: str | None) -> dict[str, Any]:
        """One call as a request, for PynamoDB's transaction to send."""
        schema = self.schema
        if schema.uniques and (len(call.actions) > 1 or call.actions[0].kind != "Update"):
            raise ValueRefused(
                f"{schema.name} has unique items, which PynamoDB's TransactWrite would not write: use "
                f"{schema.table.name}'s own transaction()."
            )
        self._promise = call
        request = call.actions[0].request()
        if return_values:
            request["ReturnValuesOnConditionCheckFailure"] = return_values
        return request

    def update_local_version_attribute(self) -> None:
        """What PynamoDB's TransactWrite calls once it is done: the instance becomes what was written."""
        call, self._promise = self._promise, None
        if call is not None:
            call.done(None)


class _Refused:
    """One of PynamoDB's verbs that an entity has under another name."""

    def __init__(self, name: str, instead: str) -> None:
        self.name = name
        self.instead = instead

    def __get__(self, instance: object, owner: type[Any]) -> Any:
        raise AttributeError(f"{owner.__name__}.{self.name} is PynamoDB's; use {self.instead.format(owner.__name__)}.")


_INSTEAD: Mapping[str, str] = {
    "get": "{0}.objects.get(...)",
    "query": "{0}.objects.filter(...)",
    "scan": "{0}.objects.scan()",
    "count": "{0}.objects.filter(...).count()",
    "batch_get": "{0}.objects.get_many([...])",
    "batch_write": "its table's batch()",
    "exists": "{0}.objects.filter(...).exists()",
    "create_table": "manage.py dynamo_tables apply",
    "delete_table": "the console: nothing here deletes a table",
    "describe_table": "manage.py dynamo_tables plan",
    "update_ttl": "manage.py dynamo_tables apply",
}
for _name, _instead in _INSTEAD.items():
    setattr(StockEntity, _name, _Refused(_name, _instead))
