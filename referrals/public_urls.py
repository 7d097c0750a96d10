"""Pages without a login, outside of the API: links of shares under /s/, invitations under /i/, communities under
/c/."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from referrals.communities.api import CommunityPageView, CommunityQrView
from referrals.tree.api.invitations import InvitationPageView
from referrals.visits.api.links import LinkView, PosterView, QrView


class PastedConverter(StringConverter):
    """A code, and whatever hangs behind it when a link is pasted: slashes and line breaks too."""

    regex = r"[\s\S]+"


register_converter(PastedConverter, "pasted")

urlpatterns = [
    path("s/<str:code>/qr.svg", QrView.as_view()),
    path("s/<str:code>/poster.jpg", PosterView.as_view()),
    path("c/<str:code>/qr.svg", CommunityQrView.as_view()),
    path("s/<pasted:code>", LinkView.as_view()),
    path("i/<pasted:code>", InvitationPageView.as_view()),
    path("c/<pasted:code>", CommunityPageView.as_view()),
]
