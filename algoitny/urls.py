"""Where each room of AlgoItny hangs; what no room answers under /api/ is a 404 in the interface's own form."""

from django.contrib import admin
from django.urls import include, path, re_path

from algoitny.api.views import NothingHere
from dynamo_models.operators import scrape

urlpatterns = [
    path("", include("algoitny.landing.urls")),
    path("admin/", admin.site.urls),
    path("metrics/", scrape.metrics),
    path("chat/", include("algoitny.chat.pages")),
    path("api/", include("algoitny.api.urls")),
    path("api/", include("algoitny.health.urls")),
    path("api/", include("algoitny.accounts.urls")),
    path("api/", include("algoitny.problems.urls")),
    path("api/", include("algoitny.execution.urls")),
    path("api/", include("algoitny.history.urls")),
    path("api/", include("algoitny.jobs.urls")),
    path("api/", include("algoitny.experiments.urls")),
    path("api/", include("algoitny.tutor.urls")),
    path("api/", include("algoitny.chat.urls")),
    # Only paths that end in a slash: a path without one is first redirected to its spelling with one.
    re_path(r"^api/(?:.*/)?$", NothingHere.as_view()),
]

handler404 = "algoitny.api.errors.page_not_found"
handler500 = "algoitny.api.errors.server_error"
