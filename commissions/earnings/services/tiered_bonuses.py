"""Monthly steps: the sales approved in a month add up, and each part of them earns the rate of the step that it is on."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import BonusTerms, Commission, MissedBonus, RiskReview
from commissions.earnings.selectors.order_changes import EarnedOnLine, SoldLineState, histories, line_states
from commissions.earnings.services.accruals import Accrual, accrue
from commissions.earnings.services.line_terms import missed_bonus, reserve
from commissions.earnings.services.order_changes import CommissionChange, changes_of, write_changes
from commissions.ledger.models import Wallet
from commissions.plans.domain.bonuses import Bonus, tiered_amount
from commissions.plans.domain.rates import total_cap
from commissions.plans.models.campaigns import Campaign, MonthlyVolume
from foundation.money.allocation import largest_remainder

APPROVE = """
UPDATE commissions_commission earned SET status = 'approved', approved_at = bonus.approved_at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS bonus(id, approved_at) WHERE earned.id = bonus.id
"""


class Approved(NamedTuple):
    """A commission that was approved just now, and when its hold ended."""

    id: int
    order: int
    approved_at: datetime


class TieredBonus(NamedTuple):
    """A line that counts for the steps of a campaign: its commission, and the bonus that it is worth."""

    campaign: Campaign
    line: SoldLineState
    approved: Approved
    earned: EarnedOnLine
    terms: Bonus
    amount_minor: int
    room_minor: int


Volumes = dict[tuple[int, int, str], int]
"""(campaign, KOC, period) → the base that was counted"""


def accrue_tiered_bonuses(*, brand: Brand, approved: Sequence[Approved], at: datetime) -> list[tuple[int, int, int]]:
    """Make the bonuses of step campaigns for what was approved just now, level 1 alone, in the order of approval;
    returns (commission, KOC, amount).

    A KOC's base of the month counts on from where it stood; what was counted stays counted. Each commission counts
    once, with what was left of its line when its hold ended; what happened since and is known already is taken off
    again. A bonus on what is held is held with it. The caller holds the book."""
    campaigns = list(Campaign.objects.filter(brand=brand, kind=Campaign.Kind.STEPS).order_by("pk"))
    if not campaigns or not approved:
        return []
    states = line_states({commission.order: commission.approved_at for commission in approved})
    in_order = sorted(approved, key=lambda commission: (commission.approved_at, commission.id))
    counted = _volumes(brand, campaigns, states, approved)
    volumes = dict(counted)
    bonuses = list(_tiered_bonuses(brand, campaigns, states, in_order, volumes))
    _write_volumes({key: base for key, base in volumes.items() if base != counted.get(key)})
    granted = [bonus for bonus in bonuses if bonus.terms.granted_minor]
    earned = [
        Accrual(bonus.line.id, 1, bonus.earned.koc, bonus.earned.net_minor, bonus.earned.credit, bonus.campaign.pk)
        for bonus in granted
    ]
    for pk, bonus in zip(accrue(brand=brand, earned=earned, at=at), granted, strict=True):
        bonus.earned.id = pk
    _write_terms(granted)
    _write_missed([bonus for bonus in bonuses if bonus.amount_minor and not bonus.terms.granted_minor])
    _hold_with({bonus.earned.id: bonus.approved.id for bonus in granted})
    if granted:
        _apply_later_changes(brand, granted, at=at)
    return [(bonus.earned.id, bonus.earned.koc, bonus.earned.net_minor) for bonus in granted if bonus.earned.net_minor]


def _write_terms(granted: Sequence[TieredBonus]) -> None:
    """Approve the bonuses, keep what each was computed from, and reserve what their campaigns promised."""
    with connection.cursor() as cursor:
        moments = [bonus.approved.approved_at for bonus in granted]
        cursor.execute(APPROVE, [[bonus.earned.id for bonus in granted], moments])
    BonusTerms.objects.bulk_create(
        [
            BonusTerms(
                commission_id=bonus.earned.id,
                base_minor=bonus.terms.base_minor,
                own_base_minor=bonus.terms.own_base_minor,
                from_minor=bonus.terms.from_minor,
                room_minor=bonus.room_minor,
                granted_minor=bonus.terms.granted_minor,
            )
            for bonus in granted
        ],
        batch_size=1000,
    )
    promised: defaultdict[int, int] = defaultdict(int)
    for bonus in granted:
        promised[bonus.campaign.pk] += bonus.terms.granted_minor
    for campaign, amount in promised.items():
        reserve(campaign, amount)


def _write_missed(missed: Sequence[TieredBonus]) -> None:
    """Keep what would have been a bonus, had total cap or budget had room, for its explanation."""
    rows = [
        missed_bonus(bonus.line.id, bonus.earned.credit, bonus.campaign.pk, bonus.amount_minor, bonus.room_minor)
        for bonus in missed
    ]
    MissedBonus.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


def _hold_with(parents: Mapping[int, int]) -> None:
    """Hold the bonuses whose commission is held, for the same reasons."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for pk, parent in parents.items():
        children[parent].append(pk)
    reviews = RiskReview.objects.filter(commission__in=children, outcome=RiskReview.Outcome.OPEN).order_by("pk")
    held = [(pk, review) for review in reviews for pk in children[review.commission_id]]
    Commission.objects.filter(pk__in=[pk for pk, _ in held]).update(status=Commission.Status.HELD)
    RiskReview.objects.bulk_create(
        [
            RiskReview(
                commission_id=pk, reason=of.reason, note=of.note, opened_by_id=of.opened_by_id, opened_at=of.opened_at
            )
            for pk, of in held
        ]
    )


def _apply_later_changes(brand: Brand, granted: Sequence[TieredBonus], *, at: datetime) -> None:
    """Lower new bonuses by refunds and amendments that happened after the hold and were applied before its end was
    noticed, as they would have been lowered later."""
    made = {bonus.earned.id: bonus.earned for bonus in granted}
    moments = {bonus.approved.order: bonus.approved.approved_at for bonus in granted}
    changes: list[CommissionChange] = []
    for order, history in histories(moments).items():
        later = history.applied_since(moments[order])
        history.waiting |= {fact.fact for fact in later}
        changes += [change for fact in later for change in changes_of(fact, history) if change.earned.id in made]
    for change in changes:
        made[change.earned.id].net_minor = change.earned.net_minor
    pending = Wallet.Kind.PENDING.value  # the approval moves what is left of them
    ours = [change._replace(earned=replace(change.earned, wallet_kind=pending)) for change in changes]
    write_changes(brand, ours, at=at)


def _volumes(
    brand: Brand,
    campaigns: Sequence[Campaign],
    states: Mapping[int, dict[str, SoldLineState]],
    approved: Sequence[Approved],
) -> Volumes:
    """How far up the steps everybody came until now who has a commission on these orders, in the months of approval."""
    rows = MonthlyVolume.objects.filter(
        campaign__in=campaigns,
        koc__in={earned.koc for order in states.values() for line in order.values() for earned in line.earned},
        period__in={_period(brand, commission) for commission in approved},
    )
    return {
        (campaign, koc, period): base
        for campaign, koc, period, base in rows.values_list("campaign", "koc", "period", "base_minor")
    }


def _write_volumes(volumes: Volumes) -> None:
    MonthlyVolume.objects.bulk_create(
        [
            MonthlyVolume(campaign_id=campaign, koc_id=koc, period=period, base_minor=base)
            for (campaign, koc, period), base in volumes.items()
        ],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["campaign", "koc", "period"],
        update_fields=["base_minor"],
    )


def _period(brand: Brand, approved: Approved) -> str:
    """The month of an approval, in the brand's zone."""
    return f"{approved.approved_at.astimezone(ZoneInfo(brand.timezone)):%Y-%m}"


def _tiered_bonuses(
    brand: Brand,
    campaigns: Sequence[Campaign],
    states: Mapping[int, dict[str, SoldLineState]],
    approved: Sequence[Approved],
    volumes: Volumes,
) -> Iterator[TieredBonus]:
    lines = {
        earned.id: (line, earned) for order in states.values() for line in order.values() for earned in line.earned
    }
    counted_before = set(
        Commission.objects.filter(campaign__in=campaigns, line__order__in=list(states)).values_list(
            "campaign", "line", "credit"
        )
    )
    for commission in approved:
        line, earned = lines[commission.id]
        if earned.level != 1 or earned.campaign is not None or not line.worths()[earned.id]:
            continue
        period = _period(brand, commission)
        for campaign in campaigns:
            in_force = campaign.starts_at <= commission.approved_at and (
                campaign.ends_at is None or commission.approved_at < campaign.ends_at
            )
            if in_force and (campaign.pk, line.id, earned.credit) not in counted_before:
                yield _tiered_bonus(campaign, line, earned, commission, volumes, period)


def _tiered_bonus(
    campaign: Campaign, line: SoldLineState, earned: EarnedOnLine, approved: Approved, volumes: Volumes, period: str
) -> TieredBonus:
    """Add the KOC's part of the line to their month, and give what it earns there, as far as total cap and budget have
    room. The bonus is added to the line's state at once."""
    places = [credit.id for credit in line.credits]
    own = largest_remainder(line.left_minor, [credit.part.credit_bps for credit in line.credits])[
        places.index(earned.credit)
    ]
    month = campaign.pk, earned.koc, period
    start = volumes.get(month, 0)
    volumes[month] = start + own
    amount = tiered_amount(campaign.steps, start + own) - tiered_amount(campaign.steps, start)
    room = max(0, (total_cap(line.terms, line.left_minor) if line.terms else 0) - sum(line.worths().values()))
    granted = min(amount, room, campaign.budget_minor - campaign.reserved_minor)
    campaign.reserved_minor += granted
    terms = Bonus(line.left_minor, granted, own_base_minor=own, from_minor=start, steps=campaign.steps)
    unmade = -1 - len(line.earned)
    pending = Wallet.Kind.PENDING.value
    bonus = EarnedOnLine(
        unmade,
        earned.koc,
        1,
        earned.credit,
        campaign.pk,
        granted,
        pending,
        approved.approved_at,
        void_from=None,
        bonus=terms,
    )
    if granted:
        line.earned.append(bonus)
    return TieredBonus(campaign, line, approved, bonus, terms, amount, room)
