"""The view that a monitoring system asks: ``path("metrics/", scrape.metrics)`` in a project's urls, and not else.

Staff who may look at groups may read it in a browser; a program shows the token of
``DYNAMO_MODELS["METRICS"]["TOKEN"]``, as ``Authorization: Bearer …``. Others get a 403, and no metric.
"""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from dynamo_models import conf
from dynamo_models.operators.metrics import StatusCollector

_SCHEME = "bearer "


@transaction.non_atomic_requests
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All metrics of every group, as Prometheus text or, where it is asked for, OpenMetrics."""
    if not _may(request):
        said = "Metrics are for staff, and for who shows the token of DYNAMO_MODELS['METRICS']['TOKEN'] as a bearer's."
        return HttpResponse(said, status=403, content_type="text/plain; charset=utf-8")
    registry = CollectorRegistry()
    registry.register(StatusCollector())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


def _may(request: HttpRequest) -> bool:
    token, said = conf.metrics_token(), request.headers.get("Authorization", "")
    if token is not None and said[: len(_SCHEME)].lower() == _SCHEME:
        return constant_time_compare(said[len(_SCHEME) :].strip(), token)
    user = getattr(request, "user", None)
    return bool(user and user.is_active and user.is_staff and user.has_perm("dynamo_models.view_groupstate"))
