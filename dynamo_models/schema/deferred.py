"""Values of an instance of which only a part was loaded: reading one that was not raises, and never lies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dynamo_models.errors import DeferredAttribute

if TYPE_CHECKING:
    from dynamo_models.schema.definition import EntityDefinition


class DeferredValues(dict[str, Any]):
    """A dict of values that raises DeferredAttribute for those that were not loaded."""

    def __init__(self, values: Iterable[tuple[str, Any]], entity: str, deferred: frozenset[str]) -> None:
        super().__init__(values)
        self.entity = entity
        self.deferred = deferred

    def get(self, name: str, default: Any = None) -> Any:
        if name in self:
            return super().__getitem__(name)
        if name in self.deferred:
            raise self.not_loaded(name)
        return default

    def __missing__(self, name: str) -> Any:
        if name in self.deferred:
            raise self.not_loaded(name)
        raise KeyError(name)

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)

    def not_loaded(self, name: str) -> DeferredAttribute:
        return DeferredAttribute(
            f"{self.entity}.{name} was not loaded: the index does not project it, only() left it out, a reference has "
            "nothing but its key, or a transaction changed it. refresh() loads the item."
        )


def defer(instance: EntityDefinition, names: Iterable[str]) -> None:
    """Let these attributes raise when they are read, until the item is loaded again."""
    deferred = instance._deferred | frozenset(names)  # noqa: SLF001 - set here and by what loads an item
    kept = [(name, value) for name, value in instance.attribute_values.items() if name not in deferred]
    instance._deferred = deferred  # noqa: SLF001 - as above
    instance.attribute_values = DeferredValues(kept, instance.schema.name, deferred)
