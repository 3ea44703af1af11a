"""People and plans in Django's admin."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import models

from algoitny.accounts.models import RefreshSession, SubscriptionPlan, User
from dynamo_models.backend.admin import MirroredAdmin


@admin.register(User)
class UserAdmin(MirroredAdmin, DjangoUserAdmin):
    """Django's own, with an address where that has a name to sign in by."""

    ordering: ClassVar = ["id"]
    list_display: ClassVar = ["email", "name", "subscription_plan", "is_active", "is_staff", "created_at"]
    list_filter: ClassVar = ["subscription_plan", "is_active", "is_staff", "is_superuser"]
    list_select_related: ClassVar = ["subscription_plan"]
    search_fields: ClassVar = ["email", "name"]
    readonly_fields: ClassVar = ["created_at", "updated_at", "last_login"]
    fieldsets: ClassVar = [
        (None, {"fields": ["email", "password"]}),
        ("Profile", {"fields": ["name", "picture", "google_id", "subscription_plan"]}),
        ("Rights", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Times", {"fields": ["created_at", "updated_at", "last_login"]}),
    ]
    add_fieldsets: ClassVar = [
        (None, {"classes": ["wide"], "fields": ["email", "usable_password", "password1", "password2"]})
    ]
    formfield_overrides: ClassVar = {models.URLField: {"assume_scheme": "https"}}
    show_full_result_count = False


@admin.register(SubscriptionPlan)
class SubscriptionPlanAdmin(MirroredAdmin):
    list_display: ClassVar = [
        "name",
        "max_hints_per_day",
        "max_executions_per_day",
        "max_problems",
        "can_view_all_problems",
        "can_register_problems",
        "is_active",
    ]
    list_filter: ClassVar = ["is_active"]
    search_fields: ClassVar = ["name"]
    readonly_fields: ClassVar = ["created_at", "updated_at"]


@admin.register(RefreshSession)
class RefreshSessionAdmin(admin.ModelAdmin):
    """Sign-ins, to be looked at and ended: none is made or changed by hand."""

    list_display: ClassVar = ["id", "user_id", "created_at", "expires_at"]
    search_fields: ClassVar = ["=user_id"]
    fields: ClassVar = ["id", "user_id", "created_at", "expires_at"]
    readonly_fields = fields
    show_full_result_count = False

    def has_add_permission(self, request: object) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:  # noqa: ARG002
        return False
