"""Plans and campaigns as they stand: what they say, whether they have spoken, and what may not be meant."""

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import Q, QuerySet

from accounts.brands.models import Brand, Tier
from commissions.earnings.models.commissions import Commission
from commissions.earnings.selectors.crediting import plans_of
from commissions.orders.models import Order
from commissions.plans.domain.plan_parts import CampaignPart, PlanPart, RulePart, StepPart
from commissions.plans.domain.plans import BrandCatalog, plan_notes
from commissions.plans.models.campaigns import Campaign, MonthlyVolume
from commissions.plans.models.plans import Plan
from commissions.plans.models.policies import PayPolicy
from content.products.models import Product

Row = TypeVar("Row", Plan, Campaign)
RULE_FIELDS = [field.name for field in msgspec.structs.fields(RulePart)]
CAMPAIGN_FIELDS = [field.name for field in msgspec.structs.fields(CampaignPart)]


def known_of(brand: Brand, policy: PayPolicy) -> BrandCatalog:
    """What the brand has, as far as plans speak of it."""
    tiers = frozenset(Tier.objects.filter(brand=brand).values_list("key", flat=True))
    return BrandCatalog(
        tiers,
        dict(Product.objects.filter(brand=brand).values_list("sku", "category")),
        policy.total_cap_bps,
        policy.paid_levels,
    )


def plan_part(plan: Plan) -> PlanPart:
    """A plan as a file would say it. Its rules are asked for unless they were prefetched."""
    rules = [RulePart(**{field: getattr(rule, field) for field in RULE_FIELDS}) for rule in plan.rules.all()]
    return PlanPart(plan.key, plan.starts_at, plan.ends_at, rules)


def campaign_part(campaign: Campaign) -> CampaignPart:
    """A campaign as a file would say it."""
    said = {field: getattr(campaign, field) for field in CAMPAIGN_FIELDS}
    return CampaignPart(**said | {"steps": [StepPart(*step) for step in campaign.steps]})


def stamp(row: Plan | Campaign | None) -> str:
    """Tells two states of a plan or campaign apart, for who saves what they saw before; '' for none. What a campaign
    has promised is no part of it."""
    if row is None:
        return ""
    part = plan_part(row) if isinstance(row, Plan) else campaign_part(row)
    return blake2b(msgspec.json.encode([row.pk, part]), digest_size=16).hexdigest()


def changed_since(row: Plan | Campaign, seen: str) -> str:
    """Says so when a row is not what it was when somebody looked at it; `seen` is its stamp of then."""
    if stamp(row) == seen:
        return ""
    kind, name = ("plan", str(row)) if isinstance(row, Plan) else ("campaign", row.key)
    return f"{kind} {name} was changed since you opened it: nothing was saved now, open it again"


def has_spoken(plan: Plan) -> bool:
    """Whether an order was answered by the plan, or under it by an older one whose rate it protects."""
    return Order.objects.filter(_answered_by(plan), brand=plan.brand_id, paid_at__gte=plan.starts_at).exists()


def last_answered(plan: Plan, *, since: datetime) -> datetime | None:
    """When the last order was paid that the plan answered while it was in force, of those from a moment on."""
    own = Q(lines__answer__plan=plan, lines__answer__protected_from=None) | Q(lines__answer__protected_from=plan)
    return (
        Order.objects.filter(own, brand=plan.brand_id, paid_at__gte=since)
        .order_by("-paid_at")
        .values_list("paid_at", flat=True)
        .first()
    )


def _answered_by(plan: Plan) -> Q:
    return Q(lines__answer__plan=plan) | Q(lines__answer__protected_from=plan)


def has_promised(campaign: Campaign) -> bool:
    """Whether a commission was ever made for the campaign, or a base counted."""
    sold = Commission.objects.filter(
        campaign=campaign, line__order__brand=campaign.brand_id, line__order__paid_at__gte=campaign.starts_at
    )
    return campaign.reserved_minor > 0 or MonthlyVolume.objects.filter(campaign=campaign).exists() or sold.exists()


def why_frozen(row: Plan | Campaign, *, at: datetime) -> str:
    """Why a plan or campaign is not edited any more; '' when it may be. One that began is kept even if nothing was
    sold: orders of its time may still come."""
    if row.ends_at is not None and row.ends_at <= at:
        return f"ended at {moment_of(row.brand, row.ends_at)}"
    if row.starts_at <= at:
        return f"is in force since {moment_of(row.brand, row.starts_at)}"
    spoke = has_spoken(row) if isinstance(row, Plan) else has_promised(row)
    return "has answered orders" if spoke else ""


def moment_of(brand: Brand, moment: datetime) -> str:
    """A moment as a file of the brand would say it."""
    return moment.astimezone(ZoneInfo(brand.timezone)).isoformat()


def over_total_cap(brand: Brand, *, total_cap_bps: int, at: datetime) -> Iterator[str]:
    """Every rate above a guard in a plan or a campaign that goes on or is to come."""
    for plan in going_on(Plan.objects.filter(brand=brand), at=at).prefetch_related("rules"):
        highest = max((max(rule.rate_bps or 0, rule.override_bps) for rule in plan.rules.all()), default=0)
        if highest > total_cap_bps:
            yield f"plan {plan} pays {highest}: end it before the guard is lowered under that"
    for campaign in going_on(Campaign.objects.filter(brand=brand), at=at):
        highest = max((rate for _, rate in campaign.steps), default=0)
        if highest > total_cap_bps:
            yield f"campaign {campaign.key} pays {highest}: end it before the guard is lowered under that"


def going_on(rows: QuerySet[Row], *, at: datetime) -> QuerySet[Row]:
    """Those that have not ended, the earliest first."""
    return rows.filter(Q(ends_at=None) | Q(ends_at__gt=at)).order_by("starts_at", "pk")


def notes_of(brand: Brand, *, at: datetime) -> list[str]:
    """What the brand's plans that go on or are to come say, and perhaps do not mean."""
    known = known_of(brand, PayPolicy.objects.get(brand=brand))
    rules = {plan.id: plan.rules for plan in plans_of(brand)}
    return [
        f"plan {plan}, {note}"
        for plan in going_on(Plan.objects.filter(brand=brand), at=at)
        for note in plan_notes(rules[plan.pk], known)
    ]
