from django.urls import path

from algoitny.landing import views

app_name = "landing"

urlpatterns = [path("", views.index, name="index")]
