"""The page behind a KOC's invite code."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from rest_framework.request import Request

from referrals.tree.selectors.invitations import inviter, own_invitation
from referrals.visits.api.links import PublicPage, known, opens, qr_inline


class InvitationPageView(PublicPage):
    @opens("invitation_page", "Who invites, and the code to join by.")
    def get(self, request: Request, code: str) -> HttpResponse:
        """Show who invites to which brand's programme, and the code to type in. Joining is free."""
        koc = known(inviter(code))
        invitation, now = own_invitation(koc), timezone.now()
        is_open = (invitation.expires_at is None or invitation.expires_at > now) and invitation.left(now) != 0
        drawn = qr_inline(f"{settings.PUBLIC_URL}/i/{koc.invite_code}")
        return render(
            request,
            "referrals/invitation.html",
            {"koc": koc, "is_open": is_open, "qr": drawn, "expires_at": invitation.expires_at},
        )
