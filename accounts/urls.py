from django.urls import path

from accounts.access.api.auth import LogoutView, OtpView, RefreshView, TokenView
from accounts.access.api.me import MeView

urlpatterns = [
    path("auth/otp", OtpView.as_view()),
    path("auth/token", TokenView.as_view()),
    path("auth/refresh", RefreshView.as_view()),
    path("auth/logout", LogoutView.as_view()),
    path("me", MeView.as_view()),
]
