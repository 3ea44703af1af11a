"""Every attribute of a Django query that can change its answer, and what is done about it.

A query with a trait that nobody has looked at is refused: an answer that leaves it out would be a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models.sql import Query

from dynamo_models.backend.errors import NotServed

# Translated: by where.py, asking.py, selection.py and the compilers.
TRANSLATED = frozenset({
    "model", "where", "order_by", "default_ordering", "standard_ordering", "low_mark", "high_mark", "default_cols",
    "select", "selected", "values_select", "deferred_loading", "select_related", "max_depth", "alias_map",
    "alias_refcount", "annotations", "annotation_select_mask", "values", "fields", "objs", "raw", "inner_query",
    "on_conflict", "update_fields", "unique_fields", "select_for_update", "select_for_update_nowait",
    "select_for_update_skip_locked", "select_for_update_of", "select_for_no_key_update", "explain_info", "distinct",
})  # fmt: skip

# How Django builds or writes SQL; the same answer whatever they are.
WITHOUT_EFFECT = frozenset({
    "alias_prefix", "empty_result_set_value", "subq_aliases", "compiler", "base_table_class", "join_class",
    "filter_is_sticky", "subquery", "_annotation_select_cache", "_extra_select_cache", "alias_cols", "table_map",
    "used_aliases", "base_table", "_lookup_joins", "_db", "contains_subquery", "combinator_all",
    # Of Django's expressions, which a query is one of as a subquery.
    "is_summary", "filterable", "window_compatible", "allowed_default", "constraint_validation_compatible",
    "set_returning", "allows_composite_expressions", "_output_field_resolved_to_none", "_output_field_or_none",
    "contains_aggregate", "contains_over_clause", "contains_column_references", "identity", "conditional",
    "external_aliases", "_constructor_args", "convert_value", "output_field",
    # Of an update of parents of a model: looked at by the compiler that writes.
    "related_ids", "related_updates",
})  # fmt: skip

# Refused by name wherever they say anything.
REFUSED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "distinct_fields": (bool, "it asks for distinct() of some columns"),
    "group_by": (lambda value: value is not None, "it groups rows: annotate() or values().annotate() of aggregates"),
    "combinator": (bool, "it is a union(), intersection() or difference()"),
    "combined_queries": (bool, "it is a union(), intersection() or difference()"),
    "extra": (bool, "it uses extra()"),
    "extra_tables": (bool, "it uses extra()"),
    "extra_order_by": (bool, "it uses extra()"),
    "extra_select_mask": (bool, "it uses extra()"),
    "_filtered_relations": (bool, "it uses FilteredRelation()"),
}

KNOWN = TRANSLATED | WITHOUT_EFFECT | REFUSED.keys()


def refuse_unknown(query: Query) -> None:
    """NotServed for a query that asks for anything of which nothing is known here."""
    unknown = sorted(vars(query).keys() - KNOWN)
    if unknown:
        raise NotServed(f"this version of Django gives a query {', '.join(unknown)}, which nothing here understands")
    for name, (says, reason) in REFUSED.items():
        if says(getattr(query, name)):
            raise NotServed(reason)
