"""The file of a draft plan: `rules:` as in brand.yaml, alone or in a whole brand.yaml that has one plan."""

from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, NamedTuple

from msgspec import Meta

from commissions.planning.domain.brand_file import checked
from commissions.plans.domain.plan_parts import Instant, Part, RulePart
from commissions.plans.domain.plans import rules_faults
from commissions.plans.domain.rules import RuleTerms
from foundation.files.yaml_files import Contradiction, read_yaml
from foundation.texts.messages import Message


class DraftPart(Part, frozen=True):
    """A plan of which only the rules are used. Its start and end are ignored: the backtest takes the orders of a span
    that the user chose."""

    rules: list[RulePart]
    key: Annotated[str, Meta(pattern=r"^[-a-zA-Z0-9_]+$", max_length=64)] = "draft"
    starts_at: Instant | None = None
    ends_at: Instant | None = None


class Draft(NamedTuple):
    key: str
    rules: tuple[RuleTerms, ...]


def read_draft(text: str, name: str, *, tiers: Collection[str]) -> Draft:
    """The one plan of a file; `tiers` are the brand's. Raises BadFile with the line, the key and the value of each
    fault.

    A whole brand.yaml may bring tiers of its own, and must have exactly one plan.
    """
    file = read_yaml(text, name)
    if isinstance(file.content, dict) and "rules" not in file.content and {"brand", "plans"} & set(file.content):
        plans = checked(file).plans
        if len(plans) != 1:
            raise file.refusal(
                [(Message("has %(count)s plans: a backtest takes a file with one", count=len(plans)), ("plans",))]
            )
        return Draft(plans[0].key, _rules(plans[0].rules))
    part = file.shaped(DraftPart)
    if faults := [*rules_faults(part.rules), *_unknown_tiers(part.rules, tiers)]:
        raise file.refusal(faults)
    return Draft(part.key, _rules(part.rules))


def _unknown_tiers(parts: Iterable[RulePart], tiers: Collection[str]) -> Iterator[Contradiction]:
    for place, rule in enumerate(parts):
        for tier in rule.tiers:
            if tier not in tiers:
                yield Message("unknown tier %(tier)s", tier=tier), ("rules", place, "tiers")


def _rules(parts: Iterable[RulePart]) -> tuple[RuleTerms, ...]:
    """Rules as values, without rows in the database."""
    return tuple(RuleTerms.said(part, id=0, position=position) for position, part in enumerate(parts))
