from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.brands.models import Brand, Tier
from backoffice.brand_file.services import import_brand
from commissions.orders.services.order_files import import_orders
from commissions.plans.models.campaigns import Campaign
from commissions.plans.models.plans import Plan, Rule
from commissions.plans.models.policies import PayPolicy
from content.kits.models import Kit, Section
from content.products.models import Product
from foundation.files.faults import BadFile
from referrals.tree.models import CreditPolicy
from tests.support.factories import NOW, make_koc, make_product
from tests.support.shop_events import commissions, paid, report

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
    assert (credit.attribution, credit.window_days, credit.binding_mode, credit.self_purchase) == (
        "last_click",
        30,
        "none",
        "refuse",
    )
    assert (pay.brand.candidate_purchases, pay.brand.approval, pay.brand.timezone) == (8, "manual", "Asia/Shanghai")
    assert Tier.objects.get().key == "seed"


def test_the_same_file_again_changes_nothing_and_a_changed_one_only_what_changed() -> None:
    load()
    assert load() == "0 created, 0 updated, 8 unchanged"
    changed = (
        LUMI.replace("name: Serum", "name: 精华")
        .replace("ends_at: null", "ends_at: 2026-06-01T00:00:00+08:00")
        .replace("第 7 天…", "第 8 天…")
    )
    assert load(changed) == "0 created, 3 updated, 5 unchanged"
    assert load(changed) == "0 created, 0 updated, 8 unchanged"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("  hold_days: 7", "  hold_dayz: 7", "brand.yaml:3: is an unknown key (policy.hold_dayz, 7)"),
        ("  hold_days: 7", "  hold_days: -1", "brand.yaml:3: Expected `int` >= 0 (policy.hold_days, -1)"),
        (
            "paid_levels: 1",
            "paid_levels: 3",
            "brand.yaml:4: pay goes up one level, or two when acknowledged: never more (policy.paid_levels, 3)",
        ),
        (
            "paid_levels: 1",
            "paid_levels: 2",
            "brand.yaml:4: a second paid level needs level2_acknowledged_by: NAME (policy.paid_levels, 2)",
        ),
        ("Asia/Shanghai", "Asia/Nowhere", "brand.yaml:1: is no time zone (brand.timezone, Asia/Nowhere)"),
        ("CNY", "XYZ", "brand.yaml:1: is no ISO 4217 currency (brand.currency, XYZ)"),
        (
            "https://shop.example",
            "javascript://shop",
            "brand.yaml:1: is not an http or https address (brand.landing_url, javascript://shop/p/{sku})",
        ),
        (
            "https://shop.example",
            "https://{sku}.example",
            "brand.yaml:1: may have no braces but {sku}, and that behind the host (brand.landing_url, https://{sku}",
        ),
        (
            "shop.example",
            "shop.example:99999",
            "brand.yaml:1: names no host that a browser could open (brand.landing_url, https://shop.example:99999",
        ),
        (
            "price_minor: 19900",
            "price_minor: 1, landing_url: 'https://me@shop.example/'",
            "brand.yaml:9: names no host that a browser could open (products.0",
        ),
        ("2026-01-01T00:00:00+08:00", "2026-01-01", "brand.yaml:12: "),
        (
            "ends_at: null",
            "ends_at: 2025-01-01T00:00:00Z",
            "brand.yaml:13: ends before it starts (plans.0.ends_at, 2025-01-01T00:00:00Z)",
        ),
        (
            "rate_bps: 1000}",
            "fixed_minor: 5, rate_bps: 1000}",
            "brand.yaml:16: pays either rate_bps or fixed_minor (plans.0.rules.1.rate_bps, 1000)",
        ),
        (
            "priority: 0, rate_bps: 1000",
            "priority: 0",
            "brand.yaml:16: pays either rate_bps or fixed_minor (plans.0.rules.1.rate_bps, )",
        ),
        ("priority: 0, rate", "tiers: [gold], rate", "brand.yaml:16: unknown tier gold (plans.0.rules.1.tiers, )"),
        ("key: sprout", "key: seed", "brand.yaml:7: stands twice (tiers.1.key, seed)"),
        ("kind: usage", "kind: gossip", "brand.yaml:23: Invalid enum value 'gossip' (kits.0.sections.0.kind, gossip)"),
        (
            "product: S1",
            "product: S9",
            "brand.yaml:20: kit serum-story is about an unknown product S9 (kits.0.product, S9)",
        ),
        ("  hold_days: 7", "  hold_days: 7\n  hold_days: 8", "brand.yaml:4: is not YAML: key hold_days stands twice"),
        ("tiers:\n", "tiers: [\n", "brand.yaml:6: is not YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_nothing_is_kept(old: str, new: str, fault: str) -> None:
    assert old in LUMI
    with pytest.raises(BadFile) as refused:
        load(LUMI.replace(old, new, 1))
    assert refused.value.messages()[0].startswith(fault), refused.value.messages()
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
    assert refused.value.messages() == faults


def test_all_faults_of_shape_are_told_at_once() -> None:
    bad = (
        LUMI.replace("hold_days: 7", "hold_days: soon")
        .replace("growth: 1000", "growth: -1")
        .replace("skus: [S1]", "skus: [S1, 7]")
    )
    with pytest.raises(BadFile) as refused:
        load(bad.replace("sku: S1, name", "sku: S1, nome").replace("kind: usage", "kind: gossip"))
    assert refused.value.messages() == [
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
    assert (policy.paid_levels, policy.level2_acknowledged_by, policy.level2_acknowledged_at) == (
        2,
        "Compliance desk",
        NOW,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        PayPolicy.objects.update(paid_levels=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayPolicy.objects.update(level2_acknowledged_by="")


def test_a_plan_that_has_answered_orders_is_never_edited() -> None:
    load()
    brand = Brand.objects.get()
    make_koc(brand, "a")
    to_come = (
        LUMI.replace("2026-01-01", "2026-03-02")
        .replace("key: spring", "key: later")
        .replace("rate_bps: 1500", "rate_bps: 1600")
    )
    assert (
        load(LUMI.replace("ends_at: null", "ends_at: 2026-03-02T00:00:00+08:00")) == "0 created, 1 updated, 7 unchanged"
    )
    assert load(to_come) == "1 created, 0 updated, 7 unchanged"
    assert (
        load(to_come.replace("1600", "1700")) == "0 created, 1 updated, 7 unchanged"
    )  # nothing was sold under it, and it has not begun
    import_of(
        brand, "order,line,paid_at,sku,quantity,unit_price_minor,koc\nA-1,1,2026-03-02T02:00:00Z,S1,1,19900,a\n"
    )  # a shop whose clock is ahead
    with pytest.raises(
        BadFile,
        match=r"brand.yaml:11: plan later has answered orders and is never edited: .* it becomes later v2 \(plans.0, \)",
    ):
        load(to_come)
    assert Rule.objects.get(plan__key="later", position=0).rate_bps == 1700


def test_a_plan_in_force_is_never_edited_and_a_later_start_is_its_next_version() -> None:
    load()
    dearer = LUMI.replace("rate_bps: 1500", "rate_bps: 1600")
    for starts_at in ("2026-01-01T00:00:00+08:00", "2025-12-01T00:00:00+08:00"):
        with pytest.raises(BadFile) as refused:
            load(dearer.replace("2026-01-01T00:00:00+08:00", starts_at))
        assert Rule.objects.count() == 2
    [told] = refused.value.messages()
    assert told.startswith(
        "brand.yaml:12: plan spring starts at 2026-01-01T00:00:00+08:00: a change of it starts later, or has a key of its own (plans.0"
    )
    april = dearer.replace("2026-01-01", "2026-04-01")
    assert load(april) == "1 created, 0 updated, 7 unchanged"
    assert load(april) == "0 created, 0 updated, 8 unchanged"
    first, second = Plan.objects.order_by("version")
    assert (str(first), str(second), first.ends_at) == ("spring", "spring v2", second.starts_at)
    assert [rule.rate_bps for rule in second.rules.all()] == [1600, 1000]
    with pytest.raises(BadFile, match=r"brand.yaml:13: plan spring v2 overlaps plan spring \(plans.0.ends_at, null\)"):
        load()  # the file of before: its plan would go on where the next version begins


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
        (
            "fixed_minor: 500",
            "fixed_minor: 0",
            "brand.yaml:18: pays a fixed_minor above 0 (campaigns.0.fixed_minor, 0)",
        ),
        ("fixed_minor: 500", "fixed_major: 500", "brand.yaml:18: is an unknown key (campaigns.0.fixed_major, 500)"),
        (
            "kind: new_customer",
            "kind: recruit",
            "brand.yaml:18: Invalid enum value 'recruit' (campaigns.0.kind, recruit)",
        ),
        ("key: climb", "key: hello", "brand.yaml:19: stands twice (campaigns.1.key, hello)"),
        (
            "2026-07-01",
            "2026-03-01",
            "brand.yaml:22: ends before it starts (campaigns.1.ends_at, 2026-03-01T00:00:00+08:00)",
        ),
        (
            "from_minor: 1000000",
            "from_minor: 0",
            "brand.yaml:23: each step begins above the one before (campaigns.1.steps.1.from_minor, 0)",
        ),
        (
            "from_minor: 0,",
            "from_minor: -1,",
            "brand.yaml:23: Expected `int` >= 0 (campaigns.1.steps.0.from_minor, -1)",
        ),
        (
            "rate_bps: 200}]",
            "rate_bps: 3001}]",
            "brand.yaml:23: is over the guard: all levels of a line come to total_cap_bps, 3000, at most",
        ),
        (
            "skus: [S1], st",
            "skus: [S1, S9], st",
            "brand.yaml:25: unknown product S9: load it first (campaigns.2.skus, )",
        ),
        ("skus: [S1], st", "skus: [S1, S1], st", "brand.yaml:25: S1 stands twice (campaigns.2.skus, )"),
        (
            "hold_days: 7",
            "hold_days: 7\n  withdrawals: maybe",
            "brand.yaml:4: Expected `bool`, got `str` (policy.withdrawals, maybe)",
        ),
        (
            "hold_days: 7",
            "hold_days: 7\n  rate_protection_days: -1",
            "brand.yaml:4: Expected `int` >= 0 (policy.rate_protection_days, -1)",
        ),
        (
            "hold_days: 7",
            "hold_days: 7\n  binding: {mode: permanent, days: 9}",
            "brand.yaml:4: only mode first has days (policy.binding.days, 9)",
        ),
        (
            "hold_days: 7",
            "hold_days: 7\n  binding: {mode: first, days: 0}",
            "brand.yaml:4: a binding lasts at least a day (policy.binding.days, 0)",
        ),
        (
            "rate_bps: 1500",
            "rate_bps: 3100",
            "brand.yaml:15: is over the guard: all levels of a line come to total_cap_bps, 3000, at most",
        ),
        (
            "override_bps: 300",
            "override_bps: 3100",
            "brand.yaml:15: is over the guard: all levels of a line come to total_cap_bps, 3000, at most",
        ),
        (
            "cap_minor: 5000",
            "cap_minor: 0",
            "brand.yaml:15: with a cap of 0 nothing is paid: leave the cap out, or give a rate of 0 (plans.0.rules.0.cap_minor, 0)",
        ),
        (
            "rules:\n",
            "rules:\n      - {rate_bps: 1000}\n",
            "brand.yaml:17: can never win: rule 1 before it has the same conditions and priority (plans.0.rules.2, )",
        ),
        (
            "priority: 10, skus: [S1]",
            "priority: 10, skus: [S1], categories: [hair]",
            "brand.yaml:15: none of its products is of its categories",
        ),
        (
            "priority: 10, skus: [S1]",
            "priority: 10, skus: [S9]",
            "brand.yaml:15: unknown product S9: load it first (plans.0.rules.0.skus, )",
        ),
    ],
)
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


def test_a_brand_whose_products_come_in_a_file_of_their_own_may_load_its_plans_first() -> None:
    bare = LUMI.replace("products:\n  - {sku: S1, name: Serum, category: skincare, price_minor: 19900}\n", "").replace(
        "    product: S1\n", ""
    )
    load(bare)
    make_product(Brand.objects.get(), "S5")
    assert load(bare) == "0 created, 0 updated, 7 unchanged"  # what stands is not looked at anew
    with pytest.raises(BadFile, match=r"brand.yaml:13: unknown product S1: load it first"):
        load(bare.replace("2026-01-01", "2026-04-01").replace("rate_bps: 1500", "rate_bps: 1400"))
    assert Plan.objects.count() == 1


def test_what_is_perhaps_not_meant_is_noted_and_does_not_hinder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "brand.yaml"
    file.write_text(LUMI.replace("priority: 0,", "priority: 0, categories: [skincaer],"))
    call_command("import_brand", str(file))
    told = capsys.readouterr()
    assert told.out == "brand lumi: 8 created, 0 updated, 0 unchanged\n"
    assert told.err.splitlines() == [
        "note: plan spring, rule 1: override_bps pays nobody, since the brand pays one level",
        "note: plan spring, rule 2: the brand has no product of category skincaer yet",
    ]


def test_the_policy_of_protection_and_withdrawals_is_the_files() -> None:
    load(LUMI.replace("hold_days: 7", "hold_days: 7\n  rate_protection_days: 14\n  withdrawals: true"))
    assert PayPolicy.objects.values_list("rate_protection_days", "withdrawals").get() == (14, True)
    load()
    assert PayPolicy.objects.values_list("rate_protection_days", "withdrawals").get() == (30, False)


def test_the_guard_is_not_lowered_under_what_a_plan_promises() -> None:
    load(WITH_CAMPAIGNS)
    lowered = WITH_CAMPAIGNS.replace("hold_days: 7", "hold_days: 7\n  total_cap_bps: 150")
    with pytest.raises(BadFile) as refused:
        load(lowered)
    assert refused.value.messages() == [
        "brand.yaml:4: plan spring pays 1500: end it before the guard is lowered under that (policy.total_cap_bps, 150)",
        "brand.yaml:4: campaign climb pays 200: end it before the guard is lowered under that (policy.total_cap_bps, 150)",
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


def test_a_plan_that_has_answered_orders_may_be_ended_and_followed() -> None:
    load()
    brand = Brand.objects.get()
    make_koc(brand, "a")
    import_of(brand, "order,line,paid_at,sku,quantity,unit_price_minor,koc\nA-1,1,2026-03-01T02:00:00Z,S1,1,19900,a\n")
    with pytest.raises(
        BadFile, match=r"brand.yaml:13: .* it cannot end before \(plans.0.ends_at, 2026-03-01T02:00:00Z\)"
    ):
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
    with pytest.raises(
        BadFile, match=r"brand.yaml:12: plan summer overlaps plan spring \(plans.0.starts_at, 2026-06-01"
    ):
        load(LUMI.replace("key: spring", "key: summer").replace("2026-01-01", "2026-06-01"))
    assert Plan.objects.count() == 1


def test_the_currency_cannot_change_after_an_order() -> None:
    load()
    report(Brand.objects.get(), paid())
    with pytest.raises(BadFile, match=r"brand.yaml:1: .* its currency cannot become USD \(brand.currency, USD\)"):
        load(LUMI.replace("CNY", "USD"))


def test_a_new_lowest_tier_moves_the_others_up() -> None:
    load()
    load(
        LUMI.replace("  - {key: seed,", "  - {key: bud, name: 芽苞}\n  - {key: seed,").replace(
            "growth: 0,", "growth: 10,"
        )
    )
    assert list(Tier.objects.order_by("rank").values_list("key", flat=True)) == ["bud", "seed", "sprout"]
