from django.urls import path

from commissions.earnings.api.commissions import CommissionListView, CommissionView
from commissions.earnings.api.communities import CommunityListView, CommunityMembersView, CommunityView
from commissions.earnings.api.wallets import WalletView
from commissions.explanations.api import ExplanationView
from commissions.orders.api import OrderIntakeView
from commissions.payees.api import PayeeView
from commissions.results.api import ResultListView
from commissions.settlement.api import StatementLinesView, StatementListView, StatementView, WithdrawalView
from commissions.subsidies.api import AllocationListView, SubsidyListView

urlpatterns = [
    path("commissions", CommissionListView.as_view()),
    path("commissions/<str:commission_id>", CommissionView.as_view()),
    path("commissions/<str:commission_id>/explanation", ExplanationView.as_view()),
    path("me/payee", PayeeView.as_view()),
    path("results", ResultListView.as_view()),
    path("wallet", WalletView.as_view()),
    path("statements", StatementListView.as_view()),
    path("statements/<str:statement_id>", StatementView.as_view()),
    path("statements/<str:statement_id>/lines", StatementLinesView.as_view()),
    path("withdrawals", WithdrawalView.as_view()),
    path("subsidies", SubsidyListView.as_view()),
    path("subsidies/<str:subsidy_id>/allocations", AllocationListView.as_view()),
    path("communities", CommunityListView.as_view()),
    path("communities/<str:community_id>", CommunityView.as_view()),
    path("communities/<str:community_id>/members", CommunityMembersView.as_view()),
    path("intake/<slug:brand>/orders", OrderIntakeView.as_view()),
]
