"""The routes of experiments, below /api/."""

from django.urls import path

from algoitny.experiments import views

app_name = "experiments"

urlpatterns = [
    path("experiments/assign/", views.Assign.as_view(), name="assign"),
    path("experiments/evaluate/", views.Evaluate.as_view(), name="evaluate"),
    path("experiments/track/", views.Track.as_view(), name="track"),
    path("experiments/", views.ExperimentList.as_view(), name="list"),
    path("experiments/<uuid:experiment_id>/", views.ExperimentDetail.as_view(), name="detail"),
    path("experiments/<uuid:experiment_id>/status/", views.ExperimentStatus.as_view(), name="status"),
    path("experiments/<uuid:experiment_id>/assignments/", views.ExperimentAssignments.as_view(), name="assignments"),
    path("experiments/<uuid:experiment_id>/conversions/", views.ExperimentConversions.as_view(), name="conversions"),
    path("experiments/flags/", views.FlagList.as_view(), name="flags"),
    path("experiments/flags/<str:name>/", views.FlagDetail.as_view(), name="flag"),
    path("experiments/overrides/", views.OverrideList.as_view(), name="overrides"),
    path("experiments/overrides/<uuid:override_id>/", views.OverrideDetail.as_view(), name="override"),
]
