"""The staff's page, below /chat/."""

from django.urls import path

from algoitny.chat import page_views

app_name = "chat-pages"

urlpatterns = [path("analytics/", page_views.analytics, name="analytics")]
