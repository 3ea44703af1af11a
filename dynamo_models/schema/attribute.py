"""What every attribute of an entity has in common: its type for the checkers, its options, its form in a key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from pynamodb.attributes import Attribute
from pynamodb.expressions.operand import Path

from dynamo_models.errors import DefinitionError, ValueRefused
from dynamo_models.keys.facets import FacetKind

if TYPE_CHECKING:
    from pynamodb.expressions.condition import Condition
    from pynamodb.expressions.operand import _Decrement, _IfNotExists, _Increment, _ListAppend
    from pynamodb.expressions.update import AddAction, DeleteAction, RemoveAction, SetAction

T = TypeVar("T")


class NotAFacet(TypeError):  # noqa: N818 - it is a finding of the system checks rather than an error of a caller
    """An attribute or a format that cannot stand in a key; ``hint`` says what could."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


class Attr(Attribute[Any], Generic[T]):
    """An attribute of an entity: ``title: Attr[str] = Text()``.

    On an instance it is the value (``str``; ``str | None`` where it may be absent), on the class it makes conditions
    and update actions: ``Problem.title == "A+B"``, ``Problem.hits.add(1)``.

    null: it may be absent. A default of None says so too.
    default: a value, also taken for items that were stored without one; or a callable, for new items only.
    choices: the values it can have; a key may be fanned out over them.
    name: its stored name, where the table's rule does not give it.
    """

    python_name: str = ""
    explicit_name: bool = False
    choices: tuple[Any, ...] | None = None

    def __init__(
        self,
        *,
        null: bool | None = None,
        default: Any = None,
        choices: Sequence[Any] | None = None,
        name: str | None = None,
        **stock: Any,
    ) -> None:
        self.choices = tuple(choices) if choices is not None else None
        self.explicit_name = name is not None
        if isinstance(default, list | dict | set):
            raise DefinitionError(
                f"default={default!r} would be one {type(default).__name__} for all items: give a callable, such as "
                f"default={type(default).__name__}."
            )
        once = callable(default) or isinstance(default, timedelta)
        super().__init__(null=null, default_for_new=default if once else None, attr_name=name, **stock)
        # PynamoDB's own argument takes no Decimal, date or UUID.
        self.default = None if once else default

    def __set_name__(self, owner: Any, name: str) -> None:
        super().__set_name__(owner, name)
        self.python_name = name

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: Any) -> Attr[T]: ...
        @overload
        def __get__(self, instance: object, owner: Any) -> T: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...
        def __set__(self, instance: Any, value: T) -> None: ...  # type: ignore[override]
        def __eq__(self, other: T) -> Condition: ...  # type: ignore[override]
        def __ne__(self, other: T) -> Condition: ...  # type: ignore[override]
        def __lt__(self, other: T) -> Condition: ...  # type: ignore[override]
        def __le__(self, other: T) -> Condition: ...  # type: ignore[override]
        def __gt__(self, other: T) -> Condition: ...  # type: ignore[override]
        def __ge__(self, other: T) -> Condition: ...  # type: ignore[override]
        def set(
            self, value: T | Attribute[Any] | _Increment | _Decrement | _IfNotExists | _ListAppend
        ) -> SetAction | RemoveAction: ...
        def remove(self) -> RemoveAction: ...
        def add(self, *values: Any) -> AddAction: ...
        def delete(self, *values: Any) -> DeleteAction: ...

    else:

        def __get__(self, instance: Any, owner: Any) -> Any:
            if instance is None:
                return self
            return instance.attribute_values.get(self.python_name)

        def __set__(self, instance: Any, value: Any) -> None:
            instance.attribute_values[self.python_name] = value

        def set(self, value: Any) -> Any:
            # PynamoDB writes NULL for None, which an index key does not take and attribute_not_exists does not find.
            if value is None:
                return Path(self).remove()
            return super().set(value)

    __hash__ = None  # type: ignore[assignment]

    def refuse(self, value: Any, wanted: str) -> ValueRefused:
        """The error for a value of the wrong type."""
        return ValueRefused(f"{self.python_name} is {value!r} ({type(value).__name__}); it takes {wanted}.")

    def check(self, value: Any) -> None:
        """ValueRefused for a value that this attribute cannot hold."""

    def check_choice(self, value: Any) -> None:
        """ValueRefused for a value that is none of the choices."""
        if self.choices is not None and value not in self.choices:
            raise ValueRefused(
                f"{self.python_name} is {value!r}; it takes one of {', '.join(map(repr, self.choices))}."
            )

    def now(self, *, new: bool) -> Any | None:  # noqa: ARG002 - what subclasses that stamp themselves look at
        """What the attribute is set to by itself when an item is written; None where it is left alone."""
        return None

    def facet(self, spec: str, delimiter: str) -> FacetKind:  # noqa: ARG002 - what subclasses look at
        """The form of this attribute in a key. NotAFacet where it has none."""
        raise NotAFacet(
            f"{type(self).__name__.removesuffix('Attribute')} cannot stand in a key",
            "Keys are made of text, whole numbers, booleans, times, dates and UUIDs.",
        )


def no_spec(spec: str, what: str) -> None:
    """NotAFacet where a format is given to a facet that takes none."""
    if spec:
        raise NotAFacet(f"{what} takes no format, and {spec!r} is given", "Leave out what stands after the colon.")
