"""The routes of people and plans, below /api/."""

from django.urls import path

from algoitny.accounts.views import account, auth, figures, staff_plans, staff_users

app_name = "accounts"

urlpatterns = [
    path("auth/google/", auth.GoogleLogin.as_view(), name="google"),
    path("auth/development/", auth.DevelopmentLogin.as_view(), name="development"),
    path("auth/refresh/", auth.Refresh.as_view(), name="refresh"),
    path("auth/logout/", auth.Logout.as_view(), name="logout"),
    path("auth/plans/", auth.OfferedPlans.as_view(), name="offered-plans"),
    path("account/me/", account.Me.as_view(), name="me"),
    path("account/plan/", account.MyPlan.as_view(), name="my-plan"),
    path("account/plan-usage/", account.PlanUsage.as_view(), name="plan-usage"),
    path("account/stats/", account.MyStats.as_view(), name="stats"),
    path("admin/users/", staff_users.UserList.as_view(), name="users"),
    path("admin/users/<int:user_id>/", staff_users.OneUser.as_view(), name="user"),
    path("admin/plans/", staff_plans.PlanList.as_view(), name="plans"),
    path("admin/plans/<int:plan_id>/", staff_plans.OnePlan.as_view(), name="plan"),
    path("admin/usage-stats/", figures.UsageStats.as_view(), name="usage-stats"),
    path("admin/leaderboard/", figures.Leaderboard.as_view(), name="leaderboard"),
]
