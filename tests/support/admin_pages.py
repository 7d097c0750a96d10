"""The pages of the admin, and a brand with a row of every table that has one."""

from typing import Any

from django.contrib import admin
from django.urls import reverse

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import (
    BonusTerms,
    Commission,
    Decision,
    LineTerms,
    MissedBonus,
    Reversal,
    RiskReview,
)
from commissions.earnings.models.credits import OrderCredit
from commissions.ledger.models import Transfer, Wallet
from commissions.orders.models import Doubt, Event, Order, OrderLine, OrderVersion, Refund, VersionLine
from commissions.plans.models.campaigns import Campaign, MonthlyVolume
from commissions.plans.models.plans import Plan
from commissions.risk.models import Signal, SignalFact, SignalHold, SignalPolicy, SignalSearch
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.statements import Settlement, Statement, StatementLine
from commissions.settlement.models.write_offs import WriteOff
from commissions.subsidies.models import Allocation, Subsidy
from content.kits.services.versions import draft_of
from content.posters.models import PosterStyle
from content.products.models import Product, ProductUse
from content.review.models import ReviewPolicy
from content.submissions.models import Submission
from content.suggestions.models import Suggestion
from foundation.texts.messages import Message
from referrals.shares.models import PostProof
from referrals.visits.models import Visit
from tests.support.factories import (
    NOW,
    make_customer,
    make_kit,
    make_koc,
    make_plan,
    make_product,
    make_share,
    make_user,
)

APPS = ["accounts", "content", "referrals", "commissions", "growth"]
MODELS = [model for model in admin.site._registry if model._meta.app_label in APPS]
SEEN = {
    "plan": "base",
    "version": 1,
    "sku": "S1",
    "category": "skincare",
    "tiers": ["seed"],
    "channels": ["moments"],
    "customer": "new",
}


def page(model: Any, row: Any = None, action: str = "") -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{action or ('change' if row else 'changelist')}"
    return reverse(name, args=[row.pk] if row else [])


def as_typed(said: dict[str, Any]) -> dict[str, Any]:
    """What a form says, with numbers as staff type them: 1250 bps as 12.50, 500 in the minor unit of CNY as 5.00."""
    return {
        name: f"{value / 100:.2f}" if name.endswith(("_bps", "_minor")) and isinstance(value, int) else value
        for name, value in said.items()
    }


def sell(brand: Brand, count: int = 1) -> dict[type, Any]:
    """Orders that went all the way, with everything that follows from them. The last row of each table."""
    product = Product.objects.filter(brand=brand).first() or make_product(brand)
    number = Order.objects.count()
    plan = Plan.objects.filter(brand=brand).first() or make_plan(brand, rules=[{"rate_bps": 1250}])
    settlement, _ = Settlement.objects.get_or_create(
        brand=brand, currency="CNY", period="2026-02", defaults={"settled_at": NOW}
    )
    costs, _ = Wallet.objects.get_or_create(brand=brand, koc=None, kind="commissions", currency="CNY")
    maker = make_user()
    rows: dict[type, Any] = {}
    for n in range(number, number + count):
        koc, customer, kit = make_koc(brand), make_customer(brand), make_kit(brand)
        share = make_share(koc, kit)
        visit = Visit.objects.create(share=share, visitor=f"v{n}", visited_at=NOW)
        order = Order.objects.create(
            brand=brand,
            key=f"A-{n}",
            paid_at=NOW,
            customer=customer,
            digest="d",
            received_at=NOW,
            credited_at=NOW,
            credit="click",
            koc=koc,
            share=share,
        )
        line = OrderLine.objects.create(
            order=order, position=0, key="1", product=product, quantity=1, unit_price_minor=9900, base_minor=9900
        )
        credit = OrderCredit.objects.create(
            order=order, place=0, koc=koc, share=share, tier="seed", multiplier_bps=11_000, channel="moments"
        )
        decision = Decision.objects.create(
            brand=brand,
            digest=f"d{n}",
            seen=SEEN,
            verdicts=[{"rule": plan.rules.get().pk, "position": 1, "verdict": "won"}],
        )
        version = OrderVersion.objects.create(order=order, reported_at=NOW, received_at=NOW)
        version_line = VersionLine.objects.create(
            version=version, key="1", product=product, quantity=1, unit_price_minor=9900, base_minor=9900
        )
        answer = LineTerms.objects.create(
            line=line,
            decision=decision,
            plan=plan,
            rule=plan.rules.get(),
            rate_bps=1250,
            override_bps=0,
            total_cap_bps=3000,
        )
        statement = Statement.objects.create(
            settlement=settlement,
            koc=koc,
            period="2026-02",
            currency="CNY",
            gross_minor=908,
            net_minor=908,
            tax_method="none",
            status="ready",
        )
        amounts = {"amount_minor": 1361, "reversed_minor": 453, "settled_minor": 908}
        commission = Commission.objects.create(
            brand=brand,
            line=line,
            koc=koc,
            credit=credit,
            level=1,
            status="settled",
            made_at=NOW,
            statement=statement,
            **amounts,
        )
        campaign = Campaign.objects.create(
            brand=brand,
            key=f"c{n}",
            kind="bounty",
            starts_at=NOW,
            fixed_minor=100,
            budget_minor=1000,
            reserved_minor=100,
        )
        on_top = Commission.objects.create(
            brand=brand, line=line, koc=koc, credit=credit, campaign=campaign, level=1, amount_minor=100, made_at=NOW
        )
        bonus = BonusTerms.objects.create(commission=on_top, base_minor=9900, fixed_minor=100, granted_minor=100)
        missed = MissedBonus.objects.create(
            line=line, credit=credit, campaign=campaign, amount_minor=50, because="budget"
        )
        monthly = MonthlyVolume.objects.create(campaign=campaign, koc=koc, period="2026-03", base_minor=9900)
        review = RiskReview.objects.create(commission=on_top, reason="fraud", opened_at=NOW)
        policy, _ = SignalPolicy.objects.get_or_create(
            brand=brand, kind="refund_rate", defaults={"threshold": 5000, "days": 90}
        )
        search, _ = SignalSearch.objects.get_or_create(brand=brand, defaults={"searched_at": NOW})
        signal = Signal.objects.create(
            brand=brand,
            kind="refund_rate",
            koc=koc,
            measured=6000,
            threshold=5000,
            evidence={"orders": 10},
            found_at=NOW,
        )
        fact = SignalFact.objects.create(signal=signal, kind="refund_rate", koc=koc, order=order)
        hold = SignalHold.objects.create(signal=signal, review=review)
        adjustment = Adjustment.objects.create(brand=brand, koc=koc, kind="subsidy", amount_minor=500, happened_at=NOW)
        subsidy = Subsidy.objects.create(
            brand=brand,
            koc=koc,
            own_minor=500,
            hand_on_minor=300,
            allocated_minor=300,
            own_part=adjustment,
            granted_by=maker,
            granted_at=NOW,
        )
        income = Adjustment.objects.create(
            brand=brand, koc=make_koc(brand, sponsor=koc), kind="allocation", amount_minor=300, happened_at=NOW
        )
        allocation = Allocation.objects.create(
            subsidy=subsidy, to=income.koc, kind="money", amount_minor=300, adjustment=income, allocated_at=NOW
        )
        write_off = WriteOff.objects.create(
            brand=brand, koc=koc, amount_minor=100, reason="补偿", asked_by=maker, asked_at=NOW
        )
        refund = Refund.objects.create(
            brand=brand, order_key=order.key, kind="refund", key="R", refunded_at=NOW, status="applied", received_at=NOW
        )
        reversal = Reversal.objects.create(
            commission=commission, refund=refund, amount_minor=453, happened_at=NOW, booked_at=NOW
        )
        on_it = StatementLine.objects.create(statement=statement, commission=commission, amount_minor=908)
        wallet = Wallet.objects.create(brand=brand, koc=koc, kind="pending", currency="CNY", balance_minor=908)
        transfer = Transfer.objects.create(
            source=costs, target=wallet, amount_minor=1361, reason="accrual", cause_id=commission.pk, moved_at=NOW
        )
        Transfer.objects.create(
            source=wallet, target=costs, amount_minor=453, reason="reversal", cause_id=reversal.pk, moved_at=NOW
        )
        texts = draft_of(kit=kit, by=maker, at=NOW)
        reviewing, _ = ReviewPolicy.objects.get_or_create(brand=brand)
        style, _ = PosterStyle.objects.get_or_create(brand=brand, kit=None)
        submission = Submission.objects.create(
            brand=brand, koc=koc, title="我的 28 天", text="很润", licence="1", licence_text="…", made_at=NOW, sent_at=NOW, due_at=NOW
        )  # fmt: skip
        use = ProductUse.objects.create(
            brand=brand, koc=koc, product=product, source="order", since=NOW, evidence=order.key, recorded_at=NOW
        )
        suggestion = Suggestion.objects.create(brand=brand, koc=koc, text="小瓶装", made_at=NOW)
        proof = PostProof.objects.create(share=share, url="https://example.com/p/1", sent_at=NOW)
        event = Event.objects.create(
            brand=brand,
            webhook_id=f"w{n}",
            body_digest="d",
            type="order.paid",
            body={},
            status="refused",
            refusal=Message("unknown sku"),
            received_at=NOW,
        )
        doubt = Doubt.objects.create(
            brand=brand, order_key=order.key, event=event, holds=False, refusal=Message("unknown sku"), opened_at=NOW, is_new=False
        )  # fmt: skip
        for row in (
            koc, customer, kit, texts, use, reviewing, submission, suggestion, style, proof,
            share, visit, order, line, version, version_line, credit, decision, answer, statement, on_top, commission, bonus, missed,
            monthly, review, adjustment, subsidy, allocation, write_off, refund, reversal, on_it, wallet, transfer, event, doubt, plan, campaign, settlement,
            policy, search, signal, fact, hold,
        ):  # fmt: skip
            rows[type(row)] = row
    return rows
