"""What staff see in the admin: their own brands' rows, whole and fast; money that nobody can edit."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import CompositePrimaryKey
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
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
from commissions.orders.models import Event, Order, OrderLine, OrderVersion, Refund, VersionLine
from commissions.plans.models.campaigns import Campaign, MonthlyVolume
from commissions.plans.models.plans import Plan
from commissions.risk.models import Signal, SignalFact, SignalHold, SignalPolicy, SignalSearch
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.statements import Settlement, Statement, StatementLine
from commissions.settlement.models.write_offs import WriteOff
from commissions.subsidies.models import Allocation, Subsidy
from content.kits.models import Kit
from content.products.models import Product
from foundation.money.amounts import in_minor, shown
from referrals.shares.models import Share
from referrals.tree.models import CreditPolicy
from referrals.visits.models import Visit
from tests.support.factories import (
    NOW,
    make_brand,
    make_customer,
    make_kit,
    make_koc,
    make_plan,
    make_product,
    make_share,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
APPS = ["accounts", "content", "referrals", "commissions"]
MODELS = [model for model in admin.site._registry if model._meta.app_label in APPS]
MONEY = [
    Order, OrderLine, OrderVersion, VersionLine, OrderCredit, Decision, LineTerms, Commission, BonusTerms, MissedBonus, MonthlyVolume, RiskReview, Reversal,
    Refund, Settlement, Statement, StatementLine, Adjustment, Allocation, Wallet, Transfer, Event,
]  # fmt: skip
SEEN = {
    "plan": "base",
    "version": 1,
    "sku": "S1",
    "category": "skincare",
    "tiers": ["seed"],
    "channels": ["moments"],
    "customer": "new",
}


@pytest.fixture
def lumi() -> Brand:
    return make_brand("lumi")


@pytest.fixture
def staff(lumi: Brand, client: Client) -> Client:
    client.force_login(make_staff(lumi))
    return client


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("+8613900000000"))
    return client


def page(model: Any, row: Any = None, action: str = "") -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{action or ('change' if row else 'changelist')}"
    return reverse(name, args=[row.pk] if row else [])


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
        event = Event.objects.create(
            brand=brand,
            webhook_id=f"w{n}",
            body_digest="d",
            type="order.paid",
            body={},
            status="refused",
            received_at=NOW,
        )
        for row in (
            koc, customer, kit, share, visit, order, line, version, version_line, credit, decision, answer, statement, on_top, commission, bonus, missed,
            monthly, review, adjustment, subsidy, allocation, write_off, refund, reversal, on_it, wallet, transfer, event, plan, campaign, settlement,
            policy, search, signal, fact, hold,
        ):  # fmt: skip
            rows[type(row)] = row
    return rows


def test_every_table_of_grove_has_a_page() -> None:
    """All but those that the admin cannot show, whose key is of several columns: they stand on the page of their
    cascade."""
    found = {model for app in APPS for model in apps.get_app_config(app).get_models()}
    assert set(MODELS) == {model for model in found if not isinstance(model._meta.pk, CompositePrimaryKey)}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_empty_list_is_shown(superuser: Client, model: Any) -> None:
    assert superuser.get(page(model)).status_code == 200


def test_lists_and_pages_show_every_kind_of_row(superuser: Client, lumi: Brand) -> None:
    for model, row in sell(lumi).items():
        assert superuser.get(page(model), {"q": "A-0"}).status_code == 200, model
        assert superuser.get(page(model, row)).status_code == 200, model


@pytest.mark.parametrize("model", MONEY, ids=lambda model: model.__name__)
def test_nobody_edits_money(superuser: Client, lumi: Brand, model: Any) -> None:
    row = sell(lumi)[model]
    assert superuser.get(page(model, action="add")).status_code == 403
    assert superuser.post(page(model, row), {}).status_code == 403
    assert superuser.post(page(model, row, "delete"), {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


def test_staff_see_their_own_brands_rows_and_no_others(staff: Client, lumi: Brand) -> None:
    own, foreign = sell(lumi), sell(make_brand("other"))
    for model in own:
        listed = staff.get(page(model)).context["cl"].result_list
        assert own[model] in listed, model
        assert foreign[model] not in listed, model
        assert staff.get(page(model, own[model])).status_code == 200
        away = staff.get(page(model, foreign[model]))
        assert (away.status_code, away["Location"]) == (302, reverse("admin:index")), model


def test_staff_see_their_own_brands_choices_and_no_others(staff: Client, lumi: Brand) -> None:
    other = make_brand("other")
    mine, theirs = make_product(lumi), make_product(other, "S2")
    form = staff.get(page(Kit, action="add")).context["adminform"].form
    assert list(form.fields["brand"].queryset) == [lumi]
    assert list(form.fields["product"].queryset) == [mine]
    found = staff.get(
        reverse("admin:autocomplete"),
        {"app_label": "content", "model_name": "kit", "field_name": "product", "term": "S"},
    ).json()
    assert [row["id"] for row in found["results"]] == [str(mine.pk)]
    kit = kit_form(lumi, product=theirs.pk)
    assert "product" in staff.post(page(Kit, action="add"), kit).context["adminform"].form.errors
    assert not Kit.objects.exists()


def test_filters_offer_only_what_staff_may_see(staff: Client, lumi: Brand) -> None:
    make_koc(lumi)
    other = make_brand("other")
    make_koc(other)
    assert "Other" not in staff.get(page(Koc)).content.decode()


def kit_form(brand: Brand, **fields: Any) -> dict[str, Any]:
    sections = {
        "sections-TOTAL_FORMS": 1,
        "sections-INITIAL_FORMS": 0,
        "sections-0-kind": "usage",
        "sections-0-channel": "any",
        "sections-0-text": "第 7 天…",
    }
    return (
        {"brand": brand.pk, "key": "story", "title": "我的 28 天", "status": "published", "sections-0-position": 0}
        | sections
        | fields
    )


def test_staff_write_a_kit_with_its_sections(staff: Client, lumi: Brand) -> None:
    assert staff.post(page(Kit, action="add"), kit_form(lumi)).status_code == 302
    kit = Kit.objects.get()
    assert [section.text for section in kit.sections.all()] == ["第 7 天…"]
    assert kit.created_at is not None


def test_a_kit_of_one_brand_cannot_speak_of_anothers_product(superuser: Client, lumi: Brand) -> None:
    theirs = make_product(make_brand("other"))
    answer = superuser.post(page(Kit, action="add"), kit_form(lumi, product=theirs.pk))
    assert answer.context["adminform"].form.errors["product"] == ["This product is another brand's."]


def test_approving_applications_leaves_decided_ones_alone(staff: Client, lumi: Brand) -> None:
    applied = make_koc(lumi, status="applied")
    rejected = make_koc(lumi, status="rejected")
    foreign = make_koc(make_brand("other"), status="applied")
    chosen = {"action": "approve", "_selected_action": [applied.pk, rejected.pk, foreign.pk]}
    answer = staff.post(page(Koc), chosen, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "1 approved.",
        "1 had been decided already and stay as they were.",
    ]
    assert {koc.pk: koc.status for koc in Koc.objects.all()} == {
        applied.pk: "active",
        rejected.pk: "rejected",
        foreign.pk: "applied",
    }


def test_rejecting_an_application(staff: Client, lumi: Brand) -> None:
    applied = make_koc(lumi, status="applied")
    staff.post(page(Koc), {"action": "reject", "_selected_action": [applied.pk]})
    applied.refresh_from_db()
    assert applied.status == "rejected"


@pytest.mark.parametrize(("days", "kept"), [(3651, 30), (2_000_000_000, 30), (3650, 3650)])
def test_days_are_ten_years_at_most(staff: Client, lumi: Brand, days: int, kept: int) -> None:
    """Billions of them would lead out of the calendar, and no order would be answered any more."""
    address = reverse("admin:referrals_creditpolicy_change", args=[lumi.pk])
    said = {
        "attribution": "last_click",
        "window_days": days,
        "self_purchase": "refuse",
        "binding_mode": "none",
        "binding_by": "either",
    }
    assert staff.post(address, said).status_code == (302 if kept == days else 200)
    assert CreditPolicy.objects.get(brand=lumi).window_days == kept


def test_users_and_sessions_are_for_superusers(staff: Client) -> None:
    stranger = make_user()
    assert staff.get(page(User)).status_code == 403
    assert staff.get(page(User, stranger)).status_code in {302, 403}


def test_a_koc_has_no_business_in_the_admin(client: Client, lumi: Brand) -> None:
    user = make_user()
    make_koc(lumi, user=user)
    client.force_login(user)
    assert client.get(reverse("admin:index"))["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize(
    "model",
    [
        Koc,
        Kit,
        Share,
        Subsidy,
        WriteOff,
        Signal,
        SignalFact,
        SignalHold,
        *(model for model in MONEY if model is not Settlement),
    ],
    ids=lambda model: model.__name__,
)
def test_a_list_asks_no_question_per_row(
    staff: Client, lumi: Brand, django_assert_num_queries: DjangoAssertNumQueries, model: Any
) -> None:
    sell(lumi)
    staff.get(page(model))  # once to warm up
    with CaptureQueriesContext(connection) as one:
        staff.get(page(model))
    sell(lumi, 19)
    with django_assert_num_queries(len(one)):
        assert len(staff.get(page(model)).context["cl"].result_list) >= 20


def test_an_order_can_be_followed_to_its_money(staff: Client, lumi: Brand) -> None:
    rows = sell(lumi)
    order = staff.get(page(Order, rows[Order])).content.decode()
    for piece in [
        "99.00 CNY",
        "13.61 CNY",
        "4.53 CNY",
        "9.08 CNY",
        *(page(model, rows[model]) for model in (Commission, Refund, LineTerms)),
    ]:
        assert piece in order
    commission = staff.get(page(Commission, rows[Commission])).content.decode()
    for piece in [
        "12.5 %",
        "× 1.1",
        "13.6125",
        "won.",
        *(page(model, rows[model]) for model in (LineTerms, Decision, Statement, Transfer, Refund)),
    ]:
        assert piece in commission
    wallet = staff.get(page(Wallet, rows[Wallet])).content.decode()
    assert "9.08 CNY" in wallet
    assert page(Transfer, rows[Transfer]) in wallet


def test_the_front_page_counts_the_last_30_days_of_ones_own_brands(staff: Client, lumi: Brand) -> None:
    recent = timezone.now() - timedelta(days=1)
    for brand in (lumi, make_brand("other")):
        rows = sell(brand, 2)
        Order.objects.filter(brand=brand).update(paid_at=recent)
        Order.objects.filter(pk=rows[Order].pk).update(paid_at=recent - timedelta(days=40))
        Share.objects.filter(brand=brand).update(shared_at=recent)
        Visit.objects.filter(share__brand=brand).update(visited_at=recent)
        make_koc(brand, status="applied")
    answer = staff.get(reverse("admin:index"))
    assert [figure["value"] for figure in answer.context["figures"]] == ["1", "99.00 CNY", "2", "2"]
    assert [item["count"] for item in answer.context["waiting"]] == [1, 2, 2, 2, 0]
    assert "9.08 CNY" in answer.context["earned"]


def test_amounts_are_shown_in_the_major_unit() -> None:
    assert [shown(1361, "CNY"), shown(-5, "CNY"), shown(123456789, "USD"), shown(1361, "JPY"), shown(1361, "KWD")] == [
        "13.61 CNY", "-0.05 CNY", "1,234,567.89 USD", "1,361 JPY", "1.361 KWD",
    ]  # fmt: skip


def test_amounts_are_written_in_the_major_unit() -> None:
    written = [("13.61", "CNY"), ("13.610", "CNY"), ("0", "CNY"), ("1361", "JPY"), ("1.361", "KWD")]
    assert [in_minor(Decimal(amount), currency) for amount, currency in written] == [1361, 1361, 0, 1361, 1361]
    for amount, currency in [("0.001", "CNY"), ("0.5", "JPY")]:
        with pytest.raises(ValueError, match="smallest coin"):
            in_minor(Decimal(amount), currency)
