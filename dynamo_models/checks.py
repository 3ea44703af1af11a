"""System checks: what is wrong with settings, tables, entities and collections, each with a stable id and a hint.

E001 unknown facet · E002 number in a sort key without a width · E003 nullable facet in a primary key · E004 keys of two
entities overlap · E005 no such index · W006 constant index partition without shards · E007 an index lacks what every
read of the key asks for · E008 template cannot be read · E009 attribute cannot stand in a key · E010 not exactly one
primary key · E011 halves do not fit the table or index · E012 primary key has only a part of a time · E013 name taken ·
E014 condition of a key · E015 shards · E016 unique · E017 expiry · E018 type of a key attribute · E019 upgrades ·
E020 unknown setting · E021 value of a setting · E022 unique and expiry together · E023 collection ·
E024 in an index without a key that says so

Those of mirrors, E025 to W028, are in ``mirror.checks``; W029 is in ``cutover.checks``.

The findings of a class alone are made where it is defined (``schema.bind``, ``schema.coherence``); those that need its
neighbours or the settings are made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage

from dynamo_models import conf
from dynamo_models.embedded import choice
from dynamo_models.errors import DefinitionError
from dynamo_models.keys.facets import BoolFacet
from dynamo_models.reading import overlap
from dynamo_models.reading.collection import Collection
from dynamo_models.schema.definition import EntitySchema
from dynamo_models.schema.key import BoundKey, TemplateHalf
from dynamo_models.schema.table import Table, registered_tables

TAG = "dynamo_models"


def register() -> None:
    """Register every check; the app's ready() does."""
    for check in (check_settings, check_entities, check_collections):
        checks.register(check, TAG)


def check_settings(**_: Any) -> list[CheckMessage]:
    """``DYNAMO_MODELS``: names and types."""
    value = getattr(settings, "DYNAMO_MODELS", {})
    if not isinstance(value, Mapping):
        return [_error("E021", f"settings.DYNAMO_MODELS is {type(value).__name__}.", "Make it a dict.")]
    found = list(_unknown(value, conf.TOP_KEYS, "DYNAMO_MODELS"))
    found += list(_values(value, "DYNAMO_MODELS"))
    tables = value.get("TABLES", {})
    if not isinstance(tables, Mapping):
        found.append(_error("E021", "DYNAMO_MODELS['TABLES'] is not a dict.", "Make it {table: {setting: value}}."))
        tables = {}
    names = {table.name for table in registered_tables()}
    for table, own in tables.items():
        place = f"DYNAMO_MODELS['TABLES'][{table!r}]"
        if table not in names:
            have = ", ".join(sorted(names)) or "none"
            found.append(_error("E020", f"{place}: there is no table of that name.", f"The code has {have}."))
        if isinstance(own, Mapping):
            found += [*_unknown(own, conf.TABLE_KEYS, place), *_values(own, place)]
        else:
            found.append(_error("E021", f"{place} is not a dict.", "Make it {setting: value}."))
    found += [*_embedded(value.get("EMBEDDED", {})), *_mirror(value.get("MIRROR", {}))]
    return [*found, *_metrics(value.get("METRICS", {}))]


def _embedded(value: Any) -> Iterator[CheckMessage]:
    place = "DYNAMO_MODELS['EMBEDDED']"
    if not isinstance(value, Mapping):
        yield _error("E021", f"{place} is not a dict.", "Make it {'DIRECTORY': ...}.")
        return
    yield from _unknown(value, conf.EMBEDDED_KEYS, place)
    directory = value.get("DIRECTORY", "")
    if not isinstance(directory, str | Path):
        yield _error("E021", f"{place}['DIRECTORY'] is {directory!r}.", "Give a path, or leave it out.")
    engine = value.get("ENGINE")
    if engine is not None and engine not in choice.ENGINES:
        hint = f"Give one of {', '.join(choice.ENGINES)}, or None for the first that can be had."
        yield _error("E021", f"{place}['ENGINE'] is {engine!r}.", hint)


def _mirror(value: Any) -> Iterator[CheckMessage]:
    place = "DYNAMO_MODELS['MIRROR']"
    if not isinstance(value, Mapping):
        yield _error("E021", f"{place} is {type(value).__name__}.", "Make it a dict.")
        return
    yield from _unknown(value, conf.MIRROR_KEYS, place)
    for name in value.keys() & conf.MIRROR_KEYS.keys():
        if not isinstance(value[name], bool):
            yield _error("E021", f"{place}[{name!r}] is {value[name]!r}.", "Give True or False.")


def _metrics(value: Any) -> Iterator[CheckMessage]:
    place = "DYNAMO_MODELS['METRICS']"
    if not isinstance(value, Mapping):
        yield _error("E021", f"{place} is {type(value).__name__}.", "Make it a dict.")
        return
    yield from _unknown(value, conf.METRICS_KEYS, place)
    token = value.get("TOKEN")
    if token is not None and not (isinstance(token, str) and len(token) >= conf.SHORTEST_TOKEN):
        hint = f"Give text of {conf.SHORTEST_TOKEN} characters or more, or None."
        yield _error("E021", f"{place}['TOKEN'] cannot be a secret.", hint)


def _unknown(value: Mapping[str, Any], known: Iterable[str], place: str) -> Iterator[CheckMessage]:
    for name in sorted(set(value) - set(known)):
        yield _error("E020", f"{place} has {name!r}, which nothing reads.", f"It takes {', '.join(sorted(known))}.")


_POSITIVE = ("CONNECT_TIMEOUT", "READ_TIMEOUT", "POOL", "CURSOR_MAX_AGE")
_TEXTS = ("ENDPOINT", "REGION", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "TABLE_PREFIX", "NAME")


def _values(value: Mapping[str, Any], place: str) -> Iterator[CheckMessage]:
    for name in _TEXTS:
        held = value.get(name)
        if held is not None and not isinstance(held, str):
            yield _error("E021", f"{place}[{name!r}] is {held!r}.", "Give text, or None.")
    if (value.get("ACCESS_KEY_ID") is None) != (value.get("SECRET_ACCESS_KEY") is None):
        yield _error(
            "E021",
            f"{place} has one of ACCESS_KEY_ID and SECRET_ACCESS_KEY without the other.",
            "Give both, or neither: then botocore looks for credentials in its own places.",
        )
    endpoint = value.get("ENDPOINT")
    if isinstance(endpoint, str) and endpoint != conf.EMBEDDED and not endpoint.startswith(("http://", "https://")):
        yield _error("E021", f"{place}['ENDPOINT'] is {endpoint!r}.", "Give a URL, 'embedded', or None for AWS.")
    for name in _POSITIVE:
        held = value.get(name)
        if held is not None and (isinstance(held, bool) or not isinstance(held, int | float) or held <= 0):
            yield _error("E021", f"{place}[{name!r}] is {held!r}.", "Give a number above 0.")
    retries = value.get("RETRIES")
    if retries is not None and (isinstance(retries, bool) or not isinstance(retries, int) or retries < 0):
        yield _error("E021", f"{place}['RETRIES'] is {retries!r}.", "Give a whole number, 0 or more.")


def check_entities(**_: Any) -> list[CheckMessage]:
    """Every entity of every table: its own findings, and how it stands to its neighbours."""
    return [message for table in registered_tables() for message in check_table(table)]


def check_table(table: Table) -> list[CheckMessage]:
    """The findings of one table's entities."""
    found: list[CheckMessage] = []
    schemas = [entity.schema for entity in dict.fromkeys(table.entities.values())]
    for schema in schemas:
        found += [
            checks.Error(finding.message, hint=finding.hint, obj=schema.entity, id=finding.id)
            for finding in schema.findings
        ]
        found += _constant_partitions(schema)
        if not any(finding.fatal for finding in schema.findings):
            found += [*_projections(schema), *_expiring_uniques(schema)]
    return found + list(_overlaps(schemas))


def _overlaps(schemas: list[EntitySchema]) -> Iterator[CheckMessage]:
    reported: set[frozenset[tuple[str, str]]] = set()
    for schema in schemas:
        for key in schema.keys.values():
            for other, theirs in overlap.neighbours(schema, key):
                pair = frozenset(((schema.name, key.name), (other.name, theirs.name)))
                if pair in reported:
                    continue
                reported.add(pair)
                yield checks.Error(
                    f"{schema.name}: key {key.name!r} ({_shown(key)}) and key {theirs.name!r} of {other.name} "
                    f"({_shown(theirs)}) overlap in {key.index or schema.table.name}: a read of one meets items of "
                    "the other.",
                    hint="Begin one with a word of its own, in its partition key or at the head of its sort key.",
                    obj=schema.entity,
                    id=f"{TAG}.E004",
                )


def _shown(key: BoundKey) -> str:
    halves = [half for half in (key.pk, key.sk) if half is not None]
    return " / ".join(half.template.text if isinstance(half, TemplateHalf) else f"{{{half.name}}}" for half in halves)


def _constant_partitions(schema: EntitySchema) -> Iterator[CheckMessage]:
    for key in schema.index_keys:
        if key.shards or not isinstance(key.pk, TemplateHalf):
            continue
        facets = key.pk.template.facets
        if all(isinstance(key.pk.template.kind(facet), BoolFacet) for facet in facets):
            count = 2 ** len(key.pk.names)
            yield checks.Warning(
                f"{schema.name}: key {key.name!r} ({_shown(key)}) puts all its items into "
                f"{f'{count} partitions' if facets else 'one partition'} of {key.index}.",
                hint="A partition takes 1,000 write units a second, and a throttled index holds the table's writes "
                "back: add shards=4, or silence this check where that is enough.",
                obj=schema.entity,
                id=f"{TAG}.W006",
            )


def _projections(schema: EntitySchema) -> Iterator[CheckMessage]:
    for key in schema.index_keys:
        index = schema.table.indexes[key.index or ""]
        if index.projection == "all":
            continue
        has = set() if isinstance(index.projection, str) else set(index.projection)
        has |= set(schema.key_names(key))
        needed = {schema.table.type_attribute} if any(True for _ in overlap.neighbours(schema, key)) else set()
        if schema.ttl is not None:
            needed.add(schema.stored(schema.ttl))
        if needed - has:
            yield checks.Error(
                f"{schema.name}: every read by key {key.name!r} filters on {', '.join(sorted(needed - has))}, which "
                f"{index.name} does not project: DynamoDB refuses such a read.",
                hint=f"Add it to the projection of {index.name}.",
                obj=schema.entity,
                id=f"{TAG}.E007",
            )


def _expiring_uniques(schema: EntitySchema) -> Iterator[CheckMessage]:
    if schema.uniques and schema.ttl is not None:
        yield checks.Error(
            f"{schema.name} expires and has unique items, which would outlive it: its values would stay taken.",
            hint="Leave out Expires and delete the items yourself, or leave out Unique.",
            obj=schema.entity,
            id=f"{TAG}.E022",
        )


def check_collections(**_: Any) -> list[CheckMessage]:
    """Every collection: members that are entities, in one partition."""
    found: list[CheckMessage] = []
    for collection in _subclasses(Collection):
        try:
            collection.members()
        except (DefinitionError, NameError) as error:
            found.append(
                checks.Error(
                    f"{collection.__name__}: {error}",
                    hint="Members are entities whose keys have one partition template: problem: Problem.",
                    obj=collection,
                    id=f"{TAG}.E023",
                )
            )
    return found


def _subclasses(parent: type[Collection]) -> Iterator[type[Collection]]:
    for each in parent.__subclasses__():
        yield each
        yield from _subclasses(each)


def _error(number: str, message: str, hint: str) -> CheckMessage:
    return checks.Error(message, hint=hint, id=f"{TAG}.{number}")
