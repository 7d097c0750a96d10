"""A brand's payment policy, and who acknowledged its second level."""

from datetime import datetime

from accounts.brands.models import Brand
from commissions.ledger.services import lock_book
from commissions.planning.domain.refusals import TotalCapRefused
from commissions.planning.selectors.plans import over_total_cap
from commissions.plans.domain.law import law_on
from commissions.plans.models.policies import Acknowledgement, PayPolicy
from foundation.postgres.transactions import in_transaction


@in_transaction
def record_acknowledgement(*, brand: Brand, by: str, at: datetime) -> Acknowledgement:
    """Record that somebody read what a second paid level means: who, when, and the text that the law book held on that
    day, in both languages."""
    entry = law_on(at.date()).level_2_acknowledgement
    text = f"{entry.says.zh_hans.strip()}\n\n{entry.says.en.strip()}"
    return Acknowledgement.objects.create(
        brand=brand, acknowledged_by=by, acknowledged_at=at, version=str(entry.value), text=text
    )


@in_transaction
def acknowledge_level_2(*, brand: Brand, by: str, at: datetime) -> Acknowledgement:
    """Acknowledge the second paid level of a brand: the record, and the name on its policy, which a constraint requires
    before two levels are paid.

    Locks the policy's row. When the same person acknowledges the same text again, with nobody in between, the earlier
    acknowledgement is returned."""
    policy = PayPolicy.objects.select_for_update().get(brand=brand)
    latest = Acknowledgement.objects.filter(brand=brand).order_by("-acknowledged_at", "-pk").first()
    current = str(law_on(at.date()).level_2_acknowledgement.value)
    if latest and policy.level2_acknowledged_by == latest.acknowledged_by == by and latest.version == current:
        return latest
    policy.level2_acknowledged_by, policy.level2_acknowledged_at = by, at
    policy.save(update_fields=["level2_acknowledged_by", "level2_acknowledged_at"])
    return record_acknowledgement(brand=brand, by=by, at=at)


@in_transaction
def refuse_low_total_cap(*, brand: Brand, total_cap_bps: int, at: datetime) -> None:
    """Refuse a total cap below the rates of a plan or campaign that has not ended. Raises TotalCapRefused with each of
    them.

    Locks the book, so that no plan is saved between this check and a save of the policy in the same transaction.
    """
    policy = lock_book(brand)
    faults = (
        list(over_total_cap(brand, total_cap_bps=total_cap_bps, at=at)) if total_cap_bps < policy.total_cap_bps else []
    )
    if faults:
        raise TotalCapRefused([(message, ("total_cap_bps",)) for message in faults])
