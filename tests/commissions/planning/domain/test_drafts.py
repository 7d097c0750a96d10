"""A draft is read from YAML, and what is wrong with it is named with its line."""

from typing import Any

import pytest

from commissions.planning.domain.drafts import read_draft
from commissions.planning.domain.report import described
from commissions.plans.domain.rules import RuleTerms
from foundation.files.faults import BadFile
from tests.support.paths import ROOT

WHOLE = """brand: {slug: lumi, name: Lumi, currency: CNY, landing_url: "https://shop.example/{sku}"}
tiers: [{key: gold, name: Gold}]
plans:
  - key: next
    starts_at: 2030-01-01T00:00:00Z
    rules: [{tiers: [gold], fixed_minor: 50}]
"""


def test_a_draft_is_rules_alone_or_the_one_plan_of_a_brand_file() -> None:
    assert read_draft("rules: [{rate_bps: 800}]", "p.yaml", tiers=[]) == ("draft", (RuleTerms(0, 0, 0, rate_bps=800),))
    named = "key: next\nstarts_at: 2030-01-01T00:00:00Z\nends_at: null\nrules:\n- {rate_bps: 800, tiers: [seed]}\n- {priority: 2, fixed_minor: 5}\n"
    draft = read_draft(named, "p.yaml", tiers=["seed"])
    assert draft == (
        "next",
        (RuleTerms(0, 0, 0, tiers=frozenset({"seed"}), rate_bps=800), RuleTerms(0, 1, 2, fixed_minor=5)),
    )
    every = "rules: [{skus: [S1], categories: [hair], tiers: [seed], channels: [moments], customer: new, rate_bps: 1, override_bps: 2, cap_minor: 3}]"
    looked_at: dict[str, Any] = {
        "skus": frozenset({"S1"}),
        "categories": frozenset({"hair"}),
        "tiers": frozenset({"seed"}),
        "channels": frozenset({"moments"}),
    }
    full = RuleTerms(0, 0, 0, **looked_at, customer="new", rate_bps=1, override_bps=2, cap_minor=3)
    assert read_draft(every, "p.yaml", tiers=["seed"]).rules == (full,)
    assert read_draft(WHOLE, "p.yaml", tiers=["seed"]) == (
        "next",
        (RuleTerms(0, 0, 0, tiers=frozenset({"gold"}), fixed_minor=50),),
    )


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("rules: [", ["p.yaml:1: is not YAML: did not find expected node content"]),
        ("- rate_bps: 800", ["p.yaml:1: Expected `object`, got `array`"]),
        ("key: next", ["p.yaml:1: is missing (rules, )"]),
        ("key: a b\nrules:\n- {rate_bps: 800}\n- {rate_bps: 10001, tier: seed}\n",
         ["p.yaml:1: Expected `str` matching regex '^[-a-zA-Z0-9_]+$' (key, a b)",
          "p.yaml:4: is an unknown key (rules.1.tier, seed)", "p.yaml:4: Expected `int` <= 10000 (rules.1.rate_bps, 10001)"]),
        ("rules:\n- {rate_bps: 800, fixed_minor: 5}\n- {priority: 1}\n- {rate_bps: 1, tiers: [gold, seed]}\n",
         ["p.yaml:2: pays either rate_bps or fixed_minor (rules.0.rate_bps, 800)",
          "p.yaml:3: pays either rate_bps or fixed_minor (rules.1.rate_bps, )", "p.yaml:4: unknown tier gold (rules.2.tiers, )"]),
        (WHOLE + "rules: [{rate_bps: 5}]\n",
         ["p.yaml:1: is an unknown key (brand, )", "p.yaml:2: is an unknown key (tiers, )", "p.yaml:4: is an unknown key (plans, )"]),
        ("plans: [{rules: []}]", ["p.yaml:1: is missing (brand, )", "p.yaml:1: is missing (plans.0.key, )", "p.yaml:1: is missing (plans.0.starts_at, )"]),
        (WHOLE.split("plans:")[0], ["p.yaml:1: has 0 plans: a backtest takes a file with one (plans, )"]),
        (WHOLE + "  - {key: before, starts_at: 2029-01-01T00:00:00Z, ends_at: 2030-01-01T00:00:00Z}\n",
         ["p.yaml:4: has 2 plans: a backtest takes a file with one (plans, )"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_draft_is_named_with_its_line(text: str, faults: list[str]) -> None:
    with pytest.raises(BadFile) as refused:
        read_draft(text, "p.yaml", tiers=["seed"])
    assert refused.value.messages() == faults


def test_a_rule_is_described_in_one_line() -> None:
    assert described(RuleTerms(0, 0, 0, rate_bps=1250), 2) == "12.5%"
    full = RuleTerms(
        0,
        0,
        0,
        frozenset({"S2", "S1"}),
        frozenset({"hair"}),
        frozenset({"seed"}),
        frozenset({"moments"}),
        "new",
        None,
        500,
        300,
        900,
    )
    assert (
        described(full, 2)
        == "5.00 a piece + 3%, at most 9.00, for new customers; skus S1, S2; categories hair; tiers seed; channels moments"
    )


def test_the_example_of_the_guide_is_a_draft() -> None:
    text = (ROOT / "docs" / "examples" / "autumn.yaml").read_text()
    assert [described(rule, 2) for rule in read_draft(text, "autumn.yaml", tiers=[]).rules] == [
        "15%, at most 50.00, for new customers",
        "10%",
    ]
