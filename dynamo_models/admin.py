"""The operator's page in Django's own admin site. For another one: ``site.register(GroupState, GroupAdmin)``."""

from __future__ import annotations

from django.contrib import admin

from dynamo_models.models import GroupState
from dynamo_models.operators.page import GroupAdmin

admin.site.register(GroupState, GroupAdmin)
