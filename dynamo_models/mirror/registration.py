"""``@dual_write(ProblemItem)`` above a Django model: its rows are mirrored into items of that entity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeVar, get_args

from django.db import models

from dynamo_models.entity import Entity
from dynamo_models.errors import DefinitionError
from dynamo_models.mirror.mapping import Computed, Dependency, Path, dependencies, resolve

M = TypeVar("M", bound=type[models.Model])

Capture = Literal["triggers", "orm"]


@dataclass(eq=False, kw_only=True)
class Mirror:
    """One model and the entity that its rows become.

    fields: what differs from a field of the same name, by attribute. exclude: fields of the model that no item has.
    group: models that move together. normalise: by attribute, what a verify compares in place of a value. capture: who
    tells of writes: row triggers, or the ORM of the processes that have the app, which guarantees nothing.
    """

    model: type[models.Model]
    entity: type[Entity]
    fields: Mapping[str, str | Computed]
    exclude: frozenset[str]
    group: str
    normalise: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    capture: Capture = "triggers"

    @property
    def label(self) -> str:
        """The name of the model, ``problems.problem``, by which the change log knows it."""
        return self.model._meta.label_lower

    @cached_property
    def paths(self) -> dict[str, Path]:
        """Every path that the mapping looks at, by its text. DefinitionError for one that leads nowhere."""
        found: dict[str, Path] = {}
        for source in self.sources.values():
            for text in source.needs if isinstance(source, Computed) else (source,):
                found.setdefault(text, resolve(self.model, text))
        return found

    @cached_property
    def sources(self) -> dict[str, str | Computed]:
        """For each attribute of the entity that comes from the row: a path, or a function."""
        named = {name for each in self.model._meta.concrete_fields for name in (each.name, each.attname)}
        unknown = sorted({*self.fields, *self.normalise} - self.entity.schema.attributes.keys())
        if unknown:
            raise DefinitionError(f"{self.label}: {self.entity.__name__} has no attribute {', '.join(unknown)}.")
        found: dict[str, str | Computed] = {}
        for name in self.entity.schema.attributes:
            if name in self.fields:
                found[name] = self.fields[name]
            elif name in named:
                found[name] = name
        return found

    @cached_property
    def dependencies(self) -> list[Dependency]:
        """What items are made of besides their own row."""
        return list(dependencies(self.paths))

    @cached_property
    def related(self) -> list[str]:
        """What is read along with a row, in the same statement."""
        return sorted({path.related for path in self.paths.values() if path.related})

    @cached_property
    def key_columns(self) -> list[models.Field[Any, Any]]:
        """The row's own columns that its keys are made of: what they were is kept as a row changes or goes."""
        schema = self.entity.schema
        facets = set(schema.primary.facets).union(*(unique.facets for unique in schema.uniques.values()))
        columns: dict[str, models.Field[Any, Any]] = {}
        for name in sorted(facets):
            source = self.sources.get(name)
            if source is None:
                continue
            for text in source.needs if isinstance(source, Computed) else (source,):
                step = self.paths[text].steps[0]
                if not step.field.many_to_many and step.field in self.model._meta.local_concrete_fields:
                    columns[step.field.name] = step.field
        return list(columns.values())

    def unmapped(self) -> tuple[list[str], list[str]]:
        """Attributes that nothing gives a value to, and fields of the model that no item has and nobody excluded."""
        schema = self.entity.schema
        attributes = [name for name in schema.attributes if name not in self.sources and name != schema.version]
        used = {step.field.name for path in self.paths.values() for step in path.steps[:1]}
        own = [*self.model._meta.concrete_fields, *self.model._meta.many_to_many]
        left = [each.name for each in own if each.name not in used and each.name not in self.exclude]
        return attributes, left

    def item(self, row: models.Model) -> Entity:
        """The item of a row that was read with what it is related to."""
        values = {}
        for name, source in self.sources.items():
            values[name] = source.function(row) if isinstance(source, Computed) else self.paths[source].value(row)
        return self.entity(**values)

    def rows(self, using: str) -> models.QuerySet[Any]:
        """Every row, those that a default manager hides too, with what their items are made of."""
        rows = self.model._base_manager.using(using).order_by("pk")
        return rows.select_related(*self.related) if self.related else rows


@dataclass
class _Registry:
    mirrors: dict[str, Mirror] = field(default_factory=dict)


_registry = _Registry()


def dual_write(
    entity: type[Entity],
    *,
    fields: Mapping[str, str | Computed] | None = None,
    exclude: Iterator[str] | tuple[str, ...] | list[str] = (),
    group: str = "default",
    normalise: Mapping[str, Callable[[Any], Any]] | None = None,
    capture: Capture = "triggers",
) -> Callable[[M], M]:
    """Register a model with the entity that its rows become; nothing else about the model changes.

    fields: for attributes that are not a field of the same name, a path through foreign keys (``problem__platform``)
    or ``computed(function, *paths)``. exclude: fields that are not mirrored, by name. Proxies of the model are covered;
    its triggers come with the app's next migration. normalise: by attribute, a function of a stored value: a verify
    takes two values for the same where it gives the same for both.

    capture: "orm" where the database allows no triggers. It sees what goes through Django's ORM, refuses what it cannot
    see through, and raises an alarm on other statements of this project's; what other programs and the database itself
    write, it does not see: ``dynamo_models.mirror.watch`` says more. From triggers to this: deploy it everywhere, and
    only then migrate. Back: migrate, and then deploy.
    """
    if capture not in get_args(Capture):
        raise DefinitionError(f"capture={capture!r}: it is one of {', '.join(get_args(Capture))}.")

    def register(model: M) -> M:
        concrete = model._meta.concrete_model
        if model._meta.proxy or model._meta.abstract or concrete is None:
            raise DefinitionError(f"{model._meta.label}: register the model that has the table, not a proxy or a base.")
        mirror = Mirror(
            model=concrete,
            entity=entity,
            fields=dict(fields or {}),
            exclude=frozenset(exclude),
            group=group,
            normalise=dict(normalise or {}),
            capture=capture,
        )
        if mirror.label in _registry.mirrors:
            raise DefinitionError(f"{mirror.label} is registered twice.")
        _registry.mirrors[mirror.label] = mirror
        return model

    return register


def mirrors(group: str | None = None) -> list[Mirror]:
    """All that are registered, or those of a group."""
    return [each for each in _registry.mirrors.values() if group is None or each.group == group]


def mirror_of(label: str) -> Mirror:
    """By the name of its model. KeyError where it is not registered."""
    return _registry.mirrors[label]
