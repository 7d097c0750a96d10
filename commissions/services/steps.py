"""Monthly steps: what is approved in a month climbs them, and each part of it earns the rate of its step."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from accounts.domain.parts import allot
from accounts.models import Brand
from commissions.domain.bonuses import climbed
from commissions.domain.rates import guard
from commissions.models import BonusTerms, Campaign, Commission, MissedBonus, MonthlyBase
from commissions.selectors.changes import EarnedOnLine, SoldLineState, line_states
from commissions.services.ledger import Earned, accrue
from commissions.services.terms import missed_bonus, reserve


class Approved(NamedTuple):
    """A commission that was approved just now, and when its hold ended."""

    id: int
    order: int
    approved_at: datetime


class Climb(NamedTuple):
    """A line goes up the steps of a campaign: what it earns, and from where it started."""

    campaign: Campaign
    line: SoldLineState
    earned: EarnedOnLine
    approved_at: datetime
    left_minor: int
    own_base_minor: int
    from_minor: int
    amount_minor: int
    room_minor: int
    granted_minor: int


def climb_steps(*, brand: Brand, approved: Sequence[Approved], at: datetime) -> list[tuple[int, int, int]]:
    """Make the bonuses of step campaigns for what was approved just now, level 1 alone, in the order of approval; returns (commission, KOC, amount).

    A KOC's base of the month counts on from where it stood; what was counted stays counted. Each commission climbs once. The caller holds the book.
    """
    campaigns = list(Campaign.objects.filter(brand=brand, kind=Campaign.Kind.STEPS).order_by("pk"))
    if not campaigns or not approved:
        return []
    tried = list(_climbs(brand, campaigns, sorted(approved, key=lambda one: (one.approved_at, one.id))))
    climbs = [one for one in tried if one.granted_minor]
    made = accrue(brand=brand, earned=[Earned(one.line.id, 1, one.earned.koc, one.granted_minor, one.earned.credit, one.campaign.pk) for one in climbs], at=at)
    for pk, one in zip(made, climbs, strict=True):
        Commission.objects.filter(pk=pk).update(status=Commission.Status.APPROVED, approved_at=one.approved_at)
        BonusTerms.objects.create(
            commission_id=pk,
            base_minor=one.left_minor,
            own_base_minor=one.own_base_minor,
            from_minor=one.from_minor,
            room_minor=one.room_minor,
            granted_minor=one.granted_minor,
        )
        reserve(one.campaign.pk, one.granted_minor)
    missed = [one for one in tried if one.amount_minor and not one.granted_minor]
    MissedBonus.objects.bulk_create(
        [missed_bonus(one.line.id, one.earned.credit, one.campaign.pk, one.amount_minor, one.room_minor) for one in missed],
        batch_size=1000,
        ignore_conflicts=True,
    )
    return [(pk, one.earned.koc, one.granted_minor) for pk, one in zip(made, climbs, strict=True)]


def _climbs(brand: Brand, campaigns: Sequence[Campaign], approved: Sequence[Approved]) -> Iterator[Climb]:
    states = line_states({one.order: one.approved_at for one in approved})
    lines = {earned.id: (line, earned) for order in states.values() for line in order.values() for earned in line.earned}
    climbed_before = set(Commission.objects.filter(campaign__in=campaigns, line__order__in=list(states)).values_list("campaign", "line", "credit"))
    for one in approved:
        line, earned = lines[one.id]
        if earned.level != 1 or earned.campaign is not None or not line.left_minor:
            continue
        period = f"{one.approved_at.astimezone(ZoneInfo(brand.timezone)):%Y-%m}"
        for campaign in campaigns:
            in_force = campaign.starts_at <= one.approved_at and (campaign.ends_at is None or one.approved_at < campaign.ends_at)
            if in_force and (campaign.pk, line.id, earned.credit) not in climbed_before:
                yield _climb(campaign, line, earned, one.approved_at, period)


def _climb(campaign: Campaign, line: SoldLineState, earned: EarnedOnLine, approved_at: datetime, period: str) -> Climb:
    places = [credit.id for credit in line.credits]
    own = allot(line.left_minor, [credit.part.credit_bps for credit in line.credits])[places.index(earned.credit)]
    height, _ = MonthlyBase.objects.get_or_create(campaign=campaign, koc_id=earned.koc, period=period, defaults={"base_minor": 0})
    start = height.base_minor
    amount = climbed(campaign.steps, start + own) - climbed(campaign.steps, start)
    room = max(0, (guard(line.terms, line.left_minor) if line.terms else 0) - sum(line.worths().values()))
    granted = min(amount, room, campaign.budget_minor - campaign.reserved_minor)
    campaign.reserved_minor += granted
    height.base_minor = start + own
    height.save(update_fields=["base_minor"])
    return Climb(campaign, line, earned, approved_at, line.left_minor, own, start, amount, room, granted)
