"""A brand file makes a whole brand; the same file again changes nothing, and what is wrong is named with its line."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.brands.models import Brand, Tier
from commissions.plans.models.plans import Rule
from commissions.plans.models.policies import PayPolicy
from content.kits.models import Kit, Section
from content.products.models import Product
from foundation.files.faults import BadFile
from referrals.tree.models import CreditPolicy
from tests.support.brand_files import LUMI, load
from tests.support.factories import NOW
from tests.support.shop_events import paid, report

pytestmark = pytest.mark.django_db


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


def test_texts_of_a_kit_may_be_variants() -> None:
    one = '      - {kind: usage, channel: moments, text: "第 7 天…"}\n'
    assert one in LUMI
    load(LUMI.replace(one, one.replace("text", "variant: A, text") + one.replace("text", "variant: B, text")))
    assert list(Section.objects.values_list("variant", flat=True)) == ["A", "B"]
    assert str(Kit.objects.get().version) == "我的 28 天 · 1"


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
        ("paid_levels: 1", "paid_levels: 3", "brand.yaml:4: pay goes up one level, or two when acknowledged: never more (policy.paid_levels, 3)"),
        ("paid_levels: 1", "paid_levels: 2", "brand.yaml:4: a second paid level needs level2_acknowledged_by: NAME (policy.paid_levels, 2)"),
        ("Asia/Shanghai", "Asia/Nowhere", "brand.yaml:1: is no time zone (brand.timezone, Asia/Nowhere)"),
        ("CNY", "XYZ", "brand.yaml:1: is no ISO 4217 currency (brand.currency, XYZ)"),
        ("https://shop.example", "javascript://shop", "brand.yaml:1: is not an http or https address (brand.landing_url, javascript://shop/p/{sku})"),
        ("https://shop.example", "https://{sku}.example",
         "brand.yaml:1: may have no braces but {sku}, and that behind the host (brand.landing_url, https://{sku}"),
        ("shop.example", "shop.example:99999", "brand.yaml:1: names no host that a browser could open (brand.landing_url, https://shop.example:99999"),
        ("price_minor: 19900", "price_minor: 1, landing_url: 'https://me@shop.example/'", "brand.yaml:9: names no host that a browser could open (products.0"),
        ("2026-01-01T00:00:00+08:00", "2026-01-01", "brand.yaml:12: "),
        ("ends_at: null", "ends_at: 2025-01-01T00:00:00Z", "brand.yaml:13: ends before it starts (plans.0.ends_at, 2025-01-01T00:00:00Z)"),
        ("rate_bps: 1000}", "fixed_minor: 5, rate_bps: 1000}", "brand.yaml:16: pays either rate_bps or fixed_minor (plans.0.rules.1.rate_bps, 1000)"),
        ("priority: 0, rate_bps: 1000", "priority: 0", "brand.yaml:16: pays either rate_bps or fixed_minor (plans.0.rules.1.rate_bps, )"),
        ("priority: 0, rate", "tiers: [gold], rate", "brand.yaml:16: unknown tier gold (plans.0.rules.1.tiers, )"),
        ("key: sprout", "key: seed", "brand.yaml:7: stands twice (tiers.1.key, seed)"),
        ("kind: usage", "kind: gossip", "brand.yaml:23: Invalid enum value 'gossip' (kits.0.sections.0.kind, gossip)"),
        ("kind: usage", "kind: usage, variant: A", "brand.yaml:23: Moments: variant A is alone: write another, or take its name away (kits.0.sections, )"),
        ("kind: usage", "kind: usage, variant: 'A B'", "brand.yaml:23: Expected `str` matching regex"),
        ("product: S1", "product: S9", "brand.yaml:20: kit serum-story is about an unknown product S9 (kits.0.product, S9)"),
        ("  hold_days: 7", "  hold_days: 7\n  hold_days: 8", "brand.yaml:4: is not YAML: key hold_days stands twice"),
        ("tiers:\n", "tiers: [\n", "brand.yaml:6: is not YAML"),
    ],
)  # fmt: skip
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
        ("\nbrand: {}\n7: lucky",
         ["brand.yaml:2: is missing (brand.slug, )", "brand.yaml:2: is missing (brand.name, )", "brand.yaml:2: is missing (brand.currency, )",
          "brand.yaml:2: is missing (brand.landing_url, )", "brand.yaml:3: is an unknown key (7, lucky)"]),
        ("[" * 10_000, ["brand.yaml:1: is nested too deeply"]),
    ],
)  # fmt: skip
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
