"""Where each attribute of an item comes from: fields by the same name, look-ups through foreign keys, functions.

``{"user_id": "user__id", "platform": "problem__platform", "score": computed(score_of, "points", "problem__weight")}``.
What a mapping depends on is derived from it: the columns of the row itself, and those of other tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from dynamo_models.errors import DefinitionError

LOOKUP = "__"


@dataclass(frozen=True)
class Computed:
    """A value made by a function of the row, and the paths that it looks at."""

    function: Callable[[Any], Any]
    needs: tuple[str, ...]


def computed(function: Callable[[Any], Any], *needs: str) -> Computed:
    """A mapping's entry: ``function(row)`` gives the value, and looks at nothing but the paths in ``needs``."""
    return Computed(function, needs)


@dataclass(frozen=True)
class Dependency:
    """Rows of another table that items of the target are made of.

    model: whose table it is. columns: the fields that matter; empty for every write of the row. lookup: the path from
    the target to the row, "problem"; None where ``target`` names the foreign key that leads to the target itself, as
    that of a many-to-many table does.
    """

    model: type[models.Model]
    columns: frozenset[str]
    lookup: str | None
    target: str | None = None

    @property
    def name(self) -> str:
        """What tells the dependencies of one target apart."""
        return self.lookup if self.lookup is not None else f"{self.model._meta.model_name}.{self.target}"


@dataclass(frozen=True)
class _Step:
    """One field of a path, and the model that it was looked up on."""

    model: type[models.Model]
    field: models.Field[Any, Any]


@dataclass(frozen=True)
class Path:
    """A path from a model to one field's value, or to a list of values where it goes through a many-to-many field."""

    text: str
    steps: tuple[_Step, ...]

    @property
    def many(self) -> int | None:
        """The place of the many-to-many field among the steps; None where there is none."""
        return next((at for at, step in enumerate(self.steps) if step.field.many_to_many), None)

    def value(self, row: Any) -> Any:
        """What the path leads to from a row; None behind an absent row; a list, by primary key, through many rows."""
        found = row
        for at, step in enumerate(self.steps):
            if found is None:
                return None
            if step.field.many_to_many:
                rest = Path(self.text, self.steps[at + 1 :])
                related = getattr(found, _ahead(step.field), None)
                if related is None:
                    related = getattr(found, step.field.name).order_by("pk")
                return [rest.value(each) if rest.steps else each.pk for each in related]
            last = at == len(self.steps) - 1
            found = getattr(found, step.field.attname if last else step.field.name)
        return found

    @property
    def related(self) -> str | None:
        """What select_related takes along for it; None for the row's own field."""
        names = [step.field.name for step in self.steps[: self.many if self.many is not None else -1]]
        return LOOKUP.join(names) or None


def resolve(model: type[models.Model], text: str) -> Path:
    """The path of a look-up. DefinitionError where it does not lead from the model to a field."""
    steps: list[_Step] = []
    current: type[models.Model] | None = model
    for name in text.split(LOOKUP):
        if current is None:
            raise DefinitionError(
                f"{model._meta.label}: {text!r} goes on behind {steps[-1].field.name!r}, a plain field."
            )
        field = _field(current, name, model, text)
        steps.append(_Step(current, field))
        current = field.related_model if field.is_relation else None
    if sum(bool(step.field.many_to_many) for step in steps) > 1:
        raise DefinitionError(f"{model._meta.label}: {text!r} goes through two many-to-many fields; give a function.")
    return Path(text, tuple(steps))


def _field(current: type[models.Model], name: str, model: type[models.Model], text: str) -> models.Field[Any, Any]:
    if name == "pk":
        return current._meta.pk
    for field in (*current._meta.concrete_fields, *current._meta.many_to_many):
        if name in {field.name, field.attname}:
            return field
    try:
        current._meta.get_field(name)
    except FieldDoesNotExist:
        raise DefinitionError(f"{model._meta.label}: {text!r}: {current._meta.label} has no field {name!r}.") from None
    raise DefinitionError(
        f"{model._meta.label}: {text!r}: {name!r} of {current._meta.label} leads backwards; give a function."
    )


def prefetches(paths: Mapping[str, Path], using: str) -> Iterable[models.Prefetch[Any]]:
    """What ``prefetch_related`` takes for the many-to-many fields on the paths: read for all rows in one statement."""
    found: dict[str, tuple[models.Field[Any, Any], set[str]]] = {}
    for path in paths.values():
        if path.many is not None:
            names = [step.field.name for step in path.steps[: path.many + 1]]
            _, behind = found.setdefault(LOOKUP.join(names), (path.steps[path.many].field, set()))
            behind.update(filter(None, [Path(path.text, path.steps[path.many + 1 :]).related]))
    for lookup, (field, related) in found.items():
        rows = field.related_model._default_manager.using(using).order_by("pk")  # type: ignore[union-attr]
        yield models.Prefetch(lookup, rows.select_related(*related) if related else rows, to_attr=_ahead(field))


def _ahead(field: models.Field[Any, Any]) -> str:
    """The attribute of a row that has what a many-to-many field leads to, where it was read ahead."""
    return f"dynamo_ahead_{field.name}"


def dependencies(paths: Mapping[str, Path]) -> Iterator[Dependency]:
    """What the paths need of other tables, one for each way to one, with all the columns that matter there."""
    found: dict[tuple[type[models.Model], str | None, str | None], set[str]] = {}
    for path in paths.values():
        for dependency in _of_path(path):
            key = (dependency.model, dependency.lookup, dependency.target)
            found.setdefault(key, set()).update(dependency.columns)
    for (source, lookup, target), columns in found.items():
        yield Dependency(model=source, columns=frozenset(columns), lookup=lookup, target=target)


def _of_path(path: Path) -> Iterator[Dependency]:
    prefix: list[str] = []
    for step in path.steps:
        field = step.field
        if field.many_to_many:
            if prefix:
                raise DefinitionError(f"{path.text!r}: a many-to-many field behind a foreign key; give a function.")
            through = field.remote_field.through  # type: ignore[union-attr]
            yield Dependency(
                model=through,
                columns=frozenset(),
                lookup=None,
                target=field.m2m_field_name(),  # type: ignore[attr-defined]
            )
        else:
            yield from _of_column(step, prefix)
        prefix.append(field.name)


def _of_column(step: _Step, prefix: list[str]) -> Iterator[Dependency]:
    """The table that holds a step's column: another one, or a parent's of multi-table inheritance."""
    owner = step.field.model
    links = []
    if owner is not step.model and not owner._meta.abstract:
        chain = step.model._meta.get_base_chain(owner)
        current = step.model
        for parent in chain:
            link = current._meta.get_ancestor_link(parent)
            if link is None:
                break
            links.append(link.name)
            current = parent
    lookup = LOOKUP.join([*prefix, *links])
    if lookup:
        yield Dependency(model=owner, columns=frozenset({step.field.name}), lookup=lookup)
