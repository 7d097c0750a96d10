"""A brand by its file: the file is the truth for what it names; what it does not name stays as it is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction

from accounts.brands.models import Brand, Tier
from commissions.orders.models import Order
from commissions.planning.domain.brand_file import BrandFile, PolicyPart, TierPart, checked
from commissions.planning.domain.refusals import CampaignRefused, Contradicted, PlanRefused
from commissions.planning.selectors.plans import over_total_cap
from commissions.planning.services.campaigns import save_campaigns
from commissions.planning.services.plans import save_plans
from commissions.planning.services.policies import record_acknowledgement
from commissions.plans.models.policies import PayPolicy
from content.kits.domain.posts import variant_faults
from content.kits.domain.texts import Text
from content.kits.models import Channel, Kit
from content.kits.services.versions import publish_texts
from content.products.models import Product
from foundation.files.tables import ImportResult
from foundation.files.yaml_files import read_yaml, whole
from foundation.texts.messages import Message
from referrals.tree.models import CreditPolicy

Row = TypeVar("Row", bound=models.Model)
LOWEST = TierPart(key="seed", name="Seed")


@transaction.atomic
def import_brand(*, lines: Iterable[str], name: str, at: datetime) -> tuple[Brand, ImportResult]:
    """Create or update a brand with its policy, tiers, products, plans, campaigns and kits, all or nothing; the same
    file again changes nothing.

    Raises BadFile for a file that is wrong in itself, and for one that the brand's history forbids: another currency
    after orders came in, a plan in force that would be edited, plans that overlap, a total cap below what a plan
    promises.
    """
    document = read_yaml(whole(lines), name)
    file = checked(document)
    tally = ImportResult()
    try:
        brand = _brand(file, tally, at)
        policy = PayPolicy.objects.filter(brand=brand).first()
        _policies(brand, file.policy, policy, tally, at)
        _tiers(brand, file.tiers or [LOWEST], tally)
        _products(brand, file, tally)
        _plans(brand, file, tally, at)
        _check_total_cap(brand, policy, file.policy, at)
        _kits(brand, file, tally, at)
    except Contradicted as refused:
        raise document.refusal(refused.faults) from None
    return brand, tally


def _save(
    rows: models.Manager[Row],
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    tally: ImportResult,
    only_new: Mapping[str, Any] | None = None,
) -> Row:
    """The row under a key with these values, written only when it differs."""
    row = rows.select_for_update().filter(**key).first()
    if row is None:
        tally.created += 1
        return rows.create(**key, **values, **(only_new or {}))
    changed = [field for field, value in values.items() if getattr(row, field) != value]
    for field in changed:
        setattr(row, field, values[field])
    if changed:
        row.save(update_fields=changed)
        tally.updated += 1
    else:
        tally.unchanged += 1
    return row


def _brand(file: BrandFile, tally: ImportResult, at: datetime) -> Brand:
    part = file.brand
    before = Brand.objects.filter(slug=part.slug).first()
    if before and before.currency != part.currency and Order.objects.filter(brand=before).exists():
        raise Contradicted(
            [
                (
                    Message(
                        "the brand has orders in %(currency)s: its currency cannot become %(wanted)s",
                        currency=before.currency,
                        wanted=part.currency,
                    ),
                    ("brand", "currency"),
                )
            ]
        )
    values = {
        "name": part.name,
        "currency": part.currency,
        "timezone": part.timezone,
        "landing_url": part.landing_url,
        "approval": file.policy.approval,
        "candidate_purchases": file.policy.candidate_purchases,
    }
    return _save(Brand.objects, {"slug": part.slug}, values, tally, {"created_at": at})


def _policies(brand: Brand, policy: PolicyPart, before: PayPolicy | None, tally: ImportResult, at: datetime) -> None:
    credit = {
        "attribution": policy.attribution,
        "window_days": policy.window_days,
        "binding_mode": policy.binding.mode,
        "binding_days": policy.binding.lasts,
        "binding_by": policy.binding.by,
        "binding_protect_days": policy.binding.protect_days,
        "binding_release_days": policy.binding.release_days,
        "self_purchase": policy.self_purchase,
        "unreadable_phone": policy.unreadable_phone,
    }
    _save(CreditPolicy.objects, {"brand": brand}, credit, tally)
    acknowledged_by = policy.level2_acknowledged_by.strip()
    acknowledged_at = (
        before.level2_acknowledged_at if before and before.level2_acknowledged_by == acknowledged_by else None
    )
    pay = {
        "hold_days": policy.hold_days,
        "hold_rule": policy.hold_rule,
        "paid_levels": policy.paid_levels,
        "level2_acknowledged_by": acknowledged_by,
        "level2_acknowledged_at": (acknowledged_at or at) if acknowledged_by else None,
        "total_cap_bps": policy.total_cap_bps,
        "min_payout_minor": policy.min_payout_minor,
        "rate_protection_days": policy.rate_protection_days,
        "withdrawals": policy.withdrawals,
        "tax": policy.tax,
    }
    _save(PayPolicy.objects, {"brand": brand}, pay, tally)
    if acknowledged_by and acknowledged_at is None:
        record_acknowledgement(brand=brand, by=acknowledged_by, at=at)


def _tiers(brand: Brand, tiers: list[TierPart], tally: ImportResult) -> None:
    """The file's tiers in its order; ones that it does not name stay above them."""
    keys = [tier.key for tier in tiers]
    for rank, other in enumerate(
        Tier.objects.filter(brand=brand).exclude(key__in=keys).order_by("rank"), start=len(tiers)
    ):
        Tier.objects.filter(pk=other.pk).exclude(rank=rank).update(rank=rank)
    for rank, tier in enumerate(tiers):
        values = {
            "name": tier.name,
            "rank": rank,
            "growth": tier.growth,
            "multiplier_bps": tier.multiplier_bps,
            "keep": tier.keep,
            "keep_days": tier.keep_days,
        }
        _save(Tier.objects, {"brand": brand, "key": tier.key}, values, tally)


def _products(brand: Brand, file: BrandFile, tally: ImportResult) -> None:
    for part in file.products:
        values = {
            "name": part.name,
            "category": part.category,
            "price_minor": part.price_minor,
            "landing_url": part.landing_url,
        }
        _save(Product.objects, {"brand": brand, "sku": part.sku}, values, tally)


def _plans(brand: Brand, file: BrandFile, tally: ImportResult, at: datetime) -> None:
    """Plans and campaigns, by the services that staff use too. Their faults are reported at the place in the file."""
    try:
        plans = save_plans(brand=brand, plans=file.plans, at=at)
    except PlanRefused as refused:
        raise Contradicted([(message, ("plans", *place)) for message, place in refused.faults]) from None
    try:
        campaigns = save_campaigns(brand=brand, campaigns=file.campaigns, at=at)
    except CampaignRefused as refused:
        raise Contradicted([(message, ("campaigns", *place)) for message, place in refused.faults]) from None
    for change in [*(change for _, change in plans), *(change for _, change in campaigns)]:
        setattr(tally, change, getattr(tally, change) + 1)


def _check_total_cap(brand: Brand, before: PayPolicy | None, policy: PolicyPart, at: datetime) -> None:
    """After the plans, since the same file may lower the plans to fit the new total cap."""
    is_lowered = before is not None and policy.total_cap_bps < before.total_cap_bps
    faults = (
        [
            (message, ("policy", "total_cap_bps"))
            for message in over_total_cap(brand, total_cap_bps=policy.total_cap_bps, at=at)
        ]
        if is_lowered
        else []
    )
    if faults:
        raise Contradicted(faults)


def _kits(brand: Brand, file: BrandFile, tally: ImportResult, at: datetime) -> None:
    products = {
        product.sku: product
        for product in Product.objects.filter(brand=brand, sku__in={kit.product for kit in file.kits if kit.product})
    }
    asking = set(Kit.objects.filter(brand=brand, needs_use=True).values_list("key", flat=True))
    for number, part in enumerate(file.kits):
        if part.product is None and part.key in asking:
            fault = Message("only who has used its product may share kit %(key)s: name the product", key=part.key)
            raise Contradicted([(fault, ("kits", number, "product"))])
        if part.product and part.product not in products:
            raise Contradicted(
                [
                    (
                        Message(
                            "kit %(key)s is about an unknown product %(product)s", key=part.key, product=part.product
                        ),
                        ("kits", number, "product"),
                    )
                ]
            )
        values = {"title": part.title, "product": products.get(part.product or ""), "audience_size": part.audience_size}
        result = ImportResult()
        kit = _save(Kit.objects, {"brand": brand, "key": part.key}, values, result, {"created_at": at})
        texts = [Text(section.kind, section.channel, section.text, section.variant) for section in part.sections]
        if faults := list(variant_faults(texts, {value: str(label) for value, label in Channel.choices})):
            raise Contradicted([(fault, ("kits", number, "sections")) for fault in faults])
        if publish_texts(kit=kit, texts=texts, at=at):
            result = result if result.created else ImportResult(updated=1)
        tally.created, tally.updated, tally.unchanged = (
            tally.created + result.created,
            tally.updated + result.updated,
            tally.unchanged + result.unchanged,
        )
