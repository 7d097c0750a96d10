"""Pages without a login, outside of the API: links of shares under /s/, invitations under /i/, communities under
/c/."""

from django.urls import path

from referrals.communities.api import CommunityPageView, CommunityQrView
from referrals.tree.api.invitations import InvitationPageView
from referrals.visits.api.links import LinkView, PosterView, QrView

urlpatterns = [
    path("s/<str:code>", LinkView.as_view()),
    path("s/<str:code>/qr.svg", QrView.as_view()),
    path("s/<str:code>/poster.jpg", PosterView.as_view()),
    path("i/<str:code>", InvitationPageView.as_view()),
    path("c/<str:code>", CommunityPageView.as_view()),
    path("c/<str:code>/qr.svg", CommunityQrView.as_view()),
]
