"""The demo brand is built once, as `make run` builds it; each test looks at one side of it."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count, F, Max, Min, Sum
from pytest_django.plugin import DjangoDbBlocker

from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc, Staff, TierChange, User
from backoffice.demo.domain.story import KOC_LOGIN
from backoffice.demo.services.demo import ADMIN, STAFF, Demo, make_demo
from commissions.audit.selectors.proofs import ledger_faults
from commissions.earnings.models.commissions import Commission, LineTerms, RiskReview
from commissions.ledger.models import Wallet
from commissions.orders.models import Doubt, Event, Order, Refund
from commissions.payees.selectors import payees_shown, persons_of
from commissions.payouts.models import PayoutBatch
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.plans import Plan
from commissions.settlement.models.statements import Statement
from content.kits.models import Kit
from content.products.models import Product, ProductUse
from foundation.files.faults import Refusal
from growth.contests.models import Contest
from growth.contests.selectors import leaderboard
from referrals.communities.models import Community
from referrals.coupons.models import Coupon
from referrals.propagation.selectors.propagation import referral_cascades, share_cascades
from referrals.shares.models import Share
from referrals.tree.models import Sponsorship
from referrals.visits.models import Visit

pytestmark = pytest.mark.django_db  # or, run alone, they would see the database of development
AT = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
ABSOLUTE = [
    "最",
    "第一",
    "唯一",
    "国家",
    "顶级",
    "极致",
    "绝对",
    "100%",
    "永久",
    "首选",
    "独家",
    "万能",
    "冠军",
    "祛",
    "美白",
    "根治",
]


class Undone(Exception):
    pass


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Demo]:
    """Made once in a transaction that is taken back after the module."""
    with django_db_blocker.unblock(), suppress(Undone), transaction.atomic():
        yield make_demo(password="leaves-and-rain", at=AT)
        raise Undone


def everything() -> dict[str, int]:
    return {
        model.__name__: model.objects.count()
        for model in (Brand, User, Koc, Share, Visit, Order, Commission, Statement)
    }


def test_what_was_promised_is_there(demo: Demo) -> None:
    brand = demo.brand
    assert (Tier.objects.filter(brand=brand).count(), Product.objects.filter(brand=brand).count()) == (3, 12)
    assert (Kit.objects.filter(brand=brand).count(), Koc.objects.filter(brand=brand).count()) == (20, 300)
    assert dict(Koc.objects.filter(brand=brand).values_list("status").annotate(Count("pk"))) == {
        "active": 292,
        "rejected": 2,
        "applied": 6,
    }
    assert demo.counts["customers"] > 1_200
    assert 2_900 < demo.counts["orders"] < 3_500
    assert 20_000 < demo.counts["visits"] < 33_000


def test_every_kit_says_all_three_things_and_nothing_absolute(demo: Demo) -> None:
    for kit in Kit.objects.filter(brand=demo.brand).prefetch_related("version__sections"):
        texts = list(kit.version.sections.all()) if kit.version else []
        assert {text.kind for text in texts if text.channel == "any"} == {"usage", "service", "value"}, kit.key
        assert len(texts) > 3
        assert [(word, text.text) for word in ABSOLUTE for text in texts if word in text.text] == []
    assert Kit.objects.filter(brand=demo.brand, audience_size__gt=0).count() > 5


def test_one_kit_is_for_who_has_used_its_product_and_some_have(demo: Demo) -> None:
    kit = Kit.objects.get(brand=demo.brand, needs_use=True)
    uses = ProductUse.objects.filter(brand=demo.brand, product=kit.product)
    assert uses.filter(source="hand").count() == 1
    assert 5 < uses.filter(source="order").count() < 60
    assert ProductUse.objects.filter(brand=demo.brand).exclude(product=kit.product).exists(), "a text says the days"


def test_the_two_last_whole_months_are_settled_and_every_state_of_a_commission_is_there(demo: Demo) -> None:
    statements = Statement.objects.filter(settlement__brand=demo.brand)
    assert sorted(set(statements.values_list("period", flat=True))) == ["2026-01", "2026-02"]
    assert set(Commission.objects.filter(brand=demo.brand).values_list("status", flat=True)) == {
        "pending", "approved", "settled", "paid", "held", "reversed",
    }  # fmt: skip
    assert set(Commission.objects.filter(brand=demo.brand).values_list("level", flat=True)) == {1, 2}
    assert statements.filter(status="ready", tax_minor__gt=0).exists()
    assert statements.filter(status="carried", carried_out_minor__gt=0).exists()
    assert statements.filter(status="carried", carried_out_minor__lt=0).exists()
    assert Wallet.objects.filter(brand=demo.brand, kind="debt", balance_minor__lt=0).exists()


def test_most_of_those_with_a_login_said_whom_their_money_goes_to(demo: Demo) -> None:
    named = payees_shown(list(Koc.objects.filter(brand=demo.brand).values_list("pk", flat=True)))
    assert 70 < len(named) < Koc.objects.filter(brand=demo.brand, user__isnull=False).count()
    assert len(set(persons_of(demo.brand).values())) == len(named)
    assert named[demo.star.pk].name == demo.star.name


def test_the_plan_has_two_versions_and_what_the_second_lowered_was_protected(demo: Demo) -> None:
    first, second = Plan.objects.filter(brand=demo.brand).order_by("version")
    assert (str(first), str(second), first.ends_at, second.ends_at) == ("season", "season v2", second.starts_at, None)
    answers = LineTerms.objects.filter(line__order__brand=demo.brand)
    assert answers.filter(plan=first, protected_from=None).count() > 500
    assert answers.filter(plan=second).count() > 500
    assert answers.filter(plan=first, protected_from=second).exists()


def test_every_kind_of_campaign_pays_within_its_budget(demo: Demo) -> None:
    campaigns = Campaign.objects.filter(brand=demo.brand)
    assert sorted(campaigns.values_list("kind", flat=True)) == ["bounty", "new_customer", "steps"]
    for campaign in campaigns:
        net = Commission.objects.filter(campaign=campaign).aggregate(net=Sum(F("amount_minor") - F("reversed_minor")))[
            "net"
        ]
        assert 0 < net == campaign.reserved_minor <= campaign.budget_minor, campaign


def test_the_ledger_proves(demo: Demo) -> None:
    assert ledger_faults([demo.brand])[demo.brand].first == []
    refunds = Refund.objects.filter(brand=demo.brand)
    assert set(refunds.values_list("status", flat=True)) == {"applied", "refused"}
    assert refunds.get(status="refused").doubts.get().outcome == Doubt.Outcome.OPEN


def test_a_month_is_paid_but_for_one_failure_and_the_next_waits_for_a_second_person(demo: Demo) -> None:
    paid, draft = PayoutBatch.objects.filter(brand=demo.brand).order_by("number")
    assert (paid.status, paid.made_by.name, paid.approved_by and paid.approved_by.name) == (
        "closed",
        "财务",
        "品牌运营",
    )
    assert sorted(set(paid.lines.values_list("status", flat=True))) == ["failed", "paid"]
    assert (paid.lines.filter(status="failed").count(), draft.status) == (1, "draft")
    assert paid.lines.get(status="failed").statement in [line.statement for line in draft.lines.all()]
    held = RiskReview.objects.filter(commission__brand=demo.brand, outcome="")
    assert held.exclude(reason="doubt").count() == 2
    assert held.filter(reason="doubt").exists(), "what the order of the refund in doubt earned"


def test_sales_come_every_way(demo: Demo) -> None:
    orders = Order.objects.filter(brand=demo.brand)
    assert set(orders.values_list("credit", flat=True)) == {"koc", "click", "share", "nobody", "self_purchase"}
    assert orders.filter(customer=None).exists()
    assert set(Visit.objects.filter(share__brand=demo.brand).values_list("uncounted", flat=True)) == {
        "",
        "repeat",
        "robot",
    }
    assert dict(Event.objects.filter(brand=demo.brand).values_list("status").annotate(Count("pk")))["refused"] == 1
    partial = Refund.objects.filter(brand=demo.brand, kind="refund").count() / orders.count()
    assert 0.05 < partial < 0.1


def test_word_of_mouth_travels_deep_now_and_then(demo: Demo) -> None:
    cascades = share_cascades(demo.brand)
    sizes = [cascade.size for cascade in cascades]
    assert 0.6 < sizes.count(1) / len(sizes) < 0.9
    assert 30 < max(sizes) <= 60
    assert 5 <= max(cascade.depth for cascade in cascades) <= 7
    trees = referral_cascades(demo.brand)
    assert 15 < len(trees) < 40
    assert 5 <= max(tree.depth for tree in trees) <= 7


def test_kocs_lead_communities_and_staff_hold_contests(demo: Demo) -> None:
    communities = Community.objects.filter(brand=demo.brand)
    assert sorted(communities.values_list("kind", flat=True)) == ["group", "group", "group", "training"]
    assert all(community.members.count() > 2 for community in communities)
    assert Coupon.objects.filter(brand=demo.brand, stock=500).count() == 5
    boards = {contest.kind: leaderboard(contest) for contest in Contest.objects.filter(brand=demo.brand)}
    assert set(boards) == {"sales", "recruits"}
    assert all(boards.values())


def test_most_earn_something_modest_and_a_few_a_lot(demo: Demo) -> None:
    net = Sum(F("amount_minor") - F("reversed_minor"))
    earned = sorted(
        Commission.objects.filter(brand=demo.brand).values_list("koc").annotate(net=net).values_list("net", flat=True)
    )
    assert len(earned) > 120
    assert 2_000 < earned[len(earned) // 2] < 50_000
    assert sum(earned[-len(earned) // 10 :]) > 0.35 * sum(earned)


def test_tiers_were_risen_to(demo: Demo) -> None:
    tiers = dict(Koc.objects.filter(brand=demo.brand).values_list("tier__key").annotate(Count("pk")))
    assert tiers["seed"] > tiers["sprout"] > tiers["bloom"] > 2
    assert TierChange.objects.filter(koc__brand=demo.brand).count() >= tiers["sprout"] + tiers["bloom"]


def test_three_people_can_sign_in(demo: Demo) -> None:
    admin, staff, koc = (User.objects.get(phone=phone) for phone in (ADMIN, STAFF, KOC_LOGIN))
    assert (admin.is_superuser, admin.is_staff, admin.check_password("leaves-and-rain")) == (True, True, True)
    assert (staff.is_superuser, staff.is_staff, staff.check_password("leaves-and-rain")) == (False, True, True)
    assert Staff.objects.get(user=staff).brand == demo.brand
    assert Koc.objects.get(user=koc) == demo.star
    assert demo.star.status == "active"
    assert Sponsorship.objects.get(koc=demo.star).sponsor is not None
    assert list(Statement.objects.filter(koc=demo.star).order_by("period").values_list("status", flat=True)) == [
        "paid",
        "ready",
    ]
    assert not koc.has_usable_password()
    assert not koc.is_staff


def test_half_a_year_ends_yesterday(demo: Demo) -> None:
    facts = {"shared_at": Share.objects.filter(brand=demo.brand), "paid_at": Order.objects.filter(brand=demo.brand)}
    for field, rows in facts.items():
        span = rows.aggregate(first=Min(field), last=Max(field))
        assert span["first"] < datetime(2025, 9, 25, tzinfo=UTC)
        # The 17th in Shanghai
        assert datetime(2026, 3, 16, 16, tzinfo=UTC) < span["last"] < datetime(2026, 3, 17, 16, tzinfo=UTC)


def test_a_second_time_is_refused_and_changes_nothing(demo: Demo) -> None:
    before = everything()
    with pytest.raises(Refusal, match="qinglan is there already; nothing was changed"):
        make_demo(password="leaves-and-rain", at=AT)
    assert everything() == before


def test_if_empty_leaves_a_database_with_a_brand_alone(demo: Demo) -> None:
    before, out = everything(), StringIO()
    call_command("demo", "--if-empty", stdout=out)
    assert out.getvalue() == "demo: there is a brand already, nothing was made\n"
    assert everything() == before
