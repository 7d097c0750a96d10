"""The pages behind the entry link of a community."""

from django.http import HttpResponse
from django.shortcuts import render
from rest_framework.request import Request

from referrals.communities.selectors import community_behind, community_url
from referrals.visits.api.links import PublicPage, draws, known, opens, qr_inline, qr_picture


class CommunityPageView(PublicPage):
    @opens("community_page", "Which community, and its code.")
    def get(self, request: Request, code: str) -> HttpResponse:
        """Show which community it is, who leads it, and the code to come in by."""
        community = known(community_behind(code))
        shown = {"community": community, "qr": qr_inline(community_url(community))}
        return render(request, "referrals/community.html", shown)


class CommunityQrView(PublicPage):
    @draws("community_qr")
    def get(self, request: Request, code: str) -> HttpResponse:
        """Draw the entry link as a QR code."""
        return qr_picture(community_url(known(community_behind(code))))
