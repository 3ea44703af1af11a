"""Django's admin over mirrored models: ``class ProblemAdmin(MirroredAdmin)``, or before another base of ``ModelAdmin``.

Whatever a list, a filter, a choice of a form or a deletion asks that no key serves is answered by SQL while that has
authority, and by a scan of so many requests afterwards (``scans``); past those a page says what would narrow it down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import reverse

from dynamo_models.backend.errors import NotServed, TooManyWrites
from dynamo_models.backend.scans import REQUESTS, scanning

_BAD_REQUEST = 400
_EXACT = "__exact"


class MirroredAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A ``ModelAdmin`` of a mirrored model, or of one that leads to some. scan_requests: for each scan of a page."""

    scan_requests = REQUESTS

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._page(request, lambda: super(MirroredAdmin, self).changelist_view(request, *args, **kwargs))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._page(request, lambda: super(MirroredAdmin, self).changeform_view(request, *args, **kwargs))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._page(request, lambda: super(MirroredAdmin, self).delete_view(request, *args, **kwargs))

    def _page(self, request: HttpRequest, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
        """The page of a view; a template of it is filled in later, and asks as well."""
        try:
            with scanning(self.scan_requests):
                response = make()
        except (NotServed, TooManyWrites) as refused:
            return self._refused(request, refused)
        if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
            fill_in = response.render

            def render() -> SimpleTemplateResponse:
                try:
                    with scanning(self.scan_requests):
                        return fill_in()
                except NotServed as refused:
                    return self._refused(request, refused).render()

            response.render = render  # type: ignore[method-assign]
        return response

    def _refused(self, request: HttpRequest, refused: NotServed | TooManyWrites) -> TemplateResponse:
        return TemplateResponse(
            request,
            "dynamo_models/backend/refused.html",
            {
                **self.admin_site.each_context(request),
                "title": "DynamoDB cannot do this",
                "opts": self.opts,
                "list_url": reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist"),
                "reason": refused.reason,
                "candidates": refused.candidates if isinstance(refused, NotServed) else (),
            },
            status=_BAD_REQUEST,
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """``user__email__exact`` is looked up among the users first, and the rows by those: an item has the number of
        its user, and not the address."""
        fields = [self._behind(each) for each in self.get_search_fields(request)]
        term = search_term.strip()
        if not term or not fields or None in fields:
            return super().get_search_results(request, queryset, search_term)
        found = Q(pk__in=[])
        for field, rest in filter(None, fields):
            try:
                rows = field.related_model._default_manager.filter(**{rest: term})
            except (ValueError, ValidationError):
                continue  # no value of that column
            found |= Q(**{f"{field.name}__in": [getattr(row, field.target_field.attname) for row in rows]})
        return queryset.filter(found), False

    def _behind(self, text: str) -> tuple[Any, str] | None:
        """The foreign key and the look-up behind it; None for a search of the model's own columns, or not exact."""
        name, _, rest = text.partition("__")
        try:
            field: Field[Any, Any] = self.opts.get_field(name)  # type: ignore[assignment]
        except FieldDoesNotExist:
            return None
        leads = (field.many_to_one or field.one_to_one) and field.concrete
        return (field, rest) if leads and rest.endswith(_EXACT) and rest != "exact" else None
