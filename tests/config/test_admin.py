"""What staff see in the admin: their own brands' rows, whole and fast; money that nobody can edit."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CompositePrimaryKey
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
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
from commissions.plans.models.campaigns import MonthlyVolume
from commissions.results.models import ResultCount
from commissions.risk.models import Signal, SignalFact, SignalHold
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.statements import Settlement, Statement, StatementLine
from commissions.settlement.models.write_offs import WriteOff
from commissions.subsidies.models import Allocation, Subsidy
from content.kits.models import Heading, Justification, Kit, Section, VariantResult, VersionPicture
from content.media.models import Avatar
from content.products.models import ProductPicture
from content.submissions.models import EarlierSending, SubmissionJustification, SubmissionPicture
from referrals.shares.models import Share
from referrals.tree.models import CreditPolicy
from referrals.visits.models import Visit
from tests.support.admin_pages import APPS, MODELS, page, sell
from tests.support.clock import STOPPED_AT
from tests.support.factories import make_brand, make_koc, make_product, make_user

pytestmark = pytest.mark.django_db
MONEY = [
    Order, OrderLine, OrderVersion, VersionLine, OrderCredit, Decision, LineTerms, Commission, BonusTerms, MissedBonus, MonthlyVolume, RiskReview, Reversal,
    Refund, Settlement, Statement, StatementLine, Adjustment, Allocation, Wallet, Transfer, Event,
]  # fmt: skip


def test_every_table_of_grove_has_a_page() -> None:
    """All but those that the admin cannot show, whose key is of several columns and which stand on the page of their
    cascade; the texts of a version or a submission and what they taught, which are on its page; avatars, which are on the
    page of their picture; and when results were counted, which stands beside each of them."""
    found = {model for app in APPS for model in apps.get_app_config(app).get_models() if not model._meta.proxy}
    found -= {Section, Heading, Justification, VariantResult, VersionPicture, ProductPicture}
    found -= {EarlierSending, SubmissionPicture, SubmissionJustification, Avatar, ResultCount}
    assert set(MODELS) == {model for model in found if not isinstance(model._meta.pk, CompositePrimaryKey)}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_empty_list_is_shown(superuser: Client, model: Any) -> None:
    assert superuser.get(page(model)).status_code == 200


def test_an_empty_list_says_why_and_what_can_be_done(superuser: Client, lumi: Brand) -> None:
    def says(model: Any, **asked: str) -> str:
        return superuser.get(page(model), asked, headers={"Accept-Language": "en"}).content.decode()

    assert "Rows appear here by themselves" in says(Order)
    assert "Rows that you add are shown here." in says(Kit)
    searched = says(Order, q="A-0")
    assert "No row is like what you searched or filtered for." in searched
    assert "Show all rows" in searched


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
    never = {f"{moment}_at_{part}": "" for moment in ("starts", "ends") for part in "01"}
    return {"brand": brand.pk, "key": "story", "title": "我的 28 天", "language": "zh-hans"} | never | fields


def test_a_kit_of_one_brand_cannot_speak_of_anothers_product(superuser: Client, lumi: Brand) -> None:
    theirs = make_product(make_brand("other"))
    answer = superuser.post(page(Kit, action="add"), kit_form(lumi, product=theirs.pk))
    assert answer.context["adminform"].form.errors["product"] == ["This product is another brand's."]


def test_a_kit_of_one_brand_is_not_for_anothers_tiers(superuser: Client, lumi: Brand) -> None:
    theirs = make_koc(make_brand("other")).tier
    answer = superuser.post(page(Kit, action="add"), kit_form(lumi, tiers=[theirs.pk]))
    assert answer.context["adminform"].form.errors["tiers"] == ["This tier is another brand's."]


def test_approving_applications_leaves_decided_ones_alone(staff: Client, lumi: Brand) -> None:
    applied = make_koc(lumi, status="applied")
    rejected = make_koc(lumi, status="rejected")
    foreign = make_koc(make_brand("other"), status="applied")
    chosen = {"action": "approve", "_selected_action": [applied.pk, rejected.pk, foreign.pk]}
    answer = staff.post(page(Koc), chosen, follow=True)
    assert [str(message) for message in answer.context["messages"]] == [
        "KOCs approved: 1",
        "KOCs who had been decided already and stay as they were: 1",
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
        "unreadable_phone": "pay",
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
    links = [page(model, rows[model]) for model in (Commission, Refund, LineTerms)]
    assert [piece for piece in ("CN¥99.00", "CN¥13.61", "CN¥4.53", "CN¥9.08", *links) if piece not in order] == []
    commission = staff.get(page(Commission, rows[Commission])).content.decode()
    links = [page(model, rows[model]) for model in (LineTerms, Decision, Statement, Transfer, Refund)]
    assert [piece for piece in ("12.5%", "× 1.1", "13.6125", "won.", *links) if piece not in commission] == []
    wallet = staff.get(page(Wallet, rows[Wallet])).content.decode()
    assert "CN¥9.08" in wallet
    assert page(Transfer, rows[Transfer]) in wallet


def test_the_front_page_counts_the_last_30_days_of_ones_own_brands(
    stopped_clock: None, staff: Client, lumi: Brand
) -> None:
    recent = STOPPED_AT - timedelta(days=1)
    for brand in (lumi, make_brand("other")):
        rows = sell(brand, 2)
        Order.objects.filter(brand=brand).update(paid_at=recent)
        Order.objects.filter(pk=rows[Order].pk).update(paid_at=recent - timedelta(days=40))
        Share.objects.filter(brand=brand).update(shared_at=recent)
        Visit.objects.filter(share__brand=brand).update(visited_at=recent)
        make_koc(brand, status="applied")
    answer = staff.get(reverse("admin:index"))
    assert [figure["value"] for figure in answer.context["figures"]] == ["1", "CN¥99.00", "2", "2"]
    assert [item["count"] for item in answer.context["waiting"]] == [1, 0, 2, 2, 2, 2, 0, 0, 0]
    assert "CN¥9.08" in answer.context["earned"]
