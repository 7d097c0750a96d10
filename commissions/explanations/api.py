"""Why this amount: the derivation of a commission, for the KOC whose it is."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access.permissions.own import asker
from commissions.earnings.selectors.earnings import commissions_of, with_lines
from commissions.explanations.domain.derivations import derive_commission
from commissions.explanations.rendering.explanation_text import ExplanationText
from commissions.explanations.rendering.figures import figures_of
from commissions.explanations.rendering.step_text import TEXTS
from commissions.explanations.selectors import commission_record


def _number(help_text: str) -> serializers.IntegerField:
    return serializers.IntegerField(required=False, help_text=help_text)


def _text(help_text: str) -> serializers.CharField:
    return serializers.CharField(required=False, help_text=help_text)


class OtherPlanSerializer(serializers.Serializer[Any]):
    plan = serializers.CharField()
    version = serializers.IntegerField()
    level_1_minor = serializers.IntegerField(help_text="what level 1 of the line would be by it")


class StepSerializer(serializers.Serializer[Any]):
    """One step, with the numbers that it has; what is 0 or follows from others is left out."""

    code = serializers.ChoiceField(choices=sorted(TEXTS))
    amount_minor = _number("the amount after this step")
    exact = _text("rounding: the amount in the minor unit before it, such as `1361.25`, or `100/3`")
    quantity = _number("base, no_goods, fixed: pieces")
    unit_price_minor = _number("base, no_goods")
    discount_minor = _number("base: the line's own discount")
    order_discount_minor = _number("base: the line's part of the order's discount")
    base_minor = _number("base, left, fixed, bonus: what of the line may earn")
    refunded_minor = _number("left: what of the base went back")
    left_minor = _number("fixed, left, bonus: what of the base is left")
    how = _text("credit: `koc`, `click`, `share` or `shared`")
    share = _text("credit: the code of the share")
    credit_bps = _number("credit, part: what part of the sale")
    model = _text("credit: how visits are weighed")
    window_days = _number("credit: how long a visit counts")
    visits = _number("credit: counted visits in the window")
    touches = _number("credit: how many of them were theirs, where several are credited")
    visited_at = serializers.DateTimeField(required=False, help_text="credit: the visit that counts")
    plan = _text("plan: the key of the plan that applies")
    version = _number("plan")
    protected_from = _text("plan: the plan in force, whose lower rate does not reach the share yet")
    protected_from_version = _number("plan")
    level_1_minor = _number("plan: what level 1 of the line is by it, where several plans were looked at")
    others = OtherPlanSerializer(many=True, required=False, help_text="plan: the other plans that were looked at")
    rule = _number("rule: its place in the plan, 1 first")
    rate_bps = _number("rule, rate, override")
    fixed_minor = _number("rule, fixed: a piece; bonus: for the whole base")
    override_bps = _number("rule: level 2")
    cap_minor = _number("rule, cap: the most of a line at a level")
    multiplier_bps = _number("multiplier")
    tier = _text("multiplier: the tier that held at the payment")
    whole_minor = _number("part: of the whole line; budget, bonus_guard: what it would have been")
    level_minor = _number("cap, guard: all parts of this level before it")
    total_cap_bps = _number("guard")
    guard_minor = _number("guard: the most that all levels of the line may come to")
    taken_minor = _number("guard: what level 1 takes of it")
    room_minor = _number("guard, bonus_guard: what is left for this level or bonus")
    is_cut = serializers.BooleanField(
        required=False, help_text="cap, guard, bonus_guard, budget, granted: whether it cut the amount"
    )
    campaign = _text("campaign: what pays on top")
    kind = _text("campaign: `new_customer`, `steps` or `bounty`")
    granted_minor = _number("budget, granted: what the campaign's budget gave")
    from_minor = _number("steps: the month's own sales before this line")
    to_minor = _number("steps: … and after it")
    below_minor = _number("steps: what the sales before it earn on the steps")
    above_minor = _number("steps: … and with it")
    marks = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        required=False,
        help_text="steps: [[from_minor, rate_bps], …]",
    )
    why = _text("no_level_2: `one_level`, `no_sponsor` or `not_active`")


class VerdictsSerializer(serializers.Serializer[Any]):
    """A plan that was looked at, and what became of each of its rules."""

    plan = serializers.CharField()
    version = serializers.IntegerField()
    verdicts = serializers.ListField(
        child=serializers.ChoiceField(
            choices=[
                "won",
                "sku",
                "category",
                "tier",
                "channel",
                "customer",
                "priority",
                "conditions",
                "position",
                "outbid",
            ]
        ),
        help_text="of rule 1, 2, …: `won`; the condition that failed; what put another before it; `outbid`: another plan applies",
    )


class SinceSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(
        choices=[
            "refund",
            "refund_whole",
            "refund_undone",
            "cancellation",
            "amendment",
            "held",
            "review_released",
            "review_reversed",
        ]
    )
    happened_at = serializers.DateTimeField()
    took_minor = _number("what it took of the commission; negative when it gave")
    refund = _text("refund: the shop's number")
    refunded_minor = _number("refund: what of the line went back; refund_whole: what of the order did")
    base_minor = _number("amendment: the line's base from then on")
    quantity = _number("amendment: its pieces")
    reason = _text("review_released, review_reversed: why it was looked at")


class DateSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(
        choices=[
            "paid",
            "made",
            "delivered",
            "parcel",
            "approval_withdrawn",
            "approved",
            "review",
            "statement",
            "balance",
            "paid_out",
            "given_back",
        ]
    )
    at = serializers.DateTimeField(required=False, help_text="left out: nobody knows yet, or it has a period")
    is_to_come = serializers.BooleanField(required=False)
    period = _text("statement, paid_out, given_back: the month; to come: the first that it can be")
    reason = _text("given_back: why, as the bank says")
    statement = _text("statement: `stm_…`")
    amount_minor = _number("statement: what is on it; balance: what comes, or is owed when negative")


class ExplanationSerializer(serializers.Serializer[Any]):
    """Steps come to the amount that was first computed; `now` to what it is worth after what happened `since`, by the
    same terms. `words` say the same to a person."""

    commission = serializers.CharField(help_text="its id, `com_…`")
    currency = serializers.CharField()
    words = serializers.CharField(
        help_text="all of it in sentences, in the language of Accept-Language; times are the brand's"
    )
    steps = StepSerializer(many=True)
    rules = VerdictsSerializer(many=True, required=False)
    since = SinceSerializer(many=True, required=False)
    now = StepSerializer(
        many=True, required=False, help_text="the steps by what is left, where something happened since"
    )
    amount_minor = serializers.IntegerField()
    net_minor = serializers.IntegerField()
    dates = DateSerializer(many=True)


class ExplanationView(APIView):
    @extend_schema(tags=["earnings"], operation_id="commission_explanation", responses={200: ExplanationSerializer})
    def get(self, request: Request, commission_id: str) -> Response:
        """Explain one of your commissions, step by step, from what was frozen when it was made."""
        own: Any = commissions_of(asker(request))
        commission = get_object_or_404(with_lines(own.with_public_id(commission_id)))
        order = commission_record(commission)
        line, amount = derive_commission(order, commission.pk)
        words = ExplanationText(order.currency, order.zone).words(line, amount)
        whole = {"commission": commission.public_id, "currency": order.currency, "words": words}
        return Response(ExplanationSerializer(whole | figures_of(line, amount)).data)
