"""The route of runs, below /api/."""

from django.urls import path

from algoitny.execution import views

app_name = "execution"

urlpatterns = [path("execute/", views.Execute.as_view(), name="execute")]
