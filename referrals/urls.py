from django.urls import path

from referrals.coupons.api import CouponListView
from referrals.shares.api import ShareListView, ShareProofView, SharePropagationView, ShareView, ShareWeComView, TapView
from referrals.tree.api.memberships import InvitationView, MembershipListView, MembershipView, TeamView

urlpatterns = [
    path("me/memberships", MembershipListView.as_view()),
    path("me/memberships/<str:koc_id>", MembershipView.as_view()),
    path("me/memberships/<str:koc_id>/invitation", InvitationView.as_view()),
    path("me/memberships/<str:koc_id>/team", TeamView.as_view()),
    path("kits/<str:kit_id>/shares", TapView.as_view()),
    path("coupons", CouponListView.as_view()),
    path("shares", ShareListView.as_view()),
    path("shares/<str:share_id>", ShareView.as_view()),
    path("shares/<str:share_id>/proof", ShareProofView.as_view()),
    path("shares/<str:share_id>/wecom", ShareWeComView.as_view()),
    path("shares/<str:share_id>/propagation", SharePropagationView.as_view()),
]
