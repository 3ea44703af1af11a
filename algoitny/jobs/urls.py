"""The routes of tasks and of registration, below /api/."""

from django.urls import path

from algoitny.jobs import views

app_name = "jobs"

urlpatterns = [
    path("tasks/<str:task_id>/", views.TaskStatus.as_view(), name="task"),
    path("register/problem/", views.RegisterProblem.as_view(), name="register"),
    path("register/drafts/", views.Drafts.as_view(), name="drafts"),
    path("register/generate-test-cases/", views.GenerateTestCases.as_view(), name="generate-test-cases"),
    path("register/execute-test-cases/", views.ExecuteTestCases.as_view(), name="execute-test-cases"),
    path("register/generate-outputs/", views.GenerateOutputs.as_view(), name="generate-outputs"),
    path("register/save/", views.Save.as_view(), name="save"),
    path("register/jobs/", views.JobList.as_view(), name="jobs"),
    path("register/jobs/<int:job_id>/", views.JobDetail.as_view(), name="job"),
]
