from django.urls import path

from growth.contests.api import LeaderboardView

urlpatterns = [path("leaderboards/<str:contest_id>", LeaderboardView.as_view())]
