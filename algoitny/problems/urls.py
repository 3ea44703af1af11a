"""The routes of problems, below /api/."""

from django.urls import path

from algoitny.problems import views

app_name = "problems"

urlpatterns = [
    path("problems/", views.ProblemList.as_view(), name="list"),
    path("problems/<int:row_id>/", views.ProblemById.as_view(), name="by-id"),
    path("problems/<str:platform>/<str:problem_id>/", views.ProblemByName.as_view(), name="by-name"),
]
