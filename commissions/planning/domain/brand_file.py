"""The shape of brand.yaml: a brand with its policy, tiers, products, plans, campaigns and kits. An unknown key is
refused."""

from collections.abc import Iterator
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from msgspec import Meta

from accounts.brands.domain.landing_urls import LONGEST_URL, fault_of
from commissions.plans.domain.plan_parts import Amount, Bps, CampaignPart, Channel, LongSlug, Part, PlanPart, Slug
from commissions.plans.domain.plans import campaign_faults, overlap, plan_faults
from foundation.files.shapes import Key, Name, Title
from foundation.files.yaml_files import Contradiction, YamlFile, read_yaml
from foundation.money.calendar import MOST_DAYS
from foundation.texts.messages import Message

Days = Annotated[int, Meta(ge=0, le=MOST_DAYS)]


class BrandPart(Part, frozen=True):
    slug: Slug
    name: Name
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    landing_url: Annotated[str, Meta(max_length=LONGEST_URL)]
    timezone: str = "Asia/Shanghai"


class BindingPart(Part, frozen=True):
    """Customers are bound to the first KOC: for days (90 unless the file says so), or for ever."""

    mode: Literal["none", "first", "permanent"] = "none"
    days: Days | None = None
    by: Literal["either", "click", "order"] = "either"
    protect_days: Days | None = None
    release_days: Days | None = None

    @property
    def lasts(self) -> int | None:
        return (90 if self.days is None else self.days) if self.mode == "first" else None


class PolicyPart(Part, frozen=True):
    hold_days: Days = 7
    hold_rule: Literal["day_after", "rolling"] = "day_after"
    attribution: Literal["last_click", "first_click", "linear", "position", "time_decay"] = "last_click"
    window_days: Annotated[int, Meta(gt=0, le=MOST_DAYS)] = 30
    binding: BindingPart = BindingPart()
    self_purchase: Literal["refuse", "allow"] = "refuse"
    unreadable_phone: Literal["pay", "hold"] = "pay"
    paid_levels: int = 1
    level2_acknowledged_by: Annotated[str, Meta(max_length=120)] = ""
    total_cap_bps: Bps = 3_000
    min_payout_minor: Amount = 1_000
    rate_protection_days: Days = 30
    withdrawals: bool = False
    tax: Literal["none", "cn_labour_service", "cn_platform_cumulative"] = "cn_labour_service"
    candidate_purchases: Annotated[int, Meta(gt=0, le=1_000_000)] = 8
    approval: Literal["manual", "auto"] = "manual"


class TierPart(Part, frozen=True):
    key: Slug
    name: Name
    growth: Annotated[int, Meta(ge=0, lt=2**31)] = 0
    multiplier_bps: Annotated[int, Meta(ge=0, le=1_000_000)] = 10_000
    keep: Annotated[int, Meta(ge=0, lt=2**31)] = 0
    keep_days: Days = 0


class ProductPart(Part, frozen=True):
    sku: Key
    name: Title
    price_minor: Amount
    category: Annotated[str, Meta(max_length=64)] = ""
    landing_url: Annotated[str, Meta(max_length=LONGEST_URL)] = ""


class SectionPart(Part, frozen=True):
    kind: Literal["usage", "service", "value"]
    text: Annotated[str, Meta(min_length=1, max_length=5_000)]
    channel: Channel = "any"
    variant: Annotated[str, Meta(pattern=r"^\w{0,8}$")] = ""


class KitPart(Part, frozen=True):
    key: LongSlug
    title: Title
    product: Key | None = None
    audience_size: Annotated[int, Meta(ge=0, le=10**15)] | None = None
    sections: list[SectionPart] = []


class BrandFile(Part, frozen=True):
    brand: BrandPart
    policy: PolicyPart = PolicyPart()
    tiers: list[TierPart] = []
    products: list[ProductPart] = []
    plans: list[PlanPart] = []
    campaigns: list[CampaignPart] = []
    kits: list[KitPart] = []


def read_brand_file(text: str, name: str) -> BrandFile:
    """A checked brand.yaml. Raises BadFile with the line, the key and the value of everything that is wrong."""
    return checked(read_yaml(text, name))


def checked(file: YamlFile) -> BrandFile:
    """A brand.yaml in its shape and free of contradictions. Raises BadFile."""
    brand = file.shaped(BrandFile)
    if faults := list(contradictions(brand)):
        raise file.refusal(faults)
    return brand


def contradictions(file: BrandFile) -> Iterator[Contradiction]:
    """Faults that no single value shows: law, references, overlaps."""
    try:
        ZoneInfo(file.brand.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Message("is no time zone"), ("brand", "timezone")
    if file.brand.currency not in Locale("en").currencies:
        yield Message("is no ISO 4217 currency"), ("brand", "currency")
    yield from _bad_landing_urls(file)
    yield from _unlawful(file.policy)
    for part, field in (("tiers", "key"), ("products", "sku"), ("plans", "key"), ("campaigns", "key"), ("kits", "key")):
        yield from _doubles(part, [getattr(item, field) for item in getattr(file, part)], field)
    yield from _bad_tiers(file.tiers)
    yield from _bad_plans(file.plans)
    for number, campaign in enumerate(file.campaigns):
        yield from ((message, ("campaigns", number, *place)) for message, place in campaign_faults(campaign))


def _bad_landing_urls(file: BrandFile) -> Iterator[Contradiction]:
    if fault := fault_of(file.brand.landing_url):
        yield fault, ("brand", "landing_url")
    for number, product in enumerate(file.products):
        if product.landing_url and (fault := fault_of(product.landing_url)):
            yield fault, ("products", number, "landing_url")


def _unlawful(policy: PolicyPart) -> Iterator[Contradiction]:
    if policy.paid_levels not in (1, 2):
        yield Message("pay goes up one level, or two when acknowledged: never more"), ("policy", "paid_levels")
    if policy.paid_levels == 2 and not policy.level2_acknowledged_by.strip():
        yield Message("a second paid level needs level2_acknowledged_by: NAME"), ("policy", "paid_levels")
    if policy.binding.mode != "first" and policy.binding.days is not None:
        yield Message("only mode first has days"), ("policy", "binding", "days")
    if policy.binding.days == 0:
        yield Message("a binding lasts at least a day"), ("policy", "binding", "days")
    if policy.binding.release_days == 0:
        yield Message("a customer is released after a day at the earliest"), ("policy", "binding", "release_days")


def _doubles(part: str, keys: list[str], field: str) -> Iterator[Contradiction]:
    earlier: set[str] = set()
    for number, key in enumerate(keys):
        if key in earlier:
            yield Message("stands twice"), (part, number, field)
        earlier.add(key)


def _bad_tiers(tiers: list[TierPart]) -> Iterator[Contradiction]:
    for number, tier in enumerate(tiers):
        if number == 0 and tier.growth:
            yield Message("the lowest tier needs no growth"), ("tiers", 0, "growth")
        if number and tier.growth <= tiers[number - 1].growth:
            yield Message("tiers stand lowest first, each with more growth"), ("tiers", number, "growth")
        if tier.keep and not tier.keep_days:
            yield Message("keep needs keep_days"), ("tiers", number, "keep")


def _bad_plans(plans: list[PlanPart]) -> Iterator[Contradiction]:
    for number, plan in enumerate(plans):
        yield from ((message, ("plans", number, *place)) for message, place in plan_faults(plan))
    yield from _overlaps(plans)


def _overlaps(plans: list[PlanPart]) -> Iterator[Contradiction]:
    """Each plan that begins before those that began earlier have ended; the fault is placed at the later one in the
    file."""
    in_force: tuple[int, PlanPart] | None = None
    for number, plan in sorted(enumerate(plans), key=lambda numbered: numbered[1].starts_at):
        if in_force is not None and overlap(in_force[1].starts_at, in_force[1].ends_at, plan.starts_at, plan.ends_at):
            earlier, later = sorted((in_force[0], number))
            yield Message("overlaps plan %(key)s", key=plans[earlier].key), ("plans", later, "starts_at")
        if in_force is None or _outlasts(plan, in_force[1]):
            in_force = number, plan


def _outlasts(plan: PlanPart, other: PlanPart) -> bool:
    return other.ends_at is not None and (plan.ends_at is None or plan.ends_at > other.ends_at)
