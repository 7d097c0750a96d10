"""The shape of brand.yaml: a brand with its policy, tiers, products, plans and kits. An unknown key is refused."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from msgspec import Meta, Struct

from commissions.domain.yaml_files import Contradiction, YamlFile, read_yaml

Slug = Annotated[str, Meta(pattern=r"^[-a-zA-Z0-9_]+$", max_length=50)]
Name = Annotated[str, Meta(min_length=1, max_length=120)]
Key = Annotated[str, Meta(min_length=1, max_length=64)]
Bps = Annotated[int, Meta(ge=0, le=10_000)]
Amount = Annotated[int, Meta(ge=0, le=10**15)]
Days = Annotated[int, Meta(ge=0, le=3650)]
Instant = Annotated[datetime, Meta(tz=True)]
Channel = Literal["any", "moments", "community", "xiaohongshu", "douyin"]


class Part(Struct, forbid_unknown_fields=True, frozen=True):
    pass


class BrandPart(Part, frozen=True):
    slug: Slug
    name: Name
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    landing_url: Annotated[str, Meta(pattern=r"^https?://[^\s/]+", max_length=500)]
    timezone: str = "Asia/Shanghai"


class Binding(Part, frozen=True):
    mode: Literal["none", "first", "permanent"] = "none"
    days: Days = 90


class Policy(Part, frozen=True):
    hold_days: Days = 7
    hold_rule: Literal["day_after", "rolling"] = "day_after"
    attribution: Literal["last_click", "first_click", "linear", "position", "time_decay"] = "last_click"
    window_days: Annotated[int, Meta(gt=0, le=3650)] = 30
    binding: Binding = Binding()
    self_purchase: Literal["refuse", "allow"] = "refuse"
    paid_levels: int = 1
    level2_acknowledged_by: Annotated[str, Meta(max_length=120)] = ""
    total_cap_bps: Bps = 3_000
    min_payout_minor: Amount = 1_000
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
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    price_minor: Amount
    category: Annotated[str, Meta(max_length=64)] = ""
    landing_url: Annotated[str, Meta(pattern=r"^(https?://[^\s/]+.*)?$", max_length=500)] = ""


class RulePart(Part, frozen=True):
    priority: Annotated[int, Meta(ge=-(2**31), lt=2**31)] = 0
    skus: list[Key] = []
    categories: list[Key] = []
    tiers: list[Slug] = []
    channels: list[Channel] = []
    customer: Literal["", "new", "returning"] = ""
    rate_bps: Bps | None = None
    fixed_minor: Amount | None = None
    override_bps: Bps = 0
    cap_minor: Amount | None = None


class PlanPart(Part, frozen=True):
    key: Annotated[str, Meta(pattern=r"^[-a-zA-Z0-9_]+$", max_length=64)]
    starts_at: Instant
    ends_at: Instant | None = None
    rules: list[RulePart] = []


class SectionPart(Part, frozen=True):
    kind: Literal["usage", "service", "value"]
    text: Annotated[str, Meta(min_length=1, max_length=5_000)]
    channel: Channel = "any"


class KitPart(Part, frozen=True):
    key: Annotated[str, Meta(pattern=r"^[-a-zA-Z0-9_]+$", max_length=64)]
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    product: Key | None = None
    audience_size: Annotated[int, Meta(ge=0, le=10**15)] | None = None
    sections: list[SectionPart] = []


class BrandFile(Part, frozen=True):
    brand: BrandPart
    policy: Policy = Policy()
    tiers: list[TierPart] = []
    products: list[ProductPart] = []
    plans: list[PlanPart] = []
    kits: list[KitPart] = []


def read_brand_file(text: str, name: str) -> BrandFile:
    """A checked brand.yaml. Raises BadFile with the line, the key and the value of everything that is wrong."""
    return checked(read_yaml(text, name))


def checked(file: YamlFile) -> BrandFile:
    """A brand.yaml in its shape and free of contradictions. Raises BadFile."""
    brand = file.shaped(BrandFile)
    if found := list(contradictions(brand)):
        raise file.refusal(found)
    return brand


def contradictions(file: BrandFile) -> Iterator[Contradiction]:
    """What each value alone does not show: law, references, overlaps."""
    try:
        ZoneInfo(file.brand.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield "is no time zone", ("brand", "timezone")
    if file.brand.currency not in Locale("en").currencies:
        yield "is no ISO 4217 currency", ("brand", "currency")
    yield from _unlawful(file.policy)
    for part, field in (("tiers", "key"), ("products", "sku"), ("plans", "key"), ("kits", "key")):
        yield from _doubles(part, [getattr(one, field) for one in getattr(file, part)], field)
    yield from _bad_tiers(file.tiers)
    for number, plan in enumerate(file.plans):
        yield from _bad_plan(file, plan, number)


def _unlawful(policy: Policy) -> Iterator[Contradiction]:
    if policy.paid_levels not in (1, 2):
        yield "pay goes up one level, or two when acknowledged: never more", ("policy", "paid_levels")
    if policy.paid_levels == 2 and not policy.level2_acknowledged_by.strip():
        yield "a second paid level needs level2_acknowledged_by: NAME", ("policy", "paid_levels")
    if policy.binding.mode != "none":
        yield "bindings are not available yet: use none", ("policy", "binding", "mode")


def _doubles(part: str, keys: list[str], field: str) -> Iterator[Contradiction]:
    for number, key in enumerate(keys):
        if key in keys[:number]:
            yield "stands twice", (part, number, field)


def _bad_tiers(tiers: list[TierPart]) -> Iterator[Contradiction]:
    for number, tier in enumerate(tiers):
        if number == 0 and tier.growth:
            yield "the lowest tier needs no growth", ("tiers", 0, "growth")
        if number and tier.growth <= tiers[number - 1].growth:
            yield "tiers stand lowest first, each with more growth", ("tiers", number, "growth")
        if tier.keep and not tier.keep_days:
            yield "keep needs keep_days", ("tiers", number, "keep")


def _bad_plan(file: BrandFile, plan: PlanPart, number: int) -> Iterator[Contradiction]:
    if plan.ends_at is not None and plan.ends_at <= plan.starts_at:
        yield "ends before it starts", ("plans", number, "ends_at")
    for earlier in file.plans[:number]:
        if overlap(earlier.starts_at, earlier.ends_at, plan.starts_at, plan.ends_at):
            yield f"overlaps plan {earlier.key}", ("plans", number, "starts_at")
    yield from bad_rules(plan.rules, {tier.key for tier in file.tiers} or {"seed"}, "plans", number)


def bad_rules(rules: Iterable[RulePart], tiers: Collection[str], *plan: str | int) -> Iterator[Contradiction]:
    """What is wrong with the rules of a plan, which stands at a place of the file, where these are the tiers."""
    for place, rule in enumerate(rules):
        if (rule.rate_bps is None) == (rule.fixed_minor is None):
            yield "pays either rate_bps or fixed_minor", (*plan, "rules", place, "rate_bps")
        for tier in sorted(set(rule.tiers) - set(tiers)):
            yield f"unknown tier {tier}", (*plan, "rules", place, "tiers")


def overlap(starts: datetime, ends: datetime | None, other_starts: datetime, other_ends: datetime | None) -> bool:
    """Whether two half-open spans share an instant."""
    return (other_ends is None or starts < other_ends) and (ends is None or other_starts < ends)
