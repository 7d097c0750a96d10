"""What a KOC is owed for each period, and asking for it."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet, prefetch_related_objects
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.permissions.idempotency import idempotent, once
from accounts.access.permissions.own import OfOwnKoc, OwnListView, asker, own_koc
from commissions.payouts.models import PayoutLine
from commissions.payouts.selectors import payments_with_result
from commissions.settlement.models.statements import Statement, StatementLine
from commissions.settlement.selectors.statements import lines_of, statements_of
from commissions.settlement.services.withdrawals import request_withdrawal
from foundation.http.bodies import given
from foundation.http.rows import RowSerializer


class MonthFilter(django_filters.CharFilter):
    field_class = forms.RegexField

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(regex=r"^\d{4}-(0[1-9]|1[0-2])$", **kwargs)


class StatementFilter(OfOwnKoc):
    status = django_filters.ChoiceFilter(
        choices=[choice for choice in Statement.Status.choices if choice[0] != Statement.Status.VOID]
    )
    period = MonthFilter(help_text="a month, YYYY-MM")


class PaymentSerializer(serializers.ModelSerializer[PayoutLine]):
    status = serializers.ChoiceField(
        choices=["paid", "failed", "returned"],
        read_only=True,
        help_text="`returned`: the bank paid, and gave the money back later; the statement is paid again",
    )

    class Meta:
        model = PayoutLine
        fields = ("status", "paid_at", "returned_at", "reason")
        read_only_fields = fields


class StatementSerializer(RowSerializer[Statement]):
    payments = PaymentSerializer(
        source="payments_with_result", many=True, read_only=True, help_text="what the bank said, the first first"
    )

    class Meta:
        model = Statement
        fields = (
            "id", "period", "status", "on_request", "currency", "gross_minor", "debt_in_minor", "tax_method", "taxable_minor", "tax_minor", "net_minor",
            "carried_out_minor", "payments",
        )  # fmt: skip


class StatementLineSerializer(RowSerializer[StatementLine]):
    commission = serializers.CharField(
        source="commission.public_id", default=None, read_only=True, allow_null=True, help_text="what was sold, or null"
    )
    order = serializers.CharField(source="commission.line.order.number", default=None, read_only=True, allow_null=True)
    product = serializers.CharField(
        source="commission.line.product.name", default=None, read_only=True, allow_null=True
    )
    level = serializers.IntegerField(source="commission.level", default=None, read_only=True, allow_null=True)
    adjustment = serializers.CharField(
        source="adjustment.kind",
        default=None,
        read_only=True,
        allow_null=True,
        help_text="subsidy, allocation, write_off or null",
    )
    note = serializers.CharField(source="adjustment.note", default=None, read_only=True, allow_null=True)

    class Meta:
        model = StatementLine
        fields = ("id", "commission", "order", "product", "level", "adjustment", "note", "amount_minor")


class WithdrawalRequest(serializers.Serializer[Any]):
    koc = serializers.CharField(max_length=40, help_text="one of your own memberships, `koc_…`")
    amount_minor = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        help_text="what you saw: approved less debt, before tax. If it has changed since, nothing is done.",
    )


@extend_schema_view(get=extend_schema(tags=["earnings"], operation_id="statements"))
class StatementListView(OwnListView[Statement]):
    """List the statements of one membership, the newest first. One that is carried pays nothing yet: its amount goes to
    the next."""

    serializer_class = StatementSerializer
    filterset_class = StatementFilter
    queryset: QuerySet[Statement] = Statement.objects.exclude(status=Statement.Status.VOID).prefetch_related(
        payments_with_result()
    )


class StatementView(APIView):
    @extend_schema(tags=["earnings"], operation_id="statement", responses={200: StatementSerializer})
    def get(self, request: Request, statement_id: str) -> Response:
        """Read one of your statements."""
        own = statements_of(asker(request)).with_public_id(statement_id)
        return Response(StatementSerializer(get_object_or_404(own.prefetch_related(payments_with_result()))).data)


@extend_schema_view(
    get=extend_schema(
        tags=["earnings"],
        operation_id="statement_lines",
        parameters=[OpenApiParameter("statement_id", str, OpenApiParameter.PATH)],
    )
)
class StatementLinesView(ListAPIView[StatementLine]):
    """List every line of one of your statements: what each commission brought to it, and what was added beside."""

    serializer_class = StatementLineSerializer
    queryset: QuerySet[StatementLine] = StatementLine.objects.none()
    page_order = "pk"

    def get_queryset(self) -> QuerySet[StatementLine]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return lines_of(
            get_object_or_404(statements_of(asker(self.request)).with_public_id(self.kwargs["statement_id"]))
        )


class WithdrawalView(APIView):
    also_refuses = ("404", "409")

    @idempotent(
        tags=["earnings"], operation_id="withdraw", request=WithdrawalRequest, responses={201: StatementSerializer}
    )
    def post(self, request: Request) -> Response:
        """Ask for all that is approved, less debt and tax, beside the monthly run, if the brand allows it. The answer
        is its statement."""
        asked = given(WithdrawalRequest, request.data)
        koc, amount = own_koc(asker(request), asked["koc"]), asked.get("amount_minor")

        def withdraw() -> Response:
            statement = request_withdrawal(koc=koc, amount_minor=amount, at=timezone.now())
            prefetch_related_objects([statement], payments_with_result())
            return Response(StatementSerializer(statement).data, status=201)

        return once(request, withdraw)
