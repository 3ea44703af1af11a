"""The staff's page of chat analytics. A range is required: without one, or with a bad one, it is the form and a 400."""

from typing import Any

from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from rest_framework.exceptions import ParseError

from algoitny.api.parameters import MAX_ID, whole_number
from algoitny.chat.items import DAY, UNITS
from algoitny.chat.page import overview, recent
from algoitny.chat.parameters import span_of, unit_of

_FIELDS = ("from", "to", "module", "unit")


@require_safe
@staff_member_required
def analytics(request: HttpRequest) -> HttpResponse:
    # A form sends its empty fields too: here they are as good as none.
    given = {name: request.GET[name].strip() for name in _FIELDS if request.GET.get(name, "").strip()}
    shown: dict[str, Any] = {"given": {"unit": DAY, **given}, "first": given.get("from"), "units": UNITS}
    shown["recent"] = recent(timezone.now().date())
    status = 200
    try:
        span, unit = span_of(given), unit_of(given)
        module_id = whole_number("module", given["module"], most=MAX_ID) if "module" in given else None
        shown["overview"] = overview(span, module_id=module_id, unit=unit)
    except ParseError as error:
        shown["error"], status = str(error.detail), 400
    return render(request, "chat/analytics.html", shown, status=status)
