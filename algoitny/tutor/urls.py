"""The routes of the tutor, below /api/."""

from django.urls import path

from algoitny.tutor import views

app_name = "tutor"

_ONE = "tutor/conversations/<str:conversation_id>/"

urlpatterns = [
    path("tutor/conversations/", views.Conversations.as_view(), name="conversations"),
    path(_ONE, views.ConversationDetail.as_view(), name="conversation"),
    path(f"{_ONE}messages/", views.Messages.as_view(), name="messages"),
    path(f"{_ONE}messages/<str:message_id>/", views.MessageDetail.as_view(), name="message"),
    path(f"{_ONE}read/", views.Read.as_view(), name="read"),
    path("tutor/days/", views.Days.as_view(), name="days"),
    path("tutor/profile/", views.ProfileDetail.as_view(), name="profile"),
    path("tutor/sessions/", views.Sessions.as_view(), name="sessions"),
    path("tutor/sessions/<str:session_id>/", views.SessionDetail.as_view(), name="session"),
]
