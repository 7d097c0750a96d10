import pytest
from django.db import IntegrityError, transaction

from accounts.domain.faults import BadFile
from accounts.models import Brand, Tier
from commissions.models import PayPolicy, Plan, Rule
from commissions.services.brand_files import import_brand
from commissions.services.order_files import import_orders
from content.models import Kit, Product, Section
from referrals.models import CreditPolicy
from tests.factories import NOW, make_koc
from tests.shop import commissions, paid, report

pytestmark = pytest.mark.django_db

LUMI = """\
brand: {slug: lumi, name: Lumi, currency: CNY, timezone: Asia/Shanghai, landing_url: "https://shop.example/p/{sku}"}
policy:
  hold_days: 7
  paid_levels: 1
tiers:
  - {key: seed, name: 种子, growth: 0, multiplier_bps: 10000}
  - {key: sprout, name: 新芽, growth: 1000, multiplier_bps: 11000, keep: 300, keep_days: 90}
products:
  - {sku: S1, name: Serum, category: skincare, price_minor: 19900}
plans:
  - key: spring
    starts_at: 2026-01-01T00:00:00+08:00
    ends_at: null
    rules:
      - {priority: 10, skus: [S1], rate_bps: 1500, override_bps: 300, cap_minor: 5000}
      - {priority: 0, rate_bps: 1000}
kits:
  - key: serum-story
    title: 我的 28 天
    product: S1
    audience_size: 50000
    sections:
      - {kind: usage, channel: moments, text: "第 7 天…"}
"""


def load(text: str = LUMI) -> str:
    _, tally = import_brand(lines=text.splitlines(keepends=True), name="brand.yaml", at=NOW)
    return str(tally)


def test_the_example_of_the_contract_makes_a_whole_brand() -> None:
    assert load() == "8 created, 0 updated, 0 unchanged"
    brand = Brand.objects.get(slug="lumi")
    assert list(Tier.objects.filter(brand=brand).values_list("key", "rank", "multiplier_bps", "keep_days")) == [
        ("seed", 0, 10_000, 0),
        ("sprout", 1, 11_000, 90),
    ]
    assert list(Rule.objects.values_list("priority", "skus", "rate_bps", "override_bps", "cap_minor")) == [
        (10, ["S1"], 1500, 300, 5000),
        (0, [], 1000, 0, None),
    ]
    assert (Kit.objects.get().product, Section.objects.get().text) == (Product.objects.get(), "第 7 天…")


def test_every_policy_key_has_its_default() -> None:
    load('brand: {slug: bare, name: Bare, currency: CNY, landing_url: "https://shop.example/"}')
    pay, credit = PayPolicy.objects.get(), CreditPolicy.objects.get()
    assert (pay.hold_days, pay.hold_rule, pay.paid_levels, pay.total_cap_bps, pay.min_payout_minor, pay.tax) == (
        7,
        "day_after",
        1,
        3000,
        1000,
        "cn_labour_service",
    )
    assert (credit.attribution, credit.window_days, credit.binding_mode, credit.self_purchase) == ("last_click", 30, "none", "refuse")
    assert (pay.brand.candidate_purchases, pay.brand.approval, pay.brand.timezone) == (8, "manual", "Asia/Shanghai")
    assert Tier.objects.get().key == "seed"


def test_the_same_file_again_changes_nothing_and_a_changed_one_only_what_changed() -> None:
    load()
    assert load() == "0 created, 0 updated, 8 unchanged"
    assert (
        load(LUMI.replace("name: Serum", "name: 精华").replace("rate_bps: 1500", "rate_bps: 1600").replace("第 7 天…", "第 8 天…"))
        == "0 created, 3 updated, 5 unchanged"
    )
    assert Rule.objects.get(position=0).rate_bps == 1600


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("  hold_days: 7", "  hold_dayz: 7", "brand.yaml:3: is an unknown key (policy.hold_dayz, 7)"),
        ("  hold_days: 7", "  hold_days: -1", "brand.yaml:3: Expected `int` >= 0 (policy.hold_days, -1)"),
        ("paid_levels: 1", "paid_levels: 3", "brand.yaml:4: pay goes up one level, or two when acknowledged: never more (policy.paid_levels, 3)"),
        ("paid_levels: 1", "paid_levels: 2", "brand.yaml:4: a second paid level needs level2_acknowledged_by: NAME (policy.paid_levels, 2)"),
        ("Asia/Shanghai", "Asia/Nowhere", "brand.yaml:1: is no time zone (brand.timezone, Asia/Nowhere)"),
        ("CNY", "XYZ", "brand.yaml:1: is no ISO 4217 currency (brand.currency, XYZ)"),
        ("https://shop", "javascript://shop", "brand.yaml:1: Expected `str` matching regex"),
        ("2026-01-01T00:00:00+08:00", "2026-01-01", "brand.yaml:12: "),
        ("ends_at: null", "ends_at: 2025-01-01T00:00:00Z", "brand.yaml:13: ends before it starts (plans.0.ends_at, 2025-01-01T00:00:00Z)"),
        ("rate_bps: 1000}", "fixed_minor: 5, rate_bps: 1000}", "brand.yaml:16: pays either rate_bps or fixed_minor (plans.0.rules.1.rate_bps, 1000)"),
        ("priority: 0, rate_bps: 1000", "priority: 0", "brand.yaml:16: pays either rate_bps or fixed_minor (plans.0.rules.1.rate_bps, )"),
        ("priority: 0, rate", "tiers: [gold], rate", "brand.yaml:16: unknown tier gold (plans.0.rules.1.tiers, )"),
        ("key: sprout", "key: seed", "brand.yaml:7: stands twice (tiers.1.key, seed)"),
        ("kind: usage", "kind: gossip", "brand.yaml:23: Invalid enum value 'gossip' (kits.0.sections.0.kind, gossip)"),
        ("product: S1", "product: S9", "brand.yaml:20: kit serum-story is about an unknown product S9 (kits.0.product, S9)"),
        ("  hold_days: 7", "  hold_days: 7\n  hold_days: 8", "brand.yaml:3: is not YAML: key hold_days stands twice"),
        ("tiers:\n", "tiers: [\n", "brand.yaml:6: is not YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_nothing_is_kept(old: str, new: str, fault: str) -> None:
    assert old in LUMI
    with pytest.raises(BadFile) as refused:
        load(LUMI.replace(old, new, 1))
    assert refused.value.lines()[0].startswith(fault), refused.value.lines()
    assert not Brand.objects.exists()


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["brand.yaml:1: Expected `object`, got `null`"]),
        ("[]", ["brand.yaml:1: Expected `object`, got `array`"]),
        ("just a word", ["brand.yaml:1: Expected `object`, got `str`"]),
        (
            "\nbrand: {}\n7: lucky",
            [
                "brand.yaml:2: is missing (brand.slug, )",
                "brand.yaml:2: is missing (brand.name, )",
                "brand.yaml:2: is missing (brand.currency, )",
                "brand.yaml:2: is missing (brand.landing_url, )",
                "brand.yaml:3: is an unknown key (7, lucky)",
            ],
        ),
        ("[" * 10_000, ["brand.yaml:1: is nested too deeply"]),
    ],
)
def test_what_is_no_brand_is_refused(text: str, faults: list[str]) -> None:
    with pytest.raises(BadFile) as refused:
        load(text)
    assert refused.value.lines() == faults


def test_all_faults_of_shape_are_told_at_once() -> None:
    bad = LUMI.replace("hold_days: 7", "hold_days: soon").replace("growth: 1000", "growth: -1").replace("skus: [S1]", "skus: [S1, 7]")
    with pytest.raises(BadFile) as refused:
        load(bad.replace("sku: S1, name", "sku: S1, nome").replace("kind: usage", "kind: gossip"))
    assert refused.value.lines() == [
        "brand.yaml:3: Expected `int`, got `str` (policy.hold_days, soon)",
        "brand.yaml:7: Expected `int` >= 0 (tiers.1.growth, -1)",
        "brand.yaml:9: is an unknown key (products.0.nome, Serum)",
        "brand.yaml:9: is missing (products.0.name, )",
        "brand.yaml:15: Expected `str`, got `int` (plans.0.rules.0.skus.1, 7)",
        "brand.yaml:23: Invalid enum value 'gossip' (kits.0.sections.0.kind, gossip)",
    ]
    assert not Brand.objects.exists()


def test_a_second_level_is_recorded_with_who_and_when() -> None:
    load(LUMI.replace("paid_levels: 1", "paid_levels: 2\n  level2_acknowledged_by: Compliance desk"))
    policy = PayPolicy.objects.get()
    assert (policy.paid_levels, policy.level2_acknowledged_by, policy.level2_acknowledged_at) == (2, "Compliance desk", NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayPolicy.objects.update(paid_levels=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayPolicy.objects.update(level2_acknowledged_by="")


def test_a_plan_that_has_answered_orders_is_never_edited() -> None:
    load()
    brand = Brand.objects.get()
    make_koc(brand, "a")
    report(brand, paid("A-0"))  # nobody's: the plan has not spoken
    load(LUMI.replace("rate_bps: 1500", "rate_bps: 1600"))
    from_koc = "order,line,paid_at,sku,quantity,unit_price_minor,koc\nA-1,1,2026-03-01T02:00:00Z,S1,1,19900,a\n"
    import_of(brand, from_koc)
    with pytest.raises(BadFile, match=r"brand.yaml:11: plan spring has answered orders and is never edited: .* \(plans.0, \)"):
        load()
    assert Rule.objects.get(position=0).rate_bps == 1600


def test_a_plan_that_has_answered_orders_may_be_ended_and_followed() -> None:
    load()
    brand = Brand.objects.get()
    make_koc(brand, "a")
    import_of(brand, "order,line,paid_at,sku,quantity,unit_price_minor,koc\nA-1,1,2026-03-01T02:00:00Z,S1,1,19900,a\n")
    with pytest.raises(BadFile, match=r"brand.yaml:13: .* it cannot end before \(plans.0.ends_at, 2026-03-01T02:00:00Z\)"):
        load(LUMI.replace("ends_at: null", "ends_at: 2026-03-01T02:00:00Z"))
    followed = LUMI.replace("ends_at: null", "ends_at: 2026-04-01T00:00:00Z").replace(
        "kits:", "  - {key: summer, starts_at: 2026-04-01T00:00:00Z, rules: [{rate_bps: 500}]}\nkits:"
    )
    assert load(followed) == "1 created, 1 updated, 7 unchanged"
    import_of(brand, "order,line,paid_at,sku,quantity,unit_price_minor,koc\nA-2,1,2026-04-01T00:00:00Z,S1,1,19900,a\n")
    assert [net for _, _, _, net, _ in commissions(brand)] == [2985, 995]  # 15 % in spring, 5 % in summer


def import_of(brand: Brand, text: str) -> None:
    from_file = text.splitlines(keepends=True)
    import_orders(brand=brand, lines=from_file, name="orders.csv", at=NOW)
    report(brand)


def test_plans_do_not_overlap_even_over_two_files() -> None:
    load()
    with pytest.raises(BadFile, match=r"brand.yaml:12: plan summer overlaps plan spring \(plans.0.starts_at, 2026-06-01"):
        load(LUMI.replace("key: spring", "key: summer").replace("2026-01-01", "2026-06-01"))
    assert Plan.objects.count() == 1


def test_the_currency_cannot_change_after_an_order() -> None:
    load()
    report(Brand.objects.get(), paid())
    with pytest.raises(BadFile, match=r"brand.yaml:1: .* its currency cannot become USD \(brand.currency, USD\)"):
        load(LUMI.replace("CNY", "USD"))


def test_a_new_lowest_tier_moves_the_others_up() -> None:
    load()
    load(LUMI.replace("  - {key: seed,", "  - {key: bud, name: 芽苞}\n  - {key: seed,").replace("growth: 0,", "growth: 10,"))
    assert list(Tier.objects.order_by("rank").values_list("key", flat=True)) == ["bud", "seed", "sprout"]
