"""Attributes that follow from the columns that a query gives: what a mapping makes of them, other rows included.

``user_id = computed(lambda row: str(row.user_id), "user_id")`` follows from ``user_id=5``, and the partition that an
item shares with its parent from the parent. The mapping's own function is asked, of a row that knows nothing else:
where it looks at anything that is not given, nothing follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import models

from dynamo_models.backend.asking import Asked
from dynamo_models.backend.columns import ColumnPath
from dynamo_models.errors import QueryRefused
from dynamo_models.keys.predicate import Lookup
from dynamo_models.mirror.mapping import Computed
from dynamo_models.mirror.registration import Mirror
from dynamo_models.reading import lookups


class _NotGiven(Exception):  # noqa: N818 - it ends a function of the mapping's, and is caught around it
    """A mapping looked at a column that the query does not give."""


class _Probe:
    """A row of which only this is known."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.__dict__.update(known)

    def __getattr__(self, name: str) -> Any:
        raise _NotGiven(name)


def implied(asked: Asked, related: Mapping[str, models.Model] | None = None) -> list[Lookup]:
    """What holds of key facets because of the columns given. related: rows behind foreign keys, by the field's name."""
    mirror = asked.mirror
    known: dict[str, Any] = dict(related or {})
    for path, values in asked.given.items():
        if len(path) == 1 and len(values) == 1:
            field = asked.columns.own.get(path)
            if field is not None:
                known[field.attname] = values[0]
                if field.primary_key:
                    known["pk"] = values[0]
    probe = _Probe(known)
    fixed = {leaf.name for leaf in asked.conditions or () if isinstance(leaf, Lookup) and leaf.op in ("exact", "in")}
    found = []
    for name in sorted(facets(mirror) - fixed):
        value = _value(mirror, name, probe)
        if value is not None:
            try:
                found.append(lookups.checked(mirror.entity.schema, Lookup(name, "exact", value)))
            except QueryRefused:
                continue  # the mapping's own value is none that the attribute holds: no such item, and no key either
    return found


def facets(mirror: Mirror) -> frozenset[str]:
    """The attributes that the keys of a mirror's items depend on."""
    schema = mirror.entity.schema
    return frozenset().union(*(key.depends for key in schema.keys.values()))


def _value(mirror: Mirror, name: str, probe: Any) -> Any:
    source = mirror.sources.get(name)
    if source is None:
        return None
    try:
        return source.function(probe) if isinstance(source, Computed) else _followed(mirror, source, probe)
    except _NotGiven:
        return None
    except (AttributeError, TypeError, ValueError, KeyError):
        return None  # a function that cannot do with a part of a row


def _followed(mirror: Mirror, text: str, probe: Any) -> Any:
    path = mirror.paths[text]
    return None if path.many is not None else path.value(probe)


def parents_of_use(asked: Asked) -> Iterator[tuple[ColumnPath, Any, tuple[Any, ...]]]:
    """Foreign keys that the query gives, and behind which facets of keys are: (path, field, the values given)."""
    through = set(_through(asked.mirror))
    for path, values in asked.given.items():
        field: Any = asked.columns.own.get(path)
        if field is not None and field.is_relation and field.name in through:
            yield path, field, values


def _through(mirror: Mirror) -> Iterable[str]:
    for name in facets(mirror):
        source = mirror.sources.get(name)
        texts = source.needs if isinstance(source, Computed) else (source,) if source is not None else ()
        for text in texts:
            steps = mirror.paths[text].steps
            if len(steps) > 1 and not steps[0].field.many_to_many:
                yield steps[0].field.name
