"""What the alias can do, as Django asks it before it compiles a query."""

from __future__ import annotations

from django.db.backends.base.features import BaseDatabaseFeatures


class DatabaseFeatures(BaseDatabaseFeatures):
    """Of what is not named here Django's own word holds."""

    allows_group_by_selected_pks = False
    can_introspect_default = False
    can_return_columns_from_insert = True
    can_return_rows_from_bulk_insert = True
    can_return_rows_from_update = False
    can_rollback_ddl = False
    can_use_chunked_reads = True
    has_bulk_insert = True
    has_native_json_field = True
    has_native_uuid_field = True
    has_select_for_update = True
    has_select_for_update_nowait = True
    supports_explaining_query_execution = True
    supports_ignore_conflicts = False
    supports_index_on_text_field = False
    supports_select_union = False
    supports_select_intersection = False
    supports_select_difference = False
    supports_subqueries_in_group_by = False
    supports_update_conflicts = False
    supports_update_conflicts_with_target = False
    supports_foreign_keys = False
    supports_forward_references = False
    supports_transactions = True  # a property of Django's, which creates a table to find out
    uses_savepoints = True
    supports_json_field = True  # another
