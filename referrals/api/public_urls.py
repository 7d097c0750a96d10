"""What is opened without a login, outside of the API: under /s/."""

from django.urls import path

from referrals.api.links import LinkView, QrView

urlpatterns = [
    path("<str:code>", LinkView.as_view()),
    path("<str:code>/qr.svg", QrView.as_view()),
]
