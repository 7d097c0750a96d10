"""Save campaigns: from a file, and by staff. What a campaign in force pays is never edited; its budget may grow, and it
may end."""

from collections.abc import Sequence
from datetime import datetime

from accounts.brands.models import Brand
from commissions.ledger.services import lock_book
from commissions.planning.domain.refusals import CampaignRefused
from commissions.planning.selectors.plans import campaign_part, catalog_of, changed_since, moment_of, stamp, why_frozen
from commissions.planning.services.plans import Change
from commissions.planning.services.saving import of_one, undone
from commissions.plans.domain.plan_parts import CampaignPart
from commissions.plans.domain.plans import BrandCatalog, campaign_faults, campaign_faults_here
from commissions.plans.models.campaigns import Campaign
from foundation.files.yaml_files import Contradiction
from foundation.money.units import Quantity, money
from foundation.postgres.transactions import in_transaction
from foundation.texts.messages import Message


def save_campaign(*, brand: Brand, campaign: CampaignPart, at: datetime, seen: str | None = None) -> Campaign:
    """Save one campaign, as `save_campaigns` does; the places of its faults are inside the campaign."""
    with of_one():
        [(saved, _)] = save_campaigns(brand=brand, campaigns=[campaign], at=at, seen=seen)
    return saved


@in_transaction
def try_campaign(*, brand: Brand, campaign: CampaignPart, at: datetime, seen: str | None = None) -> None:
    """Raise what `save_campaign` would raise, and change nothing. Locks the book, so a save in the same transaction has
    the same outcome."""
    lock_book(brand)
    with undone():
        save_campaign(brand=brand, campaign=campaign, at=at, seen=seen)


@in_transaction
def save_campaigns(
    *, brand: Brand, campaigns: Sequence[CampaignPart], at: datetime, seen: str | None = None
) -> list[tuple[Campaign, Change]]:
    """Create campaigns, or change those that exist, all or nothing; returns each row and what was done with it. Saving
    the same campaign again changes nothing.

    Key: (brand, key). Once a campaign began or has promised something only its name, budget and end can change: the
    budget not below what is promised, the end not before now, and not once it is over. Locks the book, under which
    budgets are reserved. With `seen`, the `stamp` of the row that the writer opened ('' for a new one), a row that was
    edited since is not overwritten. Raises CampaignRefused with every fault; places are (number, …)."""
    catalog = catalog_of(brand, lock_book(brand))
    rows = {
        row.key: row
        for row in Campaign.objects.filter(brand=brand, key__in=[part.key for part in campaigns]).select_related(
            "brand"
        )
    }
    saved: list[tuple[Campaign, Change]] = []
    faults: list[Contradiction] = []
    for number, part in enumerate(campaigns):
        row = rows.get(part.key)
        if row is not None and campaign_part(row) == part:
            saved.append((row, "unchanged"))
        elif row_faults := _faults(row, part, catalog, seen, at):
            faults += [(message, (number, *place)) for message, place in row_faults]
        else:
            saved.append((_write(brand, row, part), "created" if row is None else "updated"))
    if faults:
        raise CampaignRefused(faults)
    return saved


def _faults(
    row: Campaign | None, part: CampaignPart, catalog: BrandCatalog, seen: str | None, at: datetime
) -> list[Contradiction]:
    if row is None:
        return [*campaign_faults(part), *campaign_faults_here(part, catalog)]
    if seen is not None and stamp(row) != seen:
        return [(_conflict(row, seen), ())]
    faults: list[Contradiction] = []
    if part.budget_minor < row.reserved_minor:
        reserved = Quantity(row.reserved_minor, money(row.brand.currency))
        text = Message("%(reserved)s of its budget is promised already: it cannot be less", reserved=reserved)
        faults.append((text, ("budget_minor",)))
    frozen = why_frozen(row, at=at)
    return faults + (
        _forbidden_edits(row, part, frozen, at)
        if frozen
        else [*campaign_faults(part), *campaign_faults_here(part, catalog)]
    )


def _conflict(row: Campaign, seen: str) -> str:
    if not seen:
        return Message("campaign %(key)s is there already: change that one, or take another key", key=row.key)
    return changed_since(row, seen)


def _forbidden_edits(row: Campaign, part: CampaignPart, frozen: str, at: datetime) -> list[Contradiction]:
    """What a part would change of a campaign that is frozen but for its name, budget and end."""
    if _pays(campaign_part(row)) != _pays(part):
        text = Message(
            "campaign %(key)s %(frozen)s, and what it pays is never edited: end it, and start another under a key of its own",
            key=row.key,
            frozen=frozen,
        )
        return [(text, ())]
    if row.ends_at == part.ends_at:
        return []
    if row.ends_at is not None and row.ends_at <= at:
        return [(Message("campaign %(key)s %(frozen)s, and stays so", key=row.key, frozen=frozen), ("ends_at",))]
    if part.ends_at is not None and part.ends_at <= row.starts_at:
        return [(Message("ends before it starts"), ("ends_at",))]
    if part.ends_at is not None and part.ends_at < at:
        return [
            (
                Message(
                    "campaign %(key)s %(frozen)s: it cannot end before now, %(now)s",
                    key=row.key,
                    frozen=frozen,
                    now=moment_of(row.brand, at),
                ),
                ("ends_at",),
            )
        ]
    return []


def _pays(part: CampaignPart) -> tuple[object, ...]:
    return part.kind, part.starts_at, frozenset(part.skus), part.fixed_minor, part.steps


def _write(brand: Brand, row: Campaign | None, part: CampaignPart) -> Campaign:
    """Save all fields but the reserved amount, which only commissions change."""
    row = row or Campaign(brand=brand, key=part.key)
    row.name, row.kind, row.starts_at, row.ends_at = part.name, part.kind, part.starts_at, part.ends_at
    row.skus, row.fixed_minor, row.steps = (
        part.skus,
        part.fixed_minor,
        [[step.from_minor, step.rate_bps] for step in part.steps],
    )
    row.budget_minor = part.budget_minor
    row.save(
        update_fields=None
        if row.pk is None
        else ["name", "kind", "starts_at", "ends_at", "skus", "fixed_minor", "steps", "budget_minor"]
    )
    return row
