"""Campaigns are saved: what is refused, with its reason and nothing changed, twice; what may change of one in force."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.brands.models import Brand
from commissions.earnings.models.commissions import Commission
from commissions.planning.domain.refusals import CampaignRefused, TotalCapRefused
from commissions.planning.selectors.plans import stamp
from commissions.planning.services.campaigns import save_campaign, save_campaigns, try_campaign
from commissions.planning.services.policies import refuse_low_total_cap
from commissions.plans.domain.plan_parts import CampaignPart
from commissions.plans.models.campaigns import Campaign, MonthlyVolume
from commissions.plans.models.policies import PayPolicy
from tests.support.factories import NOW, make_selling_brand
from tests.support.records.plan_parts import say_bounty, say_steps
from tests.support.shop_events import cancelled, delivered, paid, report

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
BEGAN = NOW - 10 * DAY
bounty = partial(say_bounty, starts_at=BEGAN)
climb = partial(say_steps, key="climb", starts_at=BEGAN)
SINCE = "2026-02-19T10:00:00+08:00"


@pytest.fixture
def brand() -> Brand:
    return make_selling_brand()


def save(brand: Brand, campaign: CampaignPart, **more: Any) -> Campaign:
    return save_campaign(brand=brand, campaign=campaign, **({"at": NOW} | more))


def refused(brand: Brand, campaign: CampaignPart, **more: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    before = list(Campaign.objects.order_by("pk").values())
    told = []
    for attempt in (try_campaign, save_campaign, try_campaign, save_campaign):
        with pytest.raises(CampaignRefused) as refusal:
            attempt(brand=brand, campaign=campaign, **({"at": NOW} | more))
        told.append(refusal.value.faults)
    assert list(Campaign.objects.order_by("pk").values()) == before
    assert told == [told[0]] * 4
    return list(told[0])


def test_a_campaign_is_made_once(brand: Brand) -> None:
    made = save(brand, bounty(name="精华", skus=["S1"]))
    assert save(brand, bounty(name="精华", skus=["S1"])) == made
    assert Campaign.objects.values_list("key", "name", "skus", "fixed_minor", "steps", "budget_minor", "reserved_minor").get() == (
        "serum", "精华", ["S1"], 300, [], 1000, 0,
    )  # fmt: skip
    try_campaign(brand=brand, campaign=climb((0, 100)), at=NOW)
    assert Campaign.objects.count() == 1


def test_one_to_come_may_be_rewritten(brand: Brand) -> None:
    save(brand, bounty(starts_at=NOW + DAY))
    row = save(brand, bounty(starts_at=NOW + 2 * DAY, kind="new_customer", fixed_minor=500, budget_minor=50))
    row.refresh_from_db()
    assert (row.kind, row.starts_at, row.fixed_minor, row.budget_minor) == ("new_customer", NOW + 2 * DAY, 500, 50)
    assert refused(brand, bounty(starts_at=NOW + DAY, fixed_minor=0)) == [
        ("pays a fixed_minor above 0", ("fixed_minor",))
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"fixed_minor": 301},
        {"kind": "new_customer"},
        {"starts_at": BEGAN + DAY},
        {"skus": ["S1"]},
        {"starts_at": NOW + DAY},
    ],
)
def test_what_one_in_force_pays_is_never_edited(brand: Brand, change: dict[str, Any]) -> None:
    save(brand, bounty())
    told = f"campaign serum is in force since {SINCE}, and what it pays is never edited: end it, and start another under a key of its own"
    assert refused(brand, bounty(**change)) == [(told, ())]


def test_the_steps_of_one_in_force_are_never_edited(brand: Brand) -> None:
    save(brand, climb((0, 100), (5000, 200)))
    assert refused(brand, climb((0, 100), (5000, 201)))[0][0].startswith(
        f"campaign climb is in force since {SINCE}, and what it pays is never edited"
    )


def test_a_budget_may_be_raised_at_any_time_and_never_be_less_than_is_promised(brand: Brand) -> None:
    save(brand, bounty())
    report(brand, paid(share="code"))
    assert refused(brand, bounty(budget_minor=299)) == [
        ("3.00 CNY of its budget is promised already: it cannot be less", ("budget_minor",))
    ]
    save(brand, bounty(budget_minor=300, name="just so"))
    save(brand, bounty(budget_minor=5000, ends_at=NOW + DAY))
    # What was sold in its time may be told later
    save(brand, bounty(budget_minor=6000, ends_at=NOW + DAY), at=NOW + 9 * DAY)
    row = Campaign.objects.get()
    assert (row.budget_minor, row.reserved_minor) == (6000, 300)


def test_one_in_force_may_be_ended_but_not_in_the_past_and_stays_ended(brand: Brand) -> None:
    save(brand, bounty())
    early = f"campaign serum is in force since {SINCE}: it cannot end before now, 2026-03-01T10:00:00+08:00"
    assert refused(brand, bounty(ends_at=NOW - DAY)) == [(early, ("ends_at",))]
    assert refused(brand, bounty(ends_at=BEGAN)) == [("ends before it starts", ("ends_at",))]
    save(brand, bounty(ends_at=NOW))
    over = "campaign serum ended at 2026-03-01T10:00:00+08:00, and stays so"
    assert refused(brand, bounty()) == [(over, ("ends_at",))]
    assert refused(brand, bounty(ends_at=NOW + DAY)) == [(over, ("ends_at",))]


def test_one_to_come_that_has_promised_is_not_edited(brand: Brand) -> None:
    save(brand, bounty(starts_at=NOW + DAY))
    # A shop whose clock is ahead; nothing is reserved any more
    report(brand, paid(share="code", at=NOW + 2 * DAY), cancelled(at=NOW + 2 * DAY))
    assert (Campaign.objects.get().reserved_minor, Commission.objects.exclude(campaign=None).count()) == (0, 1)
    told = "campaign serum has answered orders, and what it pays is never edited: end it, and start another under a key of its own"
    assert refused(brand, bounty(starts_at=NOW + DAY, fixed_minor=5)) == [(told, ())]


def test_all_faults_of_all_campaigns_are_told_and_none_is_kept(brand: Brand) -> None:
    with pytest.raises(CampaignRefused) as refusal:
        save_campaigns(brand=brand, campaigns=[bounty(), bounty(key="two", skus=["S9"]), climb((0, 3001))], at=NOW)
    assert refusal.value.faults == [
        ("unknown product S9: load it first", (1, "skus")),
        (
            "is over the total cap: all levels of a line come to total_cap_bps, 3000, at most",
            (2, "steps", 0, "rate_bps"),
        ),
    ]
    assert not Campaign.objects.exists()


def test_who_saves_what_somebody_else_changed_meanwhile_is_told(brand: Brand) -> None:
    row = save(brand, bounty())
    seen = stamp(row)
    report(brand, paid(share="code"))
    assert stamp(Campaign.objects.get()) == seen  # a sale is no edit
    save(brand, bounty(budget_minor=2000), seen=seen)
    told = "campaign serum was changed since you opened it: nothing was saved now, open it again"
    assert refused(brand, bounty(budget_minor=1500), seen=seen) == [(told, ())]
    assert refused(brand, bounty(budget_minor=1500), seen="") == [
        ("campaign serum is there already: change that one, or take another key", ())
    ]


def test_the_guard_is_not_lowered_under_steps_that_go_on(brand: Brand) -> None:
    save(brand, climb((0, 100), (5000, 2000)))
    with pytest.raises(
        TotalCapRefused, match="campaign climb pays 2000: end it before the total cap is lowered under that"
    ):
        refuse_low_total_cap(brand=brand, total_cap_bps=1999, at=NOW)
    refuse_low_total_cap(brand=brand, total_cap_bps=2000, at=NOW)
    assert PayPolicy.objects.get().total_cap_bps == 3000


def test_the_database_keeps_what_a_campaign_promised(brand: Brand) -> None:
    save(brand, bounty())
    save(brand, climb((0, 100)))
    Campaign.objects.filter(key="serum").update(fixed_minor=301)  # nothing was promised yet
    report(brand, paid(share="code"), delivered(), at=NOW + 20 * DAY)
    assert MonthlyVolume.objects.count() == 1
    changes: list[tuple[str, dict[str, Any]]] = [
        ("serum", {"fixed_minor": 5}),
        ("serum", {"skus": ["S1"]}),
        ("climb", {"steps": [[0, 1]]}),
        ("climb", {"starts_at": NOW}),
    ]
    for key, change in changes:
        with (
            pytest.raises(IntegrityError, match="has promised money, and what it pays stays as it is"),
            transaction.atomic(),
        ):
            Campaign.objects.filter(key=key).update(**change)
    report(brand, cancelled(), at=NOW + 20 * DAY)
    assert set(Campaign.objects.values_list("reserved_minor", flat=True)) == {0}
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.filter(key="serum").update(fixed_minor=5)
    Campaign.objects.update(budget_minor=7000, name="more")
