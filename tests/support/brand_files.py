"""A whole brand in a file."""

from backoffice.brand_file.services import import_brand
from tests.support.factories import NOW

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
