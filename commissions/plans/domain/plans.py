"""The faults of a plan or a campaign, whoever saves it. Places are inside the plan or campaign: `("rules", 1,
"rate_bps")`."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from commissions.plans.domain.plan_parts import CampaignPart, PlanPart, RulePart
from commissions.plans.domain.rules import RuleTerms, precedence
from foundation.files.tables import unkeepable
from foundation.files.yaml_files import Contradiction
from foundation.money.units import RATE, Quantity
from foundation.texts.messages import FileText, Message

RATE_OR_FIXED = FileText("pays either rate_bps or fixed_minor", people=Message("pays either a rate or a fixed amount"))
ABOVE_0 = FileText("pays a fixed_minor above 0", people=Message("pays a fixed amount above 0"))
CONDITIONS = ("skus", "categories", "tiers", "channels")


class BrandCatalog(NamedTuple):
    """The parts of a brand that plans refer to: the keys of its tiers, the category of each product, and how it
    pays."""

    tiers: Collection[str]
    categories: Mapping[str, str]
    total_cap_bps: int
    paid_levels: int = 2


def overlap(starts: datetime, ends: datetime | None, other_starts: datetime, other_ends: datetime | None) -> bool:
    """Whether two half-open spans share an instant."""
    return (other_ends is None or starts < other_ends) and (ends is None or other_starts < ends)


def terms(rules: Sequence[RulePart]) -> list[tuple[object, ...]]:
    """The content of rules, whatever the order of the values in their conditions."""
    return [(*_conditions(rule), rule.rate_bps, rule.fixed_minor, rule.override_bps, rule.cap_minor) for rule in rules]


def _conditions(rule: RulePart) -> tuple[object, ...]:
    return (rule.priority, *(frozenset(getattr(rule, condition)) for condition in CONDITIONS), rule.customer)


def plan_faults(plan: PlanPart) -> Iterator[Contradiction]:
    """Contradictions within a plan."""
    yield from _span_faults(plan)
    yield from rules_faults(plan.rules)


def rules_faults(rules: Sequence[RulePart]) -> Iterator[Contradiction]:
    """Contradictions among the rules of a plan."""
    first: dict[tuple[object, ...], int] = {}
    for place, rule in enumerate(rules):
        for message, inside in _rule_faults(rule):
            yield message, ("rules", place, *inside)
        before = first.setdefault(_conditions(rule), place)
        if before != place:
            yield (
                Message(
                    "can never win: rule %(number)s before it has the same conditions and priority", number=before + 1
                ),
                ("rules", place),
            )


def _rule_faults(rule: RulePart) -> Iterator[Contradiction]:
    if (rule.rate_bps is None) == (rule.fixed_minor is None):
        yield RATE_OR_FIXED, ("rate_bps",)
    if rule.cap_minor == 0:
        yield Message("with a cap of 0 nothing is paid: leave the cap out, or give a rate of 0"), ("cap_minor",)
    for condition in CONDITIONS:
        yield from _doubles(getattr(rule, condition), condition)


def _span_faults(part: PlanPart | CampaignPart) -> Iterator[Contradiction]:
    for field in ("starts_at", "ends_at"):
        moment = getattr(part, field)
        if moment is not None and (fault := unkeepable(moment)):
            yield fault, (field,)
    if part.ends_at is not None and part.ends_at <= part.starts_at:
        yield Message("ends before it starts"), ("ends_at",)


def _doubles(values: Sequence[str], field: str) -> Iterator[Contradiction]:
    for value, count in Counter(values).items():
        if count > 1:
            yield Message("%(value)s stands twice", value=value), (field,)


def plan_faults_here(plan: PlanPart, catalog: BrandCatalog) -> Iterator[Contradiction]:
    """Contradictions between a plan and its brand: tiers and products that the brand does not have, and rates over its
    total cap.

    Products are checked only when the brand has any at all: a brand with a separate file of products may load its plans
    first."""
    for place, rule in enumerate(plan.rules):
        faults: list[tuple[str, str]] = [
            (Message("unknown tier %(tier)s", tier=tier), "tiers") for tier in rule.tiers if tier not in catalog.tiers
        ]
        faults += [(message, "skus") for message in _unknown_products(rule.skus, catalog)]
        if (
            rule.categories
            and rule.skus
            and all(catalog.categories.get(sku, rule.categories[0]) not in rule.categories for sku in rule.skus)
        ):
            faults.append((Message("none of its products is of its categories"), "categories"))
        faults += [
            (_over_total_cap(catalog), field)
            for field in ("rate_bps", "override_bps")
            if (getattr(rule, field) or 0) > catalog.total_cap_bps
        ]
        for message, field in faults:
            yield message, ("rules", place, field)


def _unknown_products(skus: Sequence[str], catalog: BrandCatalog) -> list[str]:
    return [
        Message("unknown product %(sku)s: load it first", sku=sku)
        for sku in skus
        if catalog.categories and sku not in catalog.categories
    ]


def _over_total_cap(catalog: BrandCatalog) -> str:
    return FileText(
        f"is over the total cap: all levels of a line come to total_cap_bps, {catalog.total_cap_bps}, at most",
        people=Message(
            "is over the total cap: all levels of a line come to %(total_cap)s at most",
            total_cap=Quantity(catalog.total_cap_bps, RATE),
        ),
    )


def campaign_faults(campaign: CampaignPart) -> Iterator[Contradiction]:
    """Contradictions within a campaign."""
    yield from _span_faults(campaign)
    yield from _doubles(campaign.skus, "skus")
    if campaign.kind == "steps":
        yield from _step_faults(campaign)
    else:
        if not campaign.fixed_minor:
            yield ABOVE_0, ("fixed_minor",)
        if campaign.steps:
            yield Message("only a campaign of kind steps has steps"), ("steps",)


def _step_faults(campaign: CampaignPart) -> Iterator[Contradiction]:
    if campaign.fixed_minor is not None:
        yield Message("steps pay by their rates, not a fixed amount"), ("fixed_minor",)
    if campaign.skus:
        yield Message("steps count what is approved of every product"), ("skus",)
    if not campaign.steps:
        yield Message("needs steps"), ("steps",)
    for place, (lower, upper) in enumerate(zip(campaign.steps, campaign.steps[1:], strict=False), start=1):
        if upper.from_minor <= lower.from_minor:
            yield Message("each step begins above the one before"), ("steps", place, "from_minor")


def campaign_faults_here(campaign: CampaignPart, catalog: BrandCatalog) -> Iterator[Contradiction]:
    """Contradictions between a campaign and its brand: products that the brand does not have, and rates over its total
    cap."""
    for message in _unknown_products(campaign.skus, catalog):
        yield message, ("skus",)
    for place, step in enumerate(campaign.steps):
        if step.rate_bps > catalog.total_cap_bps:
            yield _over_total_cap(catalog), ("steps", place, "rate_bps")


def plan_notes(rules: Sequence[RuleTerms], catalog: BrandCatalog) -> Iterator[str]:
    """Possible mistakes: rules that will never apply to a line, or whose level 2 is paid to nobody."""
    for rule in rules:
        for sku in sorted(rule.skus - catalog.categories.keys()):
            yield Message("rule %(number)s: the brand has no product %(sku)s yet", number=rule.position + 1, sku=sku)
        for category in sorted(rule.categories - set(catalog.categories.values())):
            yield Message(
                "rule %(number)s: the brand has no product of category %(category)s yet",
                number=rule.position + 1,
                category=category,
            )
        if rule.override_bps and catalog.paid_levels == 1:
            yield FileText(
                f"rule {rule.position + 1}: override_bps pays nobody, since the brand pays one level",
                people=Message(
                    "rule %(rule)s: its rate of level 2 pays nobody, since the brand pays one level",
                    rule=rule.position + 1,
                ),
            )
        before = next(
            (other for other in rules if precedence(other) > precedence(rule) and _is_wider(other, rule)), None
        )
        if before is not None:
            yield Message(
                "rule %(number)s never wins: rule %(winner)s holds whenever it does, and goes before it",
                number=rule.position + 1,
                winner=before.position + 1,
            )


def _is_wider(other: RuleTerms, rule: RuleTerms) -> bool:
    """Whether a rule holds whenever another does."""
    wider = all(
        not getattr(other, condition)
        or (getattr(rule, condition) and getattr(rule, condition) <= getattr(other, condition))
        for condition in CONDITIONS
    )
    return wider and other.customer in ("", rule.customer)
