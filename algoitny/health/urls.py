"""The routes of health, below /api/."""

from django.urls import path

from algoitny.health import views

app_name = "health"

urlpatterns = [
    path("health/", views.Health.as_view(), name="summary"),
    path("health/live/", views.Live.as_view(), name="live"),
    path("health/ready/", views.Ready.as_view(), name="ready"),
]
