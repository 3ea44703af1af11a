"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from algoitny.landing.overview import LINKS, overview


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "landing/index.html", {"overview": overview(), "links": LINKS})
