"""A brand as its file says: the file is the truth for what it names; what it does not name is left alone."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import Max

from accounts.domain.tables import Tally
from accounts.models import Brand, Tier
from commissions.domain.brand_file import BrandFile, PlanPart, Policy, TierPart, checked, overlap
from commissions.domain.yaml_files import Place, read_yaml
from commissions.models import Order, PayPolicy, Plan, Rule
from commissions.services.policies import record_acknowledgement
from content.models import Kit, Product, Section
from referrals.models import CreditPolicy

Row = TypeVar("Row", bound=models.Model)
LOWEST = TierPart(key="seed", name="Seed")


class Contradicted(Exception):
    """The file says something that the database cannot follow; `place` is where."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.place: Place = place


@transaction.atomic
def import_brand(*, lines: Iterable[str], name: str, at: datetime) -> tuple[Brand, Tally]:
    """Create or update a brand with its policy, tiers, products, plans and kits, all or nothing; the same file again changes nothing.

    Raises BadFile for a file that is wrong in itself, and for one that the brand's history forbids: another currency after
    orders came in, a plan that has answered orders and would be edited, plans that overlap.
    """
    written = read_yaml("".join(lines), name)
    file = checked(written)
    tally = Tally()
    try:
        brand = _brand(file, tally, at)
        _policies(brand, file.policy, tally, at)
        _tiers(brand, file.tiers or [LOWEST], tally)
        _products(brand, file, tally)
        _plans(brand, file.plans, tally)
        _kits(brand, file, tally, at)
    except Contradicted as error:
        raise written.refusal([(str(error), error.place)]) from None
    return brand, tally


def _save(rows: models.Manager[Row], key: Mapping[str, Any], wanted: Mapping[str, Any], tally: Tally, only_new: Mapping[str, Any] | None = None) -> Row:
    """The row under a key with the wanted values, written only when it differs."""
    row = rows.select_for_update().filter(**key).first()
    if row is None:
        tally.created += 1
        return rows.create(**key, **wanted, **(only_new or {}))
    changed = [field for field, value in wanted.items() if getattr(row, field) != value]
    for field in changed:
        setattr(row, field, wanted[field])
    if changed:
        row.save(update_fields=changed)
        tally.updated += 1
    else:
        tally.unchanged += 1
    return row


def _brand(file: BrandFile, tally: Tally, at: datetime) -> Brand:
    part = file.brand
    before = Brand.objects.filter(slug=part.slug).first()
    if before and before.currency != part.currency and Order.objects.filter(brand=before).exists():
        raise Contradicted(f"the brand has orders in {before.currency}: its currency cannot become {part.currency}", "brand", "currency")
    wanted = {
        "name": part.name,
        "currency": part.currency,
        "timezone": part.timezone,
        "landing_url": part.landing_url,
        "approval": file.policy.approval,
        "candidate_purchases": file.policy.candidate_purchases,
    }
    return _save(Brand.objects, {"slug": part.slug}, wanted, tally, {"created_at": at})


def _policies(brand: Brand, policy: Policy, tally: Tally, at: datetime) -> None:
    credit = {"attribution": policy.attribution, "window_days": policy.window_days, "binding_mode": policy.binding.mode, "self_purchase": policy.self_purchase}
    _save(CreditPolicy.objects, {"brand": brand}, credit, tally)
    before = PayPolicy.objects.filter(brand=brand).first()
    acknowledged_by = policy.level2_acknowledged_by.strip()
    known = before.level2_acknowledged_at if before and before.level2_acknowledged_by == acknowledged_by else None
    pay = {
        "hold_days": policy.hold_days,
        "hold_rule": policy.hold_rule,
        "paid_levels": policy.paid_levels,
        "level2_acknowledged_by": acknowledged_by,
        "level2_acknowledged_at": (known or at) if acknowledged_by else None,
        "total_cap_bps": policy.total_cap_bps,
        "min_payout_minor": policy.min_payout_minor,
        "tax": policy.tax,
    }
    _save(PayPolicy.objects, {"brand": brand}, pay, tally)
    if acknowledged_by and known is None:
        record_acknowledgement(brand=brand, by=acknowledged_by, at=at)


def _tiers(brand: Brand, tiers: list[TierPart], tally: Tally) -> None:
    """The file's tiers in its order; ones that it does not name stay above them."""
    named = [tier.key for tier in tiers]
    for rank, other in enumerate(Tier.objects.filter(brand=brand).exclude(key__in=named).order_by("rank"), start=len(tiers)):
        Tier.objects.filter(pk=other.pk).exclude(rank=rank).update(rank=rank)
    for rank, tier in enumerate(tiers):
        wanted = {"name": tier.name, "rank": rank, "growth": tier.growth, "multiplier_bps": tier.multiplier_bps, "keep": tier.keep, "keep_days": tier.keep_days}
        _save(Tier.objects, {"brand": brand, "key": tier.key}, wanted, tally)


def _products(brand: Brand, file: BrandFile, tally: Tally) -> None:
    for part in file.products:
        wanted = {"name": part.name, "category": part.category, "price_minor": part.price_minor, "landing_url": part.landing_url}
        _save(Product.objects, {"brand": brand, "sku": part.sku}, wanted, tally)


def _plans(brand: Brand, plans: list[PlanPart], tally: Tally) -> None:
    for number, part in enumerate(plans):
        plan = Plan.objects.filter(brand=brand, key=part.key).first()
        if plan is None:
            _write_rules(Plan.objects.create(brand=brand, key=part.key, starts_at=part.starts_at, ends_at=part.ends_at), part)
            tally.created += 1
        elif _says(plan) == (part.starts_at, part.ends_at, _rules_of(part)):
            tally.unchanged += 1
        else:
            _rewrite(plan, part, number)
            tally.updated += 1
    _refuse_overlaps(brand, [part.key for part in plans])


def _rewrite(plan: Plan, part: PlanPart, number: int) -> None:
    """A plan may be rewritten while nothing was answered by it. One that has spoken may only be ended, after the last order that it answered."""
    last = Order.objects.filter(lines__answer__plan=plan).aggregate(last=Max("paid_at"))["last"]
    if last is not None:
        starts_at, _, rules = _says(plan)
        if (starts_at, rules) != (part.starts_at, _rules_of(part)):
            raise Contradicted(f"plan {plan.key} has answered orders and is never edited: give it an ends_at, and start another plan there", "plans", number)
        if part.ends_at is not None and part.ends_at <= last:
            raise Contradicted(f"plan {plan.key} has answered an order that was paid at {last.isoformat()}: it cannot end before", "plans", number, "ends_at")
    else:
        plan.rules.all().delete()
        _write_rules(plan, part)
    plan.starts_at, plan.ends_at = part.starts_at, part.ends_at
    plan.save(update_fields=["starts_at", "ends_at"])


def _write_rules(plan: Plan, part: PlanPart) -> None:
    Rule.objects.bulk_create([Rule(plan=plan, position=position, **rule) for position, rule in enumerate(_rules_of(part))])


def _rules_of(part: PlanPart) -> list[dict[str, Any]]:
    return [
        {
            "priority": rule.priority,
            "skus": rule.skus,
            "categories": rule.categories,
            "tiers": rule.tiers,
            "channels": rule.channels,
            "customer": rule.customer,
            "rate_bps": rule.rate_bps,
            "fixed_minor": rule.fixed_minor,
            "override_bps": rule.override_bps,
            "cap_minor": rule.cap_minor,
        }
        for rule in part.rules
    ]


def _says(plan: Plan) -> tuple[datetime, datetime | None, list[dict[str, Any]]]:
    fields = ("priority", "skus", "categories", "tiers", "channels", "customer", "rate_bps", "fixed_minor", "override_bps", "cap_minor")
    return plan.starts_at, plan.ends_at, [{field: getattr(rule, field) for field in fields} for rule in plan.rules.order_by("position")]


def _refuse_overlaps(brand: Brand, named: list[str]) -> None:
    """No two plans of the brand share an instant, those that the file does not name included."""
    plans = list(Plan.objects.filter(brand=brand).order_by("starts_at"))
    for earlier, later in pairwise(plans):
        if overlap(earlier.starts_at, earlier.ends_at, later.starts_at, later.ends_at):
            ours = later.key if later.key in named else earlier.key
            place = (named.index(ours), "starts_at" if ours == later.key else "ends_at") if ours in named else ()
            raise Contradicted(f"plan {later.key} overlaps plan {earlier.key}", "plans", *place)


def _kits(brand: Brand, file: BrandFile, tally: Tally, at: datetime) -> None:
    products = {product.sku: product for product in Product.objects.filter(brand=brand, sku__in={kit.product for kit in file.kits if kit.product})}
    for number, part in enumerate(file.kits):
        if part.product and part.product not in products:
            raise Contradicted(f"kit {part.key} is about an unknown product {part.product}", "kits", number, "product")
        wanted = {"title": part.title, "product": products.get(part.product or ""), "audience_size": part.audience_size}
        before = Tally()
        kit = _save(Kit.objects, {"brand": brand, "key": part.key}, wanted, before, {"created_at": at})
        sections = [(section.kind, section.channel, section.text) for section in part.sections]
        if list(kit.sections.values_list("kind", "channel", "text")) != sections:
            kit.sections.all().delete()
            Section.objects.bulk_create(
                [Section(kit=kit, kind=kind, channel=channel, text=text, position=at_) for at_, (kind, channel, text) in enumerate(sections)]
            )
            before = before if before.created else Tally(updated=1)
        tally.created, tally.updated, tally.unchanged = tally.created + before.created, tally.updated + before.updated, tally.unchanged + before.unchanged
