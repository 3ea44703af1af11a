"""The routes of history, below /api/."""

from django.urls import path

from algoitny.history import views

app_name = "history"

urlpatterns = [
    path("history/", views.HistoryList.as_view(), name="list"),
    path("history/<int:run_id>/", views.HistoryDetail.as_view(), name="detail"),
    path("history/<int:run_id>/hints/", views.Hints.as_view(), name="hints"),
    path("history/<int:run_id>/hints/generate/", views.GenerateHints.as_view(), name="generate-hints"),
]
