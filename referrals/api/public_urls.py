"""What is opened without a login, outside of the API: links of shares under /s/, invitations under /i/."""

from django.urls import path

from referrals.api.invitations import InvitationPageView
from referrals.api.links import LinkView, QrView

urlpatterns = [
    path("s/<str:code>", LinkView.as_view()),
    path("s/<str:code>/qr.svg", QrView.as_view()),
    path("i/<str:code>", InvitationPageView.as_view()),
]
