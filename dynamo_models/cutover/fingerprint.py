"""What a group's items are made of and how, as one short text: with another, a backfill holds no more."""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import tokenize
from collections.abc import Callable
from typing import Any

from dynamo_models.mirror.mapping import Computed
from dynamo_models.mirror.registration import Mirror, mirrors
from dynamo_models.schema.key import BoundKey, Half, TemplateHalf

_SPACE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def fingerprint(group: str) -> str:
    """SHA-256 of the mirrors of a group: models, columns, entities, keys, mappings and the source of their functions.

    Of a function its own source counts, not that of what it calls.
    """
    said = [described(mirror) for mirror in sorted(mirrors(group), key=lambda each: each.label)]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def described(mirror: Mirror) -> dict[str, Any]:
    """All of a mirror that its items depend on."""
    schema = mirror.entity.schema
    sources: dict[str, Any] = {}
    for name, source in mirror.sources.items():
        sources[name] = [_source(source.function), *source.needs] if isinstance(source, Computed) else source
    columns = {
        f"{text} {step.field.name}": [step.model._meta.db_table, step.field.column, step.field.get_internal_type()]
        for text, path in mirror.paths.items()
        for step in path.steps
    }
    return {
        "label": mirror.label,
        "capture": mirror.capture,
        "entity": schema.type_name,
        "table": schema.table.name,
        "attributes": {name: [each.attr_name, type(each).__name__] for name, each in schema.attributes.items()},
        "keys": {name: _key(key) for name, key in schema.keys.items()},
        "uniques": {name: unique.template.text for name, unique in schema.uniques.items()},
        "sources": sources,
        "columns": columns,
    }


def _key(key: BoundKey) -> list[Any]:
    return [key.index, *(_half(half) for half in (key.pk, key.sk) if half is not None), str(key.when), key.shards]


def _half(half: Half) -> list[str]:
    return [
        half.attribute.name,
        half.attribute.type,
        half.template.text if isinstance(half, TemplateHalf) else half.name,
    ]


def _source(function: Callable[..., Any]) -> str:
    """A function's source without its spaces and comments; its name where there is no source."""
    try:
        text = inspect.getsource(function)
    except (OSError, TypeError):
        return f"{function.__module__}.{function.__qualname__}"
    try:
        found = [
            each.string for each in tokenize.generate_tokens(io.StringIO(text).readline) if each.type not in _SPACE
        ]
    except (tokenize.TokenError, SyntaxError):  # a lambda's lines may be a piece of a larger whole
        found = text.split()
    return " ".join(found)
