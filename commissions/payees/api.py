"""Whom one's money goes to."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.models import Session
from accounts.access.permissions.own import asker
from commissions.payees.domain.payees import FullPayee, masked
from commissions.payees.models.payees import Payee
from commissions.payees.selectors import payee_of
from commissions.payees.services import save_own_payee
from foundation.http.bodies import given
from foundation.sealing import unseal


class PayeeGiven(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, help_text="as on the document and the account")
    id_number = serializers.CharField(
        max_length=60, help_text="18 digits of a resident identity card, or another document's number"
    )
    id_type = serializers.ChoiceField(choices=Payee.IdType.choices, default=Payee.IdType.RESIDENT.value)
    account = serializers.CharField(
        max_length=200, help_text="the card's number; the phone or e-mail of an Alipay account; the WeChat id"
    )
    method = serializers.ChoiceField(choices=Payee.Method.choices, default=Payee.Method.BANK.value)
    bank = serializers.CharField(max_length=200, default="", allow_blank=True, help_text="the bank and branch")
    code = serializers.CharField(
        max_length=20,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="a new code from auth/otp, if this session began over 10 minutes ago",
    )


class PayeeSerializer(serializers.Serializer[Any]):
    name = serializers.SerializerMethodField(help_text="only the last character is shown")
    id_type = serializers.ChoiceField(choices=Payee.IdType.choices)
    id_number_last4 = serializers.CharField()
    method = serializers.ChoiceField(choices=Payee.Method.choices)
    bank = serializers.CharField()
    account_last4 = serializers.CharField()
    updated_at = serializers.DateTimeField()

    def get_name(self, payee: Payee) -> str:
        return masked(unseal(payee.name_sealed))


class PayeeView(APIView):
    also_refuses = ("PUT 403",)

    @extend_schema(tags=["me"], operation_id="payee", responses={200: PayeeSerializer})
    def get(self, request: Request) -> Response:
        """Read whom your money goes to, as far as it is ever shown again. 404 until you have said so."""
        payee = payee_of(asker(request).pk)
        if payee is None:
            raise Http404
        return Response(PayeeSerializer(payee).data)

    @extend_schema(tags=["me"], operation_id="payee_save", request=PayeeGiven, responses={200: PayeeSerializer})
    def put(self, request: Request) -> Response:
        """Say whom your money goes to: real name, id number, account. The same again changes nothing.

        It needs a fresh proof of your phone: a session that began at most 10 minutes ago, or a new one-time code in
        `code`. Without one the answer is 403 `fresh_otp_required`; ask `auth/otp` for a code and send the same again
        with it. Wrong codes count as they do for signing in."""
        said = given(PayeeGiven, request.data)
        code = said.pop("code", None)
        session: Session = request.auth  # type: ignore[assignment]
        return Response(
            PayeeSerializer(save_own_payee(session=session, code=code, given=FullPayee(**said), at=timezone.now())).data
        )
