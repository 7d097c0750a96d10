"""A brand of a million orders, written by SQL in a minute: every table that grows with sales, KOCs or clicks."""

from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import NOT_PROVIDED, F, Model

from accounts.brands.models import Brand
from accounts.people.models import Customer, Koc, TierChange, User
from commissions.earnings.models.commissions import Commission, Decision, LineTerms, Reversal, RiskReview
from commissions.earnings.models.credits import OrderCredit
from commissions.ledger.models import Transfer, Wallet
from commissions.orders.models import Delivery, Event, Order, OrderLine, OrderVersion, Refund, RefundLine, VersionLine
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.plans.models.plans import Plan, Rule
from commissions.risk.models import Signal
from commissions.settlement.models.statements import Settlement, Statement, StatementLine
from content.kits.models import Kit, KitVersion
from content.products.models import Product, ProductUse
from referrals.attribution.models import Acquaintance, Binding
from referrals.coupons.models import Coupon, CouponReceipt, CouponUse
from referrals.propagation.models import ShareAggregate
from referrals.shares.models import Share
from referrals.tree.models import SponsorChange, Sponsorship
from referrals.visits.models import Visit

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
NAME = f"substr('{SURNAMES}', (1 + n % {len(SURNAMES)})::int, 1) || chr((19968 + n * 7919 % 3000)::int) || chr((19968 + n * 104729 % 3000)::int)"
# As time goes by, so that rows of one month lie together
AT = "now() - (1 - (n - %(start)s)::float8 / %(rows)s) * interval '365 days'"


def fill(model: type[Model], rows: int, /, *, start: int = 1, **columns: Any) -> None:
    """Rows number `start` to `start + rows − 1` of a table: `columns` are SQL over the row's number `n`, the others have
    their default."""
    names: list[str] = []
    values: list[str] = []
    for field in model._meta.local_concrete_fields:
        if field.attname in columns:
            value = str(columns.pop(field.attname)).replace(AT, AT % {"rows": rows, "start": start})
        elif field.null or field.db_default is not NOT_PROVIDED or getattr(field, "generated", False):
            continue
        elif field.has_default() or field.empty_strings_allowed:
            value = _literal(field.get_db_prep_save(field.get_default(), connection))
        else:
            raise AssertionError(f"{model.__name__}.{field.attname} has neither a value nor a default")
        names.append(f'"{field.column}"')
        values.append(value)
    assert not columns, f"{model.__name__} has no {', '.join(columns)}"
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({", ".join(names)}) SELECT {", ".join(values)}'
            f" FROM generate_series({start}::bigint, {start + rows - 1}) AS n"
        )


def _literal(value: Any) -> str:
    with connection.cursor() as cursor:
        return str(cursor.mogrify("%s", [value])).replace("%", "%%")


def make_large_brand(brand: Brand, maker: User, *, orders: int, kocs: int) -> None:
    """Everything of a brand with so many orders and KOCs; their numbers begin with 1. Triggers are off meanwhile, and
    the ledger does not prove: this is for pages, which read few rows of many."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    _people(brand, orders=orders, kocs=kocs)
    _spread(brand, orders=orders, kocs=kocs)
    _sales(brand, orders=orders, kocs=kocs)
    _money(brand, maker, orders=orders, kocs=kocs)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        tables = [model._meta.db_table for model in apps.get_models() if model._meta.pk.attname == "id"]
        for table in tables:  # rows that come afterwards have numbers of their own
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        cursor.execute("ANALYZE")
        # What autovacuum does a minute later: BRIN knows nothing of pages that it has not summed up
        cursor.execute(
            "SELECT brin_summarize_new_values(index.oid) FROM pg_class index JOIN pg_am am ON am.oid = index.relam"
            " WHERE index.relkind = 'i' AND am.amname = 'brin'"
        )


def _people(brand: Brand, *, orders: int, kocs: int) -> None:
    tier = brand.tiers.order_by("rank").values_list("pk", flat=True)[0]
    fill(User, kocs, start=1_001, id="n", phone="'+861390' || n", password="''", created_at=AT)
    fill(
        Koc, kocs, id="n", brand_id=brand.pk, user_id="n + 1000", key="'k' || n", name=NAME, tier_id=tier,
        status="CASE n % 50 WHEN 0 THEN 'applied' ELSE 'active' END", invite_code="'I' || n", joined_at=AT,
    )  # fmt: skip
    fill(TierChange, kocs // 2, id="n", koc_id="n", tier_before_id=tier, changed_at=AT)
    fill(
        Sponsorship, kocs, koc_id="n", brand_id=brand.pk, sponsor_id="CASE WHEN n > 10 THEN n / 10 END",
        root_id="CASE WHEN n > 10 THEN n / 10 ELSE n END", depth="CASE WHEN n > 10 THEN 1 ELSE 0 END",
    )  # fmt: skip
    fill(
        Customer, orders, id="n", brand_id=brand.pk, key="'c' || n", phone="'+86137' || n", name=NAME, first_seen_at=AT
    )


def _spread(brand: Brand, *, orders: int, kocs: int) -> None:
    fill(Product, 200, id="n", brand_id=brand.pk, sku="'S' || n", name="'Serum ' || n", price_minor="9900 + n")
    fill(
        ProductUse, kocs, id="n", brand_id=brand.pk, koc_id="n", product_id="1 + n % 200", source="'order'", since=AT,
        evidence="'A-' || n", recorded_at=AT,
    )  # fmt: skip
    fill(Kit, 100, id="n", brand_id=brand.pk, key="'kit' || n", title="'打卡 ' || n", created_at=AT)
    fill(
        KitVersion, 100, id="n", kit_id="n", number="1", status="'published'", title="'打卡 ' || n", written_at=AT,
        published_at=AT,
    )  # fmt: skip
    Kit.objects.filter(brand=brand).update(version_id=F("pk"), status=Kit.Status.PUBLISHED)
    fill(
        Share, orders, id="n", brand_id=brand.pk, koc_id=f"1 + n % {kocs}", kit_id="1 + n % 100",
        parent_id="CASE WHEN n > 100 THEN n / 3 END", root_id="CASE WHEN n > 100 THEN 1 + n % 100 END",
        depth="CASE WHEN n > 100 THEN 1 ELSE 0 END", code="'L' || n", shared_at=AT,
    )  # fmt: skip
    fill(ShareAggregate, orders, share_id="n", size="1")
    fill(Visit, orders, id="n", share_id=f"1 + n % {kocs}", visitor="'v' || n", visited_at=AT)
    fill(Binding, orders, id="n", customer_id="n", koc_id=f"1 + n % {kocs}", cause="'order'", since=AT)
    fill(Acquaintance, orders, id="n", customer_id="n", visitor="'v' || n")
    fill(SponsorChange, kocs, id="n", koc_id="n", changed_at=AT, reason="'moved'")
    fill(Coupon, kocs, id="n", brand_id=brand.pk, koc_id="n", code="'C' || n", starts_at=AT)
    fill(CouponReceipt, orders, id="n", coupon_id=f"1 + n % {kocs}", customer_id="n", received_at=AT)
    fill(CouponUse, orders, id="n", coupon_id=f"1 + n % {kocs}", customer_id="n", order_key="'A-' || n", used_at=AT)


def _sales(brand: Brand, *, orders: int, kocs: int) -> None:
    fill(Plan, 20, id="n", brand_id=brand.pk, key="'p' || n", starts_at="now() - interval '400 days'")
    fill(Rule, 20, id="n", plan_id="n", position="1", rate_bps="1250")
    fill(
        Event, orders, id="n", brand_id=brand.pk, webhook_id="'w' || n", body_digest="'d'", type="'order.paid'",
        body="'{}'::jsonb", status="CASE n % 1000 WHEN 0 THEN 'refused' ELSE 'accepted' END", received_at=AT,
    )  # fmt: skip
    fill(
        Order, orders, id="n", brand_id=brand.pk, key="'A-' || n", paid_at=AT, customer_id="n", digest="'d'", received_at=AT,
        credited_at=AT, credit="'koc'", koc_id=f"1 + n % {kocs}", order_discount_minor="0", shipping_minor="0",
    )  # fmt: skip
    fill(
        OrderLine, orders, id="n", order_id="n", position="0", key="'1'", product_id="1 + n % 200", quantity="1",
        unit_price_minor="9900", base_minor="9900",
    )  # fmt: skip
    fill(Delivery, orders, id="n", brand_id=brand.pk, order_key="'A-' || n", delivered_at=AT, hold_ends_at=AT)
    fill(
        Refund, orders // 10, id="n", brand_id=brand.pk, order_key="'A-' || n", kind="'refund'", key="'R-' || n", status="'applied'",
        refunded_at=AT, received_at=AT,
    )  # fmt: skip
    fill(RefundLine, orders // 10, id="n", refund_id="n", line_key="'1'", amount_minor="100")
    fill(OrderVersion, orders, id="n", order_id="n", reported_at=AT, received_at=AT)
    fill(
        VersionLine, orders, id="n", version_id="n", key="'1'", product_id="1 + n % 200", quantity="1", unit_price_minor="9900",
        base_minor="9900",
    )  # fmt: skip
    fill(Decision, orders, id="n", brand_id=brand.pk, digest="'d' || n", seen="'{}'::jsonb", verdicts="'[]'::jsonb")


def _money(brand: Brand, maker: User, *, orders: int, kocs: int) -> None:
    koc, cny = f"1 + n % {kocs}", "'CNY'"
    fill(
        LineTerms,
        orders,
        line_id="n",
        plan_id="1 + n % 20",
        rule_id="1 + n % 20",
        rate_bps="1250",
        override_bps="0",
        total_cap_bps="3000",
    )
    fill(OrderCredit, orders, id="n", order_id="n", place="0", koc_id=koc, tier="'seed'", multiplier_bps="10000")
    fill(
        Commission, orders, id="n", brand_id=brand.pk, line_id="n", koc_id=koc, credit_id="n", level="1", amount_minor="1238", made_at=AT,
        status="(ARRAY['pending', 'approved', 'settled'])[1 + n % 3]",
    )  # fmt: skip
    fill(
        Reversal,
        orders // 10,
        id="n",
        commission_id="n",
        refund_id="n",
        amount_minor="100",
        happened_at=AT,
        booked_at=AT,
    )
    fill(RiskReview, orders // 100, id="n", commission_id="n", reason="'fraud'", opened_at=AT)
    fill(
        Signal,
        orders // 100,
        id="n",
        brand_id=brand.pk,
        kind="'refund_rate'",
        koc_id=koc,
        measured="6000",
        threshold="5000",
        found_at=AT,
    )
    fill(Wallet, kocs, id="n", brand_id=brand.pk, koc_id="n", kind="'pending'", currency=cny, balance_minor="1238")
    fill(
        Wallet,
        1,
        start=kocs + 1,
        id="n",
        brand_id=brand.pk,
        kind="'commissions'",
        currency=cny,
        balance_minor="NULL",
        folded_to=orders,
    )
    fill(
        Transfer, orders, id="n", source_id=f"CASE n % 2 WHEN 0 THEN {kocs + 1} ELSE {koc} END",
        target_id=f"CASE n % 2 WHEN 0 THEN {koc} ELSE {kocs + 1} END", amount_minor="1238",
        reason="CASE n % 2 WHEN 0 THEN 'accrual' ELSE 'approval' END", cause_id="n", moved_at=AT,
    )  # fmt: skip
    fill(
        Settlement,
        10,
        id="n",
        brand_id=brand.pk,
        currency=cny,
        period="'2025-' || lpad(n::text, 2, '0')",
        settled_at=AT,
    )
    fill(
        Statement, 10 * kocs, id="n", settlement_id=f"1 + (n - 1) / {kocs}", koc_id=f"1 + (n - 1) % {kocs}", currency=cny,
        period=f"'2025-' || lpad((1 + (n - 1) / {kocs})::text, 2, '0')", tax_method="'none'", status="'ready'", gross_minor="1238", net_minor="1238",
    )  # fmt: skip
    fill(StatementLine, orders, id="n", statement_id=f"1 + n % {10 * kocs}", commission_id="n", amount_minor="1238")
    fill(
        PayoutBatch, 20, id="n", brand_id=brand.pk, number="n", currency=cny, title="'b' || n", lines_count=kocs, total_minor=kocs,
        made_by_id=maker.pk, made_at=AT,
    )  # fmt: skip
    fill(
        PayoutLine, kocs, id="n", batch_id="1 + n % 20", position="1 + n / 20", statement_id="n", koc_id="n", amount_minor="1238",
        reference="'P' || lpad(n::text, 15, '0')",
    )  # fmt: skip
