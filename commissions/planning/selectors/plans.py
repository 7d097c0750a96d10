"""Plans and campaigns: their content, whether orders were credited by them, and what may be a mistake in them."""

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
from foundation.money.units import RATE, Quantity
from foundation.texts.messages import FileText, Message
from foundation.texts.moments import full_moment

Row = TypeVar("Row", Plan, Campaign)
RULE_FIELDS = [field.name for field in msgspec.structs.fields(RulePart)]
CAMPAIGN_FIELDS = [field.name for field in msgspec.structs.fields(CampaignPart)]


def catalog_of(brand: Brand, policy: PayPolicy) -> BrandCatalog:
    """The parts of a brand that plans refer to."""
    tiers = frozenset(Tier.objects.filter(brand=brand).values_list("key", flat=True))
    return BrandCatalog(
        tiers,
        dict(Product.objects.filter(brand=brand).values_list("sku", "category")),
        policy.total_cap_bps,
        policy.paid_levels,
    )


def plan_part(plan: Plan) -> PlanPart:
    """A plan in the shape of a file. Its rules are queried unless they were prefetched."""
    rules = [RulePart(**{field: getattr(rule, field) for field in RULE_FIELDS}) for rule in plan.rules.all()]
    return PlanPart(plan.key, plan.starts_at, plan.ends_at, rules)


def campaign_part(campaign: Campaign) -> CampaignPart:
    """A campaign in the shape of a file."""
    parts = {field: getattr(campaign, field) for field in CAMPAIGN_FIELDS}
    return CampaignPart(**parts | {"steps": [StepPart(*step) for step in campaign.steps]})


def stamp(row: Plan | Campaign | None) -> str:
    """A digest of the state of a plan or campaign, so that a later save can detect an edit in between; '' for none.
    What a campaign has promised is no part of it."""
    if row is None:
        return ""
    part = plan_part(row) if isinstance(row, Plan) else campaign_part(row)
    return blake2b(msgspec.json.encode([row.pk, part]), digest_size=16).hexdigest()


def changed_since(row: Plan | Campaign, seen: str) -> str:
    """A message when a row was edited since somebody opened it, else ''; `seen` is its stamp of that time."""
    if stamp(row) == seen:
        return ""
    if isinstance(row, Plan):
        return Message("plan %(plan)s was changed since you opened it: nothing was saved now, open it again", plan=row)
    return Message(
        "campaign %(key)s was changed since you opened it: nothing was saved now, open it again", key=row.key
    )


def has_credited(plan: Plan) -> bool:
    """Whether an order was credited by the plan, or during its time by an older one whose rate is protected."""
    return Order.objects.filter(_credited_by(plan), brand=plan.brand_id, paid_at__gte=plan.starts_at).exists()


def last_credited(plan: Plan, *, since: datetime) -> datetime | None:
    """When the last order was paid that was credited while the plan was in force, of those from a moment on."""
    own = Q(lines__answer__plan=plan, lines__answer__protected_from=None) | Q(lines__answer__protected_from=plan)
    return (
        Order.objects.filter(own, brand=plan.brand_id, paid_at__gte=since)
        .order_by("-paid_at")
        .values_list("paid_at", flat=True)
        .first()
    )


def _credited_by(plan: Plan) -> Q:
    return Q(lines__answer__plan=plan) | Q(lines__answer__protected_from=plan)


def has_promised(campaign: Campaign) -> bool:
    """Whether a commission was ever created for the campaign, or monthly volume counted."""
    commissions = Commission.objects.filter(
        campaign=campaign, line__order__brand=campaign.brand_id, line__order__paid_at__gte=campaign.starts_at
    )
    return (
        campaign.reserved_minor > 0 or MonthlyVolume.objects.filter(campaign=campaign).exists() or commissions.exists()
    )


def why_frozen(row: Plan | Campaign, *, at: datetime) -> str:
    """Why a plan or campaign can no longer be edited; '' when it can. One that began is kept even if nothing was sold:
    orders of its time may still arrive."""
    if row.ends_at is not None and row.ends_at <= at:
        return Message("ended at %(at)s", at=moment_of(row.brand, row.ends_at))
    if row.starts_at <= at:
        return Message("is in force since %(at)s", at=moment_of(row.brand, row.starts_at))
    is_used = has_credited(row) if isinstance(row, Plan) else has_promised(row)
    return Message("has answered orders") if is_used else ""


def moment_of(brand: Brand, moment: datetime) -> str:
    """A moment in the brand's time zone, as files write it; staff read it as their pages do."""
    written = moment.astimezone(ZoneInfo(brand.timezone)).isoformat()
    return FileText(written, people=full_moment(moment, brand.timezone))


def over_total_cap(brand: Brand, *, total_cap_bps: int, at: datetime) -> Iterator[str]:
    """Every rate above a total cap in a plan or a campaign that has not ended."""
    for plan in not_ended(Plan.objects.filter(brand=brand), at=at).prefetch_related("rules"):
        highest = max((max(rule.rate_bps or 0, rule.override_bps) for rule in plan.rules.all()), default=0)
        if highest > total_cap_bps:
            yield Message(
                "plan %(plan)s pays %(rate)s: end it before the total cap is lowered under that",
                plan=plan,
                rate=FileText(str(highest), people=Quantity(highest, RATE)),
            )
    for campaign in not_ended(Campaign.objects.filter(brand=brand), at=at):
        highest = max((rate for _, rate in campaign.steps), default=0)
        if highest > total_cap_bps:
            yield Message(
                "campaign %(campaign)s pays %(rate)s: end it before the total cap is lowered under that",
                campaign=campaign.key,
                rate=FileText(str(highest), people=Quantity(highest, RATE)),
            )


def not_ended(rows: QuerySet[Row], *, at: datetime) -> QuerySet[Row]:
    """Those that have not ended, the earliest first."""
    return rows.filter(Q(ends_at=None) | Q(ends_at__gt=at)).order_by("starts_at", "pk")


def notes_of(brand: Brand, *, at: datetime) -> list[str]:
    """Possible mistakes in the brand's plans that have not ended."""
    catalog = catalog_of(brand, PayPolicy.objects.get(brand=brand))
    rules = {plan.id: plan.rules for plan in plans_of(brand)}
    return [
        Message("plan %(plan)s, %(note)s", plan=plan, note=note)
        for plan in not_ended(Plan.objects.filter(brand=brand), at=at)
        for note in plan_notes(rules[plan.pk], catalog)
    ]
