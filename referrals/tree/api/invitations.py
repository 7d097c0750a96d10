"""The page behind a KOC's invite code."""

import segno
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from referrals.tree.selectors.invitations import inviter, own_invitation
from referrals.visits.api.links import PAGE, Link


class InvitationPageView(Link):
    @extend_schema(
        tags=["links"],
        operation_id="invitation_page",
        responses={
            (200, "text/html"): OpenApiResponse(OpenApiTypes.STR, description="Who invites, and the code to join by."),
            (404, "text/html"): PAGE,
        },
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """Who invites to which brand's programme, and the code to type in. Joining is free."""
        koc = inviter(code)
        if koc is None:
            return self.unknown(request)
        invitation, now = own_invitation(koc), timezone.now()
        is_open = (invitation.expires_at is None or invitation.expires_at > now) and invitation.left(now) != 0
        drawn = segno.make(f"{settings.PUBLIC_URL}/i/{koc.invite_code}", error="m", micro=False).svg_inline(
            scale=6, border=2
        )
        return render(
            request,
            "referrals/invitation.html",
            {"koc": koc, "is_open": is_open, "qr": drawn, "expires_at": invitation.expires_at},
        )
