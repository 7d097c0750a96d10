"""The pages behind the entry link of a community."""

import io

import segno
from django.http import HttpResponse
from django.shortcuts import render
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from referrals.communities.selectors import community_behind, community_url
from referrals.visits.api.links import PAGE, Link


class CommunityPageView(Link):
    @extend_schema(
        tags=["links"],
        operation_id="community_page",
        responses={
            (200, "text/html"): OpenApiResponse(OpenApiTypes.STR, description="Which community, and its code."),
            (404, "text/html"): PAGE,
        },
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """Which community it is, who leads it, and the code to come in by."""
        community = community_behind(code)
        if community is None:
            return self.unknown(request)
        drawn = segno.make(community_url(community), error="m", micro=False).svg_inline(scale=6, border=2)
        return render(request, "referrals/community.html", {"community": community, "qr": drawn})


class CommunityQrView(Link):
    @extend_schema(
        tags=["links"],
        operation_id="community_qr",
        responses={(200, "image/svg+xml"): OpenApiTypes.STR, (404, "text/html"): PAGE},
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """The entry link as a QR code."""
        community = community_behind(code)
        if community is None:
            return self.unknown(request)
        drawn = io.BytesIO()
        segno.make(community_url(community), error="m", micro=False).save(
            drawn, kind="svg", scale=8, border=4, svgclass=None, lineclass=None
        )
        return HttpResponse(
            drawn.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": f"public, max-age={24 * 3600}"}
        )
