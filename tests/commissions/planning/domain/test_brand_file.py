"""What a brand.yaml may say, from its text alone."""

from datetime import UTC, datetime

import pytest

from commissions.planning.domain.brand_file import BrandFile, read_brand_file
from foundation.files.faults import BadFile

LUMI = """\
brand: {slug: lumi, name: Lumi, currency: CNY, landing_url: "https://shop.example/"}
policy: {paid_levels: 1}
tiers:
  - {key: seed, name: 种子}
  - {key: sprout, name: 新芽, growth: 1000, keep: 300, keep_days: 90}
products:
  - {sku: S1, name: Serum, price_minor: 19900}
plans:
  - {key: spring, starts_at: 2026-01-01T00:00:00+08:00, ends_at: 2026-04-01T00:00:00+08:00, rules: [{rate_bps: 1000}]}
  - {key: summer, starts_at: 2026-04-01T00:00:00+08:00, rules: [{rate_bps: 1200}]}
campaigns:
  - {key: bounty, kind: bounty, starts_at: 2026-02-01T00:00:00Z, budget_minor: 100000, fixed_minor: 500}
kits:
  - {key: story, title: 我的 28 天, product: S1}
"""


def read(text: str = LUMI) -> BrandFile:
    return read_brand_file(text, "brand.yaml")


def test_a_plan_may_begin_when_the_one_before_it_ends() -> None:
    spring, summer = read().plans
    assert spring.ends_at == summer.starts_at == datetime(2026, 3, 31, 16, tzinfo=UTC)


def faults_of_plans(*spans: str) -> list[str]:
    lines = "".join(f"  - {{key: p{number}, {span}}}\n" for number, span in enumerate(spans))
    with pytest.raises(BadFile) as refused:
        read(f"{LUMI[: LUMI.index('plans:')]}plans:\n{lines}")
    return [f"{fault.column}: {fault.message}" for fault in refused.value.faults]


def test_of_plans_that_overlap_the_later_one_in_the_file_is_to_blame() -> None:
    year, may = (
        "starts_at: 2026-01-01T00:00:00Z, ends_at: 2027-01-01T00:00:00Z",
        "starts_at: 2026-05-01T00:00:00Z, ends_at: 2026-06-01T00:00:00Z",
    )
    autumn, ever = "starts_at: 2026-09-01T00:00:00Z, ends_at: 2026-12-01T00:00:00Z", "starts_at: 2026-12-01T00:00:00Z"
    next_year = "starts_at: 2027-01-01T00:00:00Z"
    assert faults_of_plans(year, may, autumn) == [
        "plans.1.starts_at: overlaps plan p0",
        "plans.2.starts_at: overlaps plan p0",
    ]
    assert faults_of_plans(may, autumn, year) == [
        "plans.2.starts_at: overlaps plan p0",
        "plans.2.starts_at: overlaps plan p1",
    ]
    assert faults_of_plans(may, year, next_year) == ["plans.1.starts_at: overlaps plan p0"]
    assert faults_of_plans(ever, year, next_year) == [
        "plans.1.starts_at: overlaps plan p0",
        "plans.2.starts_at: overlaps plan p0",
    ]


def test_each_of_many_plans_that_overlap_is_named_once() -> None:
    assert len(faults_of_plans(*["starts_at: 2026-01-01T00:00:00Z"] * 300)) == 299


def test_a_second_level_is_paid_when_somebody_acknowledged_it() -> None:
    policy = read(LUMI.replace("paid_levels: 1", "paid_levels: 2, level2_acknowledged_by: Ann")).policy
    assert (policy.paid_levels, policy.level2_acknowledged_by) == (2, "Ann")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("currency: CNY", "currency: CNY, timezone: Asia/Nowhere", "brand.yaml:1: is no time zone (brand.timezone, Asia/Nowhere)"),
        ("currency: CNY", "currency: CNY, timezone: ../zone", "brand.yaml:1: is no time zone (brand.timezone, ../zone)"),
        ("https://shop.example/", "javascript:1", "brand.yaml:1: is not an http or https address (brand.landing_url, javascript:1)"),
        ("sku: S1,", 'sku: S1, landing_url: "ftp://shop.example",', "brand.yaml:7: is not an http or https address (products.0.landing_url, ftp://shop.example)"),
        ("CNY", "XYZ", "brand.yaml:1: is no ISO 4217 currency (brand.currency, XYZ)"),
        ("paid_levels: 1", "paid_levels: 0", "brand.yaml:2: pay goes up one level, or two when acknowledged: never more (policy.paid_levels, 0)"),
        ("paid_levels: 1", "paid_levels: 3", "brand.yaml:2: pay goes up one level, or two when acknowledged: never more (policy.paid_levels, 3)"),
        ("paid_levels: 1", "paid_levels: 2", "brand.yaml:2: a second paid level needs level2_acknowledged_by: NAME (policy.paid_levels, 2)"),
        (
            "paid_levels: 1",
            "paid_levels: 2, level2_acknowledged_by: ' '",
            "brand.yaml:2: a second paid level needs level2_acknowledged_by: NAME (policy.paid_levels, 2)",
        ),
        ("paid_levels: 1", "binding: {mode: permanent, days: 9}", "brand.yaml:2: only mode first has days (policy.binding.days, 9)"),
        ("paid_levels: 1", "binding: {mode: first, days: 0}", "brand.yaml:2: a binding lasts at least a day (policy.binding.days, 0)"),
        (
            "paid_levels: 1",
            "binding: {mode: first, release_days: 0}",
            "brand.yaml:2: a customer is released after a day at the earliest (policy.binding.release_days, 0)",
        ),
        ("name: 种子", "name: 种子, growth: 1", "brand.yaml:4: the lowest tier needs no growth (tiers.0.growth, 1)"),
        ("growth: 1000", "growth: 0", "brand.yaml:5: tiers stand lowest first, each with more growth (tiers.1.growth, 0)"),
        ("keep_days: 90", "keep_days: 0", "brand.yaml:5: keep needs keep_days (tiers.1.keep, 300)"),
        ("key: sprout", "key: seed", "brand.yaml:5: stands twice (tiers.1.key, seed)"),
        ("19900}", "19900}\n  - {sku: S1, name: Cream, price_minor: 1}", "brand.yaml:8: stands twice (products.1.sku, S1)"),
        ("key: summer", "key: spring", "brand.yaml:10: stands twice (plans.1.key, spring)"),
        ("500}", "500}\n  - {key: bounty, kind: bounty, starts_at: 2026-02-01T00:00:00Z, budget_minor: 1, fixed_minor: 1}",
         "brand.yaml:13: stands twice (campaigns.1.key, bounty)"),
        ("product: S1}", "product: S1}\n  - {key: story, title: again}", "brand.yaml:15: stands twice (kits.1.key, story)"),
        ("2026-04-01T00:00:00+08:00, rules: [{rate_bps: 1000", "2026-04-01T00:00:01+08:00, rules: [{rate_bps: 1000",
         "brand.yaml:10: overlaps plan spring (plans.1.starts_at, 2026-04-01T00:00:00+08:00)"),
        ("{rate_bps: 1200}", "{rate_bps: 1200, fixed_minor: 5}", "brand.yaml:10: pays either rate_bps or fixed_minor (plans.1.rules.0.rate_bps, 1200)"),
        ("fixed_minor: 500", "fixed_minor: 0", "brand.yaml:12: pays a fixed_minor above 0 (campaigns.0.fixed_minor, 0)"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_named_with_its_line(old: str, new: str, fault: str) -> None:
    assert old in LUMI
    with pytest.raises(BadFile) as refused:
        read(LUMI.replace(old, new, 1))
    assert refused.value.messages() == [fault]


def test_every_contradiction_is_told_at_once() -> None:
    with pytest.raises(BadFile) as refused:
        read(LUMI.replace("CNY", "XYZ").replace("paid_levels: 1", "paid_levels: 3").replace("key: sprout", "key: seed"))
    assert [fault.row for fault in refused.value.faults] == [1, 2, 5]


@pytest.mark.parametrize(
    ("written", "lasts"),
    [("{mode: none}", None), ("{mode: first}", 90), ("{mode: first, days: 7}", 7), ("{mode: permanent}", None)],
)
def test_a_binding_lasts_ninety_days_unless_the_file_says_so(written: str, lasts: int | None) -> None:
    assert read(LUMI.replace("paid_levels: 1", f"binding: {written}")).policy.binding.lasts == lasts
