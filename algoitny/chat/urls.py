"""The routes of chat analytics, below /api/."""

from django.urls import path

from algoitny.chat import views

app_name = "chat"

urlpatterns = [
    path("chat/modules/<int:module_id>/messages/", views.ModuleMessages.as_view(), name="module-messages"),
    path("chat/modules/<int:module_id>/totals/", views.ModuleTotals.as_view(), name="module-totals"),
    path("chat/students/inactive/", views.InactiveStudents.as_view(), name="inactive"),
    path("chat/students/<int:student_id>/messages/", views.StudentMessages.as_view(), name="student-messages"),
    path("chat/students/<int:student_id>/latest/", views.LatestStudentMessages.as_view(), name="student-latest"),
    path("chat/providers/<str:provider>/messages/", views.ProviderMessages.as_view(), name="provider-messages"),
    path("chat/providers/<str:provider>/costs/", views.ProviderCosts.as_view(), name="provider-costs"),
]
