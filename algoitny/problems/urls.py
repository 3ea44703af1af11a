"""The routes of problems, below /api/. A name on a platform comes last: it would take the place of what has words."""

from django.urls import path

from algoitny.problems import views

app_name = "problems"

urlpatterns = [
    path("problems/", views.ProblemList.as_view(), name="list"),
    path("problems/drafts/", views.DraftList.as_view(), name="drafts"),
    path("problems/registered/", views.RegisteredList.as_view(), name="registered"),
    path("problems/toggle-completion/", views.ToggleCompletion.as_view(), name="toggle-completion"),
    path("problems/<int:row_id>/", views.ProblemById.as_view(), name="by-id"),
    path("problems/<int:row_id>/testcases/", views.TestCasesById.as_view(), name="test-cases-by-id"),
    path("problems/<str:platform>/<str:problem_id>/", views.ProblemByName.as_view(), name="by-name"),
    path(
        "problems/<str:platform>/<str:problem_id>/testcases/",
        views.TestCasesByName.as_view(),
        name="test-cases-by-name",
    ),
]
