"""Campaigns in a brand file, and what neither a plan nor a campaign can be."""

import pytest

from accounts.brands.models import Brand
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.plans import Rule
from commissions.plans.models.policies import PayPolicy
from foundation.files.faults import BadFile
from tests.support.brand_files import LUMI, load

pytestmark = pytest.mark.django_db


CAMPAIGNS = """\
campaigns:
  - {key: hello, name: 新客礼, kind: new_customer, starts_at: 2026-03-01T00:00:00+08:00, fixed_minor: 500, budget_minor: 100000}
  - key: climb
    kind: steps
    starts_at: 2026-04-01T00:00:00+08:00
    ends_at: 2026-07-01T00:00:00+08:00
    steps: [{from_minor: 0, rate_bps: 100}, {from_minor: 1000000, rate_bps: 200}]
    budget_minor: 500000
  - {key: serum, kind: bounty, skus: [S1], starts_at: 2026-03-01T00:00:00+08:00, fixed_minor: 300, budget_minor: 90000}
kits:
"""
WITH_CAMPAIGNS = LUMI.replace("kits:\n", CAMPAIGNS)


def test_campaigns_come_with_the_brand() -> None:
    assert load(WITH_CAMPAIGNS) == "11 created, 0 updated, 0 unchanged"
    assert load(WITH_CAMPAIGNS) == "0 created, 0 updated, 11 unchanged"
    assert list(
        Campaign.objects.order_by("pk").values_list("key", "kind", "fixed_minor", "steps", "skus", "budget_minor")
    ) == [
        ("hello", "new_customer", 500, [], [], 100_000),
        ("climb", "steps", None, [[0, 100], [1_000_000, 200]], [], 500_000),
        ("serum", "bounty", 300, [], ["S1"], 90_000),
    ]
    assert (
        load(WITH_CAMPAIGNS.replace("90000", "95000").replace("rate_bps: 200}]", "rate_bps: 250}]"))
        == "0 created, 2 updated, 9 unchanged"
    )
    assert [Campaign.objects.get(key="serum").budget_minor, Campaign.objects.get(key="climb").steps[1]] == [
        95_000,
        [1_000_000, 250],
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("fixed_minor: 500, ", "", "brand.yaml:18: pays a fixed_minor above 0 (campaigns.0.fixed_minor, )"),
        ("fixed_minor: 500", "fixed_minor: 0", "brand.yaml:18: pays a fixed_minor above 0 (campaigns.0.fixed_minor, 0)"),
        ("fixed_minor: 500", "fixed_major: 500", "brand.yaml:18: is an unknown key (campaigns.0.fixed_major, 500)"),
        ("kind: new_customer", "kind: recruit", "brand.yaml:18: Invalid enum value 'recruit' (campaigns.0.kind, recruit)"),
        ("key: climb", "key: hello", "brand.yaml:19: stands twice (campaigns.1.key, hello)"),
        ("2026-07-01", "2026-03-01", "brand.yaml:22: ends before it starts (campaigns.1.ends_at, 2026-03-01T00:00:00+08:00)"),
        ("from_minor: 1000000", "from_minor: 0", "brand.yaml:23: each step begins above the one before (campaigns.1.steps.1.from_minor, 0)"),
        ("from_minor: 0,", "from_minor: -1,", "brand.yaml:23: Expected `int` >= 0 (campaigns.1.steps.0.from_minor, -1)"),
        ("rate_bps: 200}]", "rate_bps: 3001}]", "brand.yaml:23: is over the total cap: all levels of a line come to total_cap_bps, 3000, at most"),
        ("skus: [S1], st", "skus: [S1, S9], st", "brand.yaml:25: unknown product S9: load it first (campaigns.2.skus, )"),
        ("skus: [S1], st", "skus: [S1, S1], st", "brand.yaml:25: S1 stands twice (campaigns.2.skus, )"),
        ("hold_days: 7", "hold_days: 7\n  withdrawals: maybe", "brand.yaml:4: Expected `bool`, got `str` (policy.withdrawals, maybe)"),
        ("hold_days: 7", "hold_days: 7\n  rate_protection_days: -1", "brand.yaml:4: Expected `int` >= 0 (policy.rate_protection_days, -1)"),
        ("hold_days: 7", "hold_days: 7\n  binding: {mode: permanent, days: 9}", "brand.yaml:4: only mode first has days (policy.binding.days, 9)"),
        ("hold_days: 7", "hold_days: 7\n  binding: {mode: first, days: 0}", "brand.yaml:4: a binding lasts at least a day (policy.binding.days, 0)"),
        ("rate_bps: 1500", "rate_bps: 3100", "brand.yaml:15: is over the total cap: all levels of a line come to total_cap_bps, 3000, at most"),
        ("override_bps: 300", "override_bps: 3100", "brand.yaml:15: is over the total cap: all levels of a line come to total_cap_bps, 3000, at most"),
        ("cap_minor: 5000", "cap_minor: 0",
         "brand.yaml:15: with a cap of 0 nothing is paid: leave the cap out, or give a rate of 0 (plans.0.rules.0.cap_minor, 0)"),
        ("rules:\n", "rules:\n      - {rate_bps: 1000}\n",
         "brand.yaml:17: can never win: rule 1 before it has the same conditions and priority (plans.0.rules.2, )"),
        ("priority: 10, skus: [S1]", "priority: 10, skus: [S1], categories: [hair]", "brand.yaml:15: none of its products is of its categories"),
        ("priority: 10, skus: [S1]", "priority: 10, skus: [S9]", "brand.yaml:15: unknown product S9: load it first (plans.0.rules.0.skus, )"),
    ],
)  # fmt: skip
def test_what_a_plan_or_campaign_cannot_be_is_told_with_its_line(old: str, new: str, fault: str) -> None:
    assert old in WITH_CAMPAIGNS
    with pytest.raises(BadFile) as refused:
        load(WITH_CAMPAIGNS.replace(old, new, 1))
    assert refused.value.messages()[0].startswith(fault), refused.value.messages()
    assert not Brand.objects.exists()


def test_all_that_a_plan_says_against_the_brand_is_told_at_once() -> None:
    bad = WITH_CAMPAIGNS.replace("priority: 10, skus: [S1]", "priority: 10, skus: [S8], tiers: [gold]").replace(
        "priority: 0", "tiers: [iron]"
    )
    with pytest.raises(BadFile) as refused:
        load(bad)
    assert refused.value.messages() == [
        "brand.yaml:15: unknown tier gold (plans.0.rules.0.tiers, )",
        "brand.yaml:15: unknown product S8: load it first (plans.0.rules.0.skus, )",
        "brand.yaml:16: unknown tier iron (plans.0.rules.1.tiers, )",
    ]


def test_the_guard_is_not_lowered_under_what_a_plan_promises() -> None:
    load(WITH_CAMPAIGNS)
    lowered = WITH_CAMPAIGNS.replace("hold_days: 7", "hold_days: 7\n  total_cap_bps: 150")
    with pytest.raises(BadFile) as refused:
        load(lowered)
    assert refused.value.messages() == [
        "brand.yaml:4: plan spring pays 1500: end it before the total cap is lowered under that (policy.total_cap_bps, 150)",
        "brand.yaml:4: campaign climb pays 200: end it before the total cap is lowered under that (policy.total_cap_bps, 150)",
    ]
    assert PayPolicy.objects.get().total_cap_bps == 3000
    load(WITH_CAMPAIGNS.replace("hold_days: 7", "hold_days: 7\n  total_cap_bps: 1500"))
    assert PayPolicy.objects.get().total_cap_bps == 1500


def test_a_guard_is_lowered_together_with_a_plan_that_is_to_come() -> None:
    to_come = LUMI.replace("2026-01-01", "2026-05-01")
    load(to_come)
    lowered = to_come.replace("hold_days: 7", "hold_days: 7\n  total_cap_bps: 1200").replace(
        "rate_bps: 1500", "rate_bps: 1200"
    )
    assert load(lowered) == "0 created, 2 updated, 6 unchanged"
    assert (PayPolicy.objects.get().total_cap_bps, Rule.objects.get(position=0).rate_bps) == (1200, 1200)
