"""Filters of the operator's pages: what the status says in JSON's types, as people read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import template
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from dynamo_models.cutover.stages import Place, Stage

register = template.Library()

_LONG = 10.0  # milliseconds, above which a tenth does not matter


@register.filter
def count(value: int | None) -> str:
    """12,345"""
    return "—" if value is None else f"{value:,}"


@register.filter
def milliseconds(value: float | None) -> str:
    """12 ms, 1.2 ms, or a dash where nothing was measured."""
    if value is None:
        return "—"
    return f"{value:,.0f} ms" if value >= _LONG else f"{value:,.1f} ms"


@register.filter
def seconds(value: float) -> str:
    """1,234.5 s"""
    return f"{value:,.1f} s"


@register.filter
def place(held: Mapping[str, Any]) -> str:
    """A place of the status: ``reading 50 %``."""
    return str(Place(stage=Stage(held["stage"]), share=held["share"]))


@register.filter
def moment(text: str | None) -> str:
    """An ISO time in the zone of the project: ``2026-11-21 22:46:03``."""
    found = parse_datetime(text) if text else None
    if found is None:
        return "—"
    local = timezone.localtime(found) if timezone.is_aware(found) else found
    return f"{local:%Y-%m-%d %H:%M:%S}"


@register.filter
def pretty(value: Any) -> str:
    """JSON, or text that is JSON, over several lines; text that is cut short stays as it is."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)
    return json.dumps(value, indent=2, ensure_ascii=False)
