"""The tables of what is earned, the laws that they keep, and the tax tables of the law."""

import json

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from pgtrigger.compiler import Trigger
from pgtrigger.migrations import AddTrigger

from foundation.postgres.triggers import KeyedTriggerSql, TriggerSql

# Django states no constraint on the end of a JSON list.
TAX_TABLE_ENDS = """
ALTER TABLE commissions_taxtable ADD CONSTRAINT tax_table_ends_without_a_limit
    CHECK (jsonb_typeof(brackets) = 'array' AND brackets #> '{-1,0}' IS NOT DISTINCT FROM 'null'::jsonb);
"""
# Balances move all day: with room beside each, the new one stays in its page and no index hears of it. Django has no
# word for the storage of a table.
ROOM = "ALTER TABLE commissions_wallet SET (fillfactor = 50);"
# What this project is told holds of each; a later law is a later row, added in the admin.
TAX_TABLES = [
    {
        "method": "cn_labour_service", "starts_on": "1994-01-01",
        "brackets": [[20_000, 20, 0], [50_000, 30, 2_000], [None, 40, 7_000]],
        "flat_deduction": 800, "flat_deduction_up_to": 4_000, "taxed_percent": 80, "monthly_deduction": 0,
        "source": "个人所得税法及实施条例: 劳务报酬所得 (800 / 4000 / 20 %, 20–40 %)",
    },
    {
        "method": "cn_platform_cumulative", "starts_on": "2019-01-01",
        "brackets": [
            [36_000, 3, 0], [144_000, 10, 2_520], [300_000, 20, 16_920], [420_000, 25, 31_920], [660_000, 30, 52_920], [960_000, 35, 85_920],
            [None, 45, 181_920],
        ],
        "flat_deduction": 0, "flat_deduction_up_to": 0, "taxed_percent": 80, "monthly_deduction": 5_000,
        "source": "个人所得税法 (2018) 综合所得税率表, 自 2019-01-01; 国家税务总局公告 2025 年第 16 号 (platforms, from 2025-10)",
    },
]
ADD_TAX_TABLE = """
INSERT INTO commissions_taxtable
    (method, starts_on, brackets, flat_deduction, flat_deduction_up_to, taxed_percent, monthly_deduction, source, added_at)
VALUES (%(method)s, %(starts_on)s, %(brackets)s, %(flat_deduction)s, %(flat_deduction_up_to)s, %(taxed_percent)s, %(monthly_deduction)s, %(source)s, now())
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("content", "0001_initial"), ("referrals", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(name="Campaign", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.SlugField(max_length=64)),
            ("name", models.CharField(blank=True, max_length=120)),
            ("kind", models.CharField(
                choices=[
                    ("new_customer", "first order of a new customer"), ("steps", "monthly steps of one's own base"),
                    ("bounty", "bounty a piece of a product"),
                ],
                max_length=12,
            )),
            ("starts_at", models.DateTimeField()),
            ("ends_at", models.DateTimeField(blank=True, null=True)),
            ("skus", ArrayField(base_field=models.CharField(max_length=64), blank=True, default=list, help_text="empty: every product", size=None)),
            ("fixed_minor", models.PositiveBigIntegerField(blank=True, help_text="per order (new customer) or per piece (bounty)", null=True)),
            ("steps", models.JSONField(
                blank=True, default=list, help_text="[[from_minor, rate_bps], …]: the part of the month's base above each mark earns its rate",
            )),
            ("budget_minor", models.PositiveBigIntegerField()),
            ("reserved_minor", models.PositiveBigIntegerField(default=0)),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("brand", "key"), name="campaign_key_once_per_brand"),
            models.CheckConstraint(
                condition=models.Q(("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"), name="campaign_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=models.Q(("reserved_minor__lte", models.F("budget_minor"))), name="campaign_stays_within_its_budget"),
            models.CheckConstraint(
                condition=models.Q(("kind", "steps"), ("fixed_minor__isnull", False), _connector="XOR"), name="campaign_pays_steps_or_a_fixed_amount",
            ),
        ]}),
        AddTrigger(model_name="campaign", trigger=Trigger(name="campaigns_are_not_rewritten", sql=TriggerSql(
            operation='UPDATE OF "brand_id", "key", "kind", "starts_at", "skus", "fixed_minor", "steps"', pgid="pgtrigger_campaigns_are_not_rewritten_2f1e1",
            table="commissions_campaign", when="BEFORE",
            func="IF ROW(NEW.brand_id, NEW.key, NEW.kind, NEW.starts_at, NEW.skus, NEW.fixed_minor, NEW.steps) IS DISTINCT FROM ROW(OLD.brand_id, OLD.key, OLD.kind, OLD.starts_at, OLD.skus, OLD.fixed_minor, OLD.steps) AND (OLD.reserved_minor > 0 OR EXISTS (SELECT FROM commissions_monthlyvolume WHERE campaign_id = OLD.id) OR EXISTS (\n    SELECT FROM commissions_order sale\n    JOIN commissions_orderline line ON line.order_id = sale.id\n    JOIN commissions_commission made ON made.line_id = line.id\n    WHERE sale.brand_id = OLD.brand_id AND sale.paid_at >= OLD.starts_at AND made.campaign_id = OLD.id\n)) THEN RAISE EXCEPTION 'campaign % has promised money, and what it pays stays as it is', OLD.id USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
        ))),
        AddTrigger(model_name="campaign", trigger=Trigger(name="campaigns_that_paid_stay", sql=KeyedTriggerSql(
            operation="DELETE", pgid="pgtrigger_campaigns_that_paid_stay_27bb0", table="commissions_campaign", when="BEFORE",
            func="IF EXISTS (SELECT FROM commissions_commission WHERE campaign_id = OLD.id) THEN RAISE EXCEPTION '% % is named by %', TG_TABLE_NAME, OLD.id, 'commissions_commission' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD;",
        ))),
        migrations.CreateModel(name="Order", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(
                db_collation="C", help_text="the shop's order number; of two paid at one instant the lower is the earlier", max_length=64,
            )),
            ("paid_at", models.DateTimeField()),
            ("awaited_click", models.BigIntegerField(
                blank=True, help_text="the number of a click that was answered, and is still on its way to the visits", null=True,
            )),
            ("order_discount_minor", models.PositiveBigIntegerField(default=0)),
            ("shipping_minor", models.PositiveBigIntegerField(default=0)),
            ("digest", models.CharField(help_text="of what was sold to whom; empty: it was amended, and its versions say", max_length=32)),
            ("reported_at", models.DateTimeField(help_text="when the shop said so; empty: at paid_at", null=True)),
            ("received_at", models.DateTimeField()),
            ("credited_at", models.DateTimeField(blank=True, null=True)),
            ("credit", models.CharField(
                blank=True,
                choices=[
                    ("", "not answered yet"), ("koc", "named by the shop"), ("click", "by a visit"), ("share", "by a share"),
                    ("shared", "several touches"), ("binding", "bound customer"), ("coupon", "by a coupon"), ("nobody", "nobody"),
                    ("self_purchase", "own purchase"),
                ],
                default="", max_length=13,
            )),
            ("customer_is_new", models.BooleanField(help_text="empty: a guest, or not answered yet", null=True)),
            ("credit_seen", models.JSONField(
                blank=True, help_text="what the credit was decided from: the policy of then, the visits seen, why nobody", null=True,
            )),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("customer", models.ForeignKey(
                blank=True, help_text="empty: a guest", null=True, on_delete=models.PROTECT, related_name="+", to="accounts.customer",
            )),
            ("given_click", models.ForeignKey(blank=True, null=True, on_delete=models.PROTECT, related_name="+", to="referrals.visit")),
            ("given_coupon", models.ForeignKey(blank=True, db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="referrals.coupon")),
            ("given_koc", models.ForeignKey(blank=True, null=True, on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("given_share", models.ForeignKey(blank=True, null=True, on_delete=models.PROTECT, related_name="+", to="referrals.share")),
            ("koc", models.ForeignKey(
                blank=True, help_text="the credited KOC; of several the one with the largest part", null=True, on_delete=models.PROTECT, related_name="+",
                to="accounts.koc",
            )),
            ("share", models.ForeignKey(
                blank=True, help_text="the share that is credited", null=True, on_delete=models.PROTECT, related_name="+", to="referrals.share",
            )),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("brand", "key"), name="order_key_once_per_brand"),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("credit", ""), ("credited_at", None)), models.Q(("credited_at__isnull", False), models.Q(("credit", ""), _negated=True)),
                    _connector="OR",
                ),
                name="order_answer_is_whole",
            ),
        ], "indexes": [
            models.Index(condition=models.Q(("credited_at", None)), fields=["brand", "paid_at", "key"], name="order_uncredited"),
            models.Index(fields=["brand", "-paid_at"], name="order_by_day"),
            models.Index(fields=["customer", "paid_at", "key"], name="order_by_customer"),
            models.Index(condition=models.Q(("share__isnull", False)), fields=["share"], name="order_by_share"),
        ]}),
        AddTrigger(model_name="order", trigger=Trigger(name="orders_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_orders_are_kept_fb8e7", table="commissions_order", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="OrderLine", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("position", models.PositiveIntegerField()),
            ("key", models.CharField(max_length=64)),
            ("quantity", models.PositiveIntegerField()),
            ("unit_price_minor", models.PositiveBigIntegerField()),
            ("discount_minor", models.PositiveBigIntegerField(default=0)),
            ("base_minor", models.PositiveBigIntegerField()),
            ("product", models.ForeignKey(db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="+", to="content.product")),
            ("order", models.ForeignKey(db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="lines", to="commissions.order")),
        ], options={"ordering": ["order", "position"], "constraints": [
            models.UniqueConstraint(fields=("order", "key"), name="order_line_once_per_order"),
            models.CheckConstraint(condition=models.Q(("quantity__gt", 0), ("base_minor", 0), _connector="OR"), name="order_line_sells_something"),
        ]}),
        AddTrigger(model_name="orderline", trigger=Trigger(name="order_lines_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_order_lines_are_kept_61d2a", table="commissions_orderline", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        AddTrigger(model_name="orderline", trigger=Trigger(name="lines_stay_in_one_brand", sql=KeyedTriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_lines_stay_in_one_brand_67592", referencing="REFERENCING NEW TABLE AS added ",
            table="commissions_orderline", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM added\n    LEFT JOIN commissions_order sale ON sale.id = added.order_id\n    LEFT JOIN content_product product ON product.id = added.product_id\n    WHERE sale.id IS NULL OR product.brand_id IS DISTINCT FROM sale.brand_id\n) THEN RAISE EXCEPTION 'an order line sells a product of its order''s brand' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        migrations.CreateModel(name="SignalSearch", fields=[
            ("brand", models.OneToOneField(on_delete=models.PROTECT, primary_key=True, related_name="+", serialize=False, to="accounts.brand")),
            ("searched_at", models.DateTimeField()),
        ]),
        migrations.CreateModel(name="Wallet", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(
                choices=[
                    ("pending", "pending"), ("approved", "approved"), ("settled", "settled"), ("paying", "paying"), ("debt", "debt"),
                    ("subsidy", "budget to hand on"), ("commissions", "the brand's commissions"), ("subsidies", "the brand's subsidies"),
                    ("write_offs", "debts written off"), ("tax", "tax withheld"), ("paid", "paid out by the bank"),
                ],
                max_length=12,
            )),
            ("currency", models.CharField(max_length=3)),
            ("balance_minor", models.BigIntegerField(blank=True, help_text="cached for a KOC's wallet; empty for a brand's, which is folded", null=True)),
            ("brand", models.ForeignKey(db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("koc", models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("brand", "koc", "kind", "currency"), name="wallet_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(("koc", None), ("balance_minor__isnull", False), _connector="XOR"), name="wallet_of_a_koc_has_a_balance",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["pending", "approved", "settled", "paying", "debt", "subsidy"]), ("koc__isnull", False)),
                    models.Q(("kind__in", ["commissions", "subsidies", "write_offs", "tax", "paid"]), ("koc", None)), _connector="OR",
                ),
                name="wallet_kind_fits_its_owner",
            ),
            models.CheckConstraint(
                condition=models.Q(("balance_minor", None), ("kind", "debt"), ("balance_minor__gte", 0), _connector="OR"),
                name="wallet_is_not_overdrawn",
            ),
        ]}),
        AddTrigger(model_name="wallet", trigger=Trigger(name="wallets_stay_in_one_brand", sql=KeyedTriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_wallets_stay_in_one_brand_00945", referencing="REFERENCING NEW TABLE AS added ",
            table="commissions_wallet", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM added\n    LEFT JOIN accounts_brand brand ON brand.id = added.brand_id\n    LEFT JOIN accounts_koc koc ON koc.id = added.koc_id\n    WHERE brand.id IS NULL OR added.koc_id IS NOT NULL AND koc.brand_id IS DISTINCT FROM added.brand_id\n) THEN RAISE EXCEPTION 'a wallet is of a brand, or of a KOC of the brand' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        AddTrigger(model_name="wallet", trigger=Trigger(name="wallets_stay", sql=TriggerSql(
            condition="WHEN (ROW(NEW.id, NEW.brand_id, NEW.koc_id, NEW.currency) IS DISTINCT FROM ROW(OLD.id, OLD.brand_id, OLD.koc_id, OLD.currency))",
            operation='UPDATE OF "id", "brand_id", "koc_id", "currency"', pgid="pgtrigger_wallets_stay_539f6", table="commissions_wallet", when="AFTER",
            func="RAISE EXCEPTION 'what a row of % is, and is of, stays: UPDATE refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        AddTrigger(model_name="wallet", trigger=Trigger(name="wallets_are_kept", sql=TriggerSql(
            operation="DELETE", pgid="pgtrigger_wallets_are_kept_6592e", table="commissions_wallet", when="BEFORE",
            func="RAISE EXCEPTION 'a wallet stays where it is: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="Transfer", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("amount_minor", models.PositiveBigIntegerField()),
            ("reason", models.CharField(
                choices=[
                    ("accrual", "a commission was made"), ("reversal", "a refund, amendment or review changed it"), ("approval", "the hold ended"),
                    ("settlement", "put on a statement"), ("debt_advance", "taken back after the period's end: the next one owes it"),
                    ("debt_recovery", "a debt was taken off"), ("tax", "tax withheld"), ("reopened_settlement", "reopened: put on a statement"),
                    ("reopened_debt_advance", "reopened: taken back after the end"), ("reopened_debt_recovery", "reopened: a debt taken off"),
                    ("reopened_tax", "reopened: tax withheld"), ("reopened_reversal", "reopened: what refunds took since"),
                    ("subsidy", "a KOC's own part of a subsidy"), ("grant", "a budget to hand on"), ("allocation", "handed on as money"),
                    ("passing", "handed on as a right"), ("expiry", "a budget expired"), ("write_off", "a debt was written off"),
                    ("payout", "given to the bank"), ("paid", "the bank paid"), ("returned", "the bank failed"),
                ],
                max_length=24,
            )),
            ("cause_id", models.BigIntegerField(help_text="the row that moved it, by reason")),
            ("moved_at", models.DateTimeField()),
            ("source", models.ForeignKey(db_constraint=False, on_delete=models.PROTECT, related_name="outgoing", to="commissions.wallet")),
            ("target", models.ForeignKey(db_constraint=False, on_delete=models.PROTECT, related_name="incoming", to="commissions.wallet")),
        ], options={"constraints": [
            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="transfer_moves_a_positive_amount"),
            models.CheckConstraint(condition=models.Q(("source", models.F("target")), _negated=True), name="transfer_goes_somewhere_else"),
            models.UniqueConstraint(fields=("reason", "cause_id"), name="transfer_once_per_reason_and_cause"),
        ]}),
        AddTrigger(model_name="transfer", trigger=Trigger(name="transfers_stay_in_one_book", sql=KeyedTriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_transfers_stay_in_one_book_a7361", referencing="REFERENCING NEW TABLE AS added ",
            table="commissions_transfer", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM added\n    LEFT JOIN commissions_wallet source ON source.id = added.source_id\n    LEFT JOIN commissions_wallet target ON target.id = added.target_id\n    WHERE source.id IS NULL OR target.id IS NULL OR source.currency <> target.currency OR source.brand_id <> target.brand_id\n) THEN RAISE EXCEPTION 'a transfer goes between two wallets of one currency and one brand' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        AddTrigger(model_name="transfer", trigger=Trigger(name="transfers_are_append_only", sql=TriggerSql(
            level="STATEMENT", operation="UPDATE OR DELETE OR TRUNCATE", pgid="pgtrigger_transfers_are_append_only_dd41b", table="commissions_transfer",
            when="BEFORE", func="RAISE EXCEPTION 'transfers are append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="BrandWithWallets", fields=[], options={"proxy": True, "default_permissions": ()}, bases=("accounts.brand",)),
        AddTrigger(model_name="brandwithwallets", trigger=Trigger(name="brands_with_wallets_stay", sql=KeyedTriggerSql(
            operation="DELETE", pgid="pgtrigger_brands_with_wallets_stay_a5402", table="accounts_brand", when="BEFORE",
            func="IF EXISTS (SELECT FROM commissions_wallet WHERE brand_id = OLD.id) THEN RAISE EXCEPTION '% % is named by %', TG_TABLE_NAME, OLD.id, 'commissions_wallet' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD;",
        ))),
        migrations.CreateModel(name="CreditedShare", fields=[], options={"proxy": True, "default_permissions": ()}, bases=("referrals.share",)),
        AddTrigger(model_name="creditedshare", trigger=Trigger(name="credited_shares_stay", sql=KeyedTriggerSql(
            operation="DELETE", pgid="pgtrigger_credited_shares_stay_75a65", table="referrals_share", when="BEFORE",
            func="IF EXISTS (SELECT FROM commissions_ordercredit WHERE share_id = OLD.id) THEN RAISE EXCEPTION '% % is named by %', TG_TABLE_NAME, OLD.id, 'commissions_ordercredit' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD;",
        ))),
        migrations.CreateModel(name="KocWithStatements", fields=[], options={"proxy": True, "default_permissions": ()}, bases=("accounts.koc",)),
        AddTrigger(model_name="kocwithstatements", trigger=Trigger(name="kocs_with_statements_stay", sql=KeyedTriggerSql(
            operation="DELETE", pgid="pgtrigger_kocs_with_statements_stay_8cf22", table="accounts_koc", when="BEFORE",
            func="IF EXISTS (SELECT FROM commissions_statement WHERE koc_id = OLD.id) THEN RAISE EXCEPTION '% % is named by %', TG_TABLE_NAME, OLD.id, 'commissions_statement' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD;",
        ))),
        migrations.CreateModel(name="KocWithWallets", fields=[], options={"proxy": True, "default_permissions": ()}, bases=("accounts.koc",)),
        AddTrigger(model_name="kocwithwallets", trigger=Trigger(name="kocs_with_wallets_stay", sql=KeyedTriggerSql(
            operation="DELETE", pgid="pgtrigger_kocs_with_wallets_stay_fb74c", table="accounts_koc", when="BEFORE",
            func="IF EXISTS (SELECT FROM commissions_wallet WHERE koc_id = OLD.id) THEN RAISE EXCEPTION '% % is named by %', TG_TABLE_NAME, OLD.id, 'commissions_wallet' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD;",
        ))),
        migrations.CreateModel(name="NamedKoc", fields=[], options={"proxy": True, "default_permissions": ()}, bases=("accounts.koc",)),
        AddTrigger(model_name="namedkoc", trigger=Trigger(name="credited_kocs_stay", sql=KeyedTriggerSql(
            operation="DELETE", pgid="pgtrigger_credited_kocs_stay_2f47c", table="accounts_koc", when="BEFORE",
            func="IF EXISTS (SELECT FROM commissions_ordercredit WHERE koc_id = OLD.id) THEN RAISE EXCEPTION '% % is named by %', TG_TABLE_NAME, OLD.id, 'commissions_ordercredit' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD;",
        ))),
        AddTrigger(model_name="namedkoc", trigger=Trigger(name="sponsors_named_stay", sql=KeyedTriggerSql(
            operation="DELETE", pgid="pgtrigger_sponsors_named_stay_216be", table="accounts_koc", when="BEFORE",
            func="IF EXISTS (SELECT FROM commissions_ordercredit WHERE sponsor_id = OLD.id) THEN RAISE EXCEPTION '% % is named by %', TG_TABLE_NAME, OLD.id, 'commissions_ordercredit' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD;",
        ))),
        AddTrigger(model_name="namedkoc", trigger=Trigger(name="kocs_who_earned_stay", sql=KeyedTriggerSql(
            operation="DELETE", pgid="pgtrigger_kocs_who_earned_stay_3a361", table="accounts_koc", when="BEFORE",
            func="IF EXISTS (SELECT FROM commissions_commission WHERE koc_id = OLD.id) THEN RAISE EXCEPTION '% % is named by %', TG_TABLE_NAME, OLD.id, 'commissions_commission' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD;",
        ))),
        migrations.CreateModel(name="SoldProduct", fields=[], options={"proxy": True, "default_permissions": ()}, bases=("content.product",)),
        AddTrigger(model_name="soldproduct", trigger=Trigger(name="sold_products_stay", sql=KeyedTriggerSql(
            operation="DELETE", pgid="pgtrigger_sold_products_stay_97f1c", table="content_product", when="BEFORE",
            func="IF EXISTS (SELECT FROM commissions_orderline WHERE product_id = OLD.id) THEN RAISE EXCEPTION '% % is named by %', TG_TABLE_NAME, OLD.id, 'commissions_orderline' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD;",
        ))),
        migrations.CreateModel(name="Acknowledgement", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("acknowledged_by", models.CharField(max_length=120)),
            ("acknowledged_at", models.DateTimeField()),
            ("version", models.CharField(blank=True, help_text="of the text; empty: what was read was not recorded then", max_length=20)),
            ("text", models.TextField(blank=True, help_text="what was read, as it stood")),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"constraints": [
            models.CheckConstraint(condition=models.Q(("acknowledged_by", ""), _negated=True), name="acknowledgement_has_a_name"),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("text", ""), ("version", "")), models.Q(models.Q(("version", ""), _negated=True), models.Q(("text", ""), _negated=True)),
                    _connector="OR",
                ),
                name="acknowledgement_text_has_a_version",
            ),
        ]}),
        AddTrigger(model_name="acknowledgement", trigger=Trigger(name="acknowledgements_are_append_only", sql=TriggerSql(
            level="STATEMENT", operation="UPDATE OR DELETE", pgid="pgtrigger_acknowledgements_are_append_only_373a4", table="commissions_acknowledgement",
            when="BEFORE", func="RAISE EXCEPTION 'acknowledgements are append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="Decision", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("digest", models.CharField(help_text="of what was looked at", max_length=32)),
            ("seen", models.JSONField()),
            ("verdicts", models.JSONField()),
            ("brand", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"constraints": [models.UniqueConstraint(fields=("brand", "digest"), name="decision_once")]}),
        AddTrigger(model_name="decision", trigger=Trigger(name="decisions_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_decisions_are_kept_25c38", table="commissions_decision", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="Delivery", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("order_key", models.CharField(db_collation="C", max_length=64)),
            ("delivered_at", models.DateTimeField()),
            ("hold_ends_at", models.DateTimeField()),
            ("matured", models.BooleanField(default=False)),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"verbose_name_plural": "deliveries", "constraints": [
            models.UniqueConstraint(fields=("brand", "order_key"), name="delivery_once_per_order"),
        ], "indexes": [
            models.Index(condition=models.Q(("matured", False)), fields=["brand", "hold_ends_at"], name="delivery_immature"),
        ]}),
        migrations.CreateModel(name="Event", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("webhook_id", models.CharField(max_length=255)),
            ("body_digest", models.CharField(max_length=64)),
            ("type", models.CharField(max_length=40)),
            ("body", models.JSONField()),
            ("status", models.CharField(choices=[("accepted", "accepted"), ("refused", "refused")], max_length=8)),
            ("refusal", models.TextField(blank=True)),
            ("received_at", models.DateTimeField()),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("brand", "webhook_id"), name="event_once_per_webhook_id"),
        ], "indexes": [
            models.Index(fields=["brand", "status", "-received_at"], name="event_by_status"),
        ]}),
        migrations.CreateModel(name="Export", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(choices=[("commissions", "commissions"), ("statements", "statements")], max_length=11)),
            ("period", models.CharField(help_text="YYYY-MM", max_length=7)),
            ("format", models.CharField(choices=[("csv", "CSV"), ("xlsx", "XLSX")], default="xlsx", max_length=4)),
            ("status", models.CharField(
                choices=[
                    ("waiting", "waiting"), ("running", "being written"), ("done", "ready"), ("failed", "failed"), ("expired", "expired"),
                ],
                default="waiting", max_length=7,
            )),
            ("rows", models.PositiveBigIntegerField(help_text="empty: not counted yet", null=True)),
            ("rows_done", models.PositiveBigIntegerField(default=0)),
            ("attempts", models.PositiveSmallIntegerField(default=0, help_text="how often a worker began it")),
            ("asked_at", models.DateTimeField()),
            ("started_at", models.DateTimeField(null=True)),
            ("file", models.CharField(blank=True, help_text="its name among the exports; empty: there is none (any more)", max_length=40)),
            ("bytes", models.PositiveBigIntegerField(null=True)),
            ("refusal", models.CharField(blank=True, max_length=300)),
            ("asked_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"constraints": [
            models.UniqueConstraint(
                condition=models.Q(("status__in", ["waiting", "running"])), fields=("brand", "kind", "period", "format"), name="export_one_at_work",
            ),
            models.CheckConstraint(condition=models.Q(("status", "done"), ("file", ""), _connector="XOR"), name="export_has_a_file_when_done"),
        ], "indexes": [
            models.Index(condition=models.Q(("status__in", ["waiting", "running"])), fields=["asked_at", "id"], name="export_at_work"),
        ]}),
        migrations.CreateModel(name="IntakeSecret", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("secret_sealed", models.TextField()),
            ("last4", models.CharField(max_length=4)),
            ("made_at", models.DateTimeField()),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"constraints": [models.CheckConstraint(condition=models.Q(("secret_sealed__regex", "^gAAAAA")), name="intake_secret_is_sealed")]}),
        migrations.CreateModel(name="LedgerCheck", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("checked_at", models.DateTimeField()),
            ("laws", models.PositiveSmallIntegerField(help_text="how many were looked at")),
            ("fault_count", models.PositiveBigIntegerField()),
            ("faults", models.JSONField(default=list, help_text="the first hundred")),
            ("seconds", models.FloatField(help_text="of the whole run, in which every brand was looked at together")),
            ("brand", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"constraints": [
            models.CheckConstraint(
                condition=models.Q(("fault_count", 0), models.Q(("faults", []), _negated=True), _connector="XOR"), name="ledger_check_names_its_faults",
            ),
        ], "indexes": [
            models.Index(fields=["brand", "-checked_at"], name="ledger_check_by_brand"),
        ]}),
        migrations.CreateModel(name="MonthlyVolume", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("period", models.CharField(max_length=7)),
            ("base_minor", models.PositiveBigIntegerField()),
            ("campaign", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="commissions.campaign")),
            ("koc", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
        ], options={"constraints": [models.UniqueConstraint(fields=("campaign", "koc", "period"), name="monthly_base_once")]}),
        migrations.CreateModel(name="OrderCredit", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("place", models.PositiveSmallIntegerField()),
            ("no_level_2", models.CharField(
                blank=True,
                choices=[
                    ("one_level", "the brand paid one level"), ("no_sponsor", "had no sponsor"), ("not_active", "the sponsor was not active"),
                ],
                db_default="", default="", help_text="why nobody is paid level 2", max_length=10,
            )),
            ("credit_bps", models.PositiveIntegerField(default=10000)),
            ("tier", models.CharField(max_length=50)),
            ("multiplier_bps", models.PositiveIntegerField()),
            ("channel", models.CharField(blank=True, max_length=12)),
            ("koc", models.ForeignKey(db_constraint=False, on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("order", models.ForeignKey(db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="credits", to="commissions.order")),
            ("share", models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="referrals.share")),
            ("sponsor", models.ForeignKey(
                db_constraint=False, db_index=False, help_text="who is paid level 2, if anybody", null=True, on_delete=models.PROTECT, related_name="+",
                to="accounts.koc",
            )),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("order", "koc"), name="order_credit_once_per_koc"),
            models.CheckConstraint(condition=models.Q(("credit_bps__gt", 0), ("credit_bps__lte", 10000)), name="order_credit_is_a_part"),
        ]}),
        AddTrigger(model_name="ordercredit", trigger=Trigger(name="credits_stay_in_one_brand", sql=KeyedTriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_credits_stay_in_one_brand_e38f0", referencing="REFERENCING NEW TABLE AS added ",
            table="commissions_ordercredit", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM added\n    LEFT JOIN commissions_order sale ON sale.id = added.order_id\n    LEFT JOIN accounts_koc koc ON koc.id = added.koc_id\n    LEFT JOIN accounts_koc sponsor ON sponsor.id = added.sponsor_id\n    LEFT JOIN referrals_share share ON share.id = added.share_id\n    WHERE sale.id IS NULL OR koc.brand_id IS DISTINCT FROM sale.brand_id\n        OR added.sponsor_id IS NOT NULL AND sponsor.brand_id IS DISTINCT FROM sale.brand_id\n        OR added.share_id IS NOT NULL AND share.brand_id IS DISTINCT FROM sale.brand_id\n) THEN RAISE EXCEPTION 'credit names a KOC, a sponsor and a share of the order''s brand' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        AddTrigger(model_name="ordercredit", trigger=Trigger(name="credits_sum_to_the_whole", sql=KeyedTriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_credits_sum_to_the_whole_bbbcb", referencing="REFERENCING NEW TABLE AS added ",
            table="commissions_ordercredit", when="AFTER",
            func="IF EXISTS (SELECT FROM added GROUP BY order_id HAVING sum(credit_bps) <> 10000) THEN RAISE EXCEPTION 'the credit for an order sums to 10000 bps' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        AddTrigger(model_name="ordercredit", trigger=Trigger(name="credits_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_credits_are_kept_c8bcc", table="commissions_ordercredit", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="MissedBonus", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("amount_minor", models.PositiveBigIntegerField(help_text="what it would have been")),
            ("because", models.CharField(choices=[("guard", "the guard"), ("budget", "the budget")], max_length=6)),
            ("campaign", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="commissions.campaign")),
            ("line", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="commissions.orderline")),
            ("credit", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="commissions.ordercredit")),
        ], options={"verbose_name_plural": "missed bonuses", "constraints": [
            models.UniqueConstraint(fields=("line", "credit", "campaign"), name="missed_bonus_once"),
            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="missed_bonus_was_something"),
        ]}),
        AddTrigger(model_name="missedbonus", trigger=Trigger(name="missed_bonuses_stay_in_one_brand", sql=KeyedTriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_missed_bonuses_stay_in_one_brand_16c0b", referencing="REFERENCING NEW TABLE AS added ",
            table="commissions_missedbonus", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM added\n    LEFT JOIN commissions_orderline line ON line.id = added.line_id\n    LEFT JOIN commissions_order sale ON sale.id = line.order_id\n    LEFT JOIN commissions_ordercredit credit ON credit.id = added.credit_id\n    LEFT JOIN commissions_campaign campaign ON campaign.id = added.campaign_id\n    WHERE credit.order_id IS DISTINCT FROM sale.id OR campaign.brand_id IS DISTINCT FROM sale.brand_id\n) THEN RAISE EXCEPTION 'a missed bonus names a credit of its order and a campaign of its brand' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        AddTrigger(model_name="missedbonus", trigger=Trigger(name="missed_bonuses_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_missed_bonuses_are_kept_0ea37", table="commissions_missedbonus", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="OrderVersion", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("reported_at", models.DateTimeField()),
            ("order_discount_minor", models.PositiveBigIntegerField(default=0)),
            ("shipping_minor", models.PositiveBigIntegerField(default=0)),
            ("status", models.CharField(choices=[("waiting", "waits to be applied"), ("applied", "applied")], default="waiting", max_length=8)),
            ("received_at", models.DateTimeField()),
            ("answered", models.BooleanField(db_default=False, default=False, help_text="the order stood so when it was answered")),
            ("order", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="versions", to="commissions.order")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("order", "reported_at"), name="order_version_once"),
            models.UniqueConstraint(condition=models.Q(("answered", True)), fields=("order",), name="order_version_answered_once"),
        ], "indexes": [
            models.Index(condition=models.Q(("status", "waiting")), fields=["order"], name="order_version_waiting"),
        ]}),
        migrations.CreateModel(name="VersionLine", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(max_length=64)),
            ("quantity", models.PositiveIntegerField()),
            ("unit_price_minor", models.PositiveBigIntegerField()),
            ("discount_minor", models.PositiveBigIntegerField(default=0)),
            ("base_minor", models.PositiveBigIntegerField()),
            ("product", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="content.product")),
            ("version", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="lines", to="commissions.orderversion")),
        ], options={"constraints": [models.UniqueConstraint(fields=("version", "key"), name="version_line_once")]}),
        migrations.CreateModel(name="Payee", fields=[
            ("user", models.OneToOneField(on_delete=models.PROTECT, primary_key=True, related_name="+", serialize=False, to=settings.AUTH_USER_MODEL)),
            ("method", models.CharField(choices=[("bank", "bank card"), ("alipay", "Alipay"), ("wechat", "WeChat Pay")], max_length=6)),
            ("bank", models.CharField(blank=True, max_length=80)),
            ("id_type", models.CharField(choices=[("cn_id", "resident identity card"), ("other", "another document")], max_length=5)),
            ("name_sealed", models.TextField()),
            ("id_number_sealed", models.TextField()),
            ("account_sealed", models.TextField()),
            ("id_number_last4", models.CharField(max_length=4)),
            ("account_last4", models.CharField(max_length=4)),
            ("person", models.CharField(db_index=True, help_text="a keyed digest of the id number: the same for two logins of one person", max_length=64)),
            ("updated_at", models.DateTimeField()),
        ], options={"constraints": [
            models.CheckConstraint(
                condition=models.Q(("account_sealed__regex", "^gAAAAA"), ("id_number_sealed__regex", "^gAAAAA"), ("name_sealed__regex", "^gAAAAA")),
                name="payee_is_sealed",
            ),
            models.CheckConstraint(condition=models.Q(("person__regex", "^[0-9a-f]{64}$")), name="payee_person_is_a_digest"),
            models.CheckConstraint(condition=models.Q(("method__in", ["bank", "alipay", "wechat"])), name="payee_method_is_known"),
        ]}),
        migrations.CreateModel(name="PayeeRead", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("who", models.CharField(help_text="the reader as they were called, or the command", max_length=120)),
            ("why", models.CharField(max_length=200)),
            ("read_at", models.DateTimeField()),
            ("brand", models.ForeignKey(help_text="for which brand", on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("reader", models.ForeignKey(
                blank=True, help_text="empty: a command", null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
            )),
            ("user", models.ForeignKey(help_text="whose record", on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ], options={"constraints": [
            models.CheckConstraint(
                condition=models.Q(models.Q(("who", ""), _negated=True), models.Q(("why", ""), _negated=True)), name="payee_read_says_who_and_why",
            ),
        ], "indexes": [
            models.Index(fields=["user", "-read_at"], name="payee_read_by_user"),
            models.Index(fields=["brand", "-read_at"], name="payee_read_by_brand"),
        ]}),
        AddTrigger(model_name="payeeread", trigger=Trigger(name="payee_reads_are_append_only", sql=TriggerSql(
            level="STATEMENT", operation="UPDATE OR DELETE OR TRUNCATE", pgid="pgtrigger_payee_reads_are_append_only_cdae7", table="commissions_payeeread",
            when="BEFORE", func="RAISE EXCEPTION 'rows of % are only added: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="PayoutBatch", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.PositiveIntegerField(help_text="1, 2, 3 … of the brand")),
            ("currency", models.CharField(max_length=3)),
            ("title", models.CharField(help_text="what payees read beside the payment", max_length=32)),
            ("status", models.CharField(
                choices=[
                    ("draft", "draft"), ("approved", "approved"), ("exported", "exported"), ("closed", "closed"), ("cancelled", "cancelled"),
                ],
                default="draft", max_length=9,
            )),
            ("lines_count", models.PositiveIntegerField(help_text="without those that were taken out")),
            ("total_minor", models.PositiveBigIntegerField(help_text="the sum of these lines")),
            ("made_at", models.DateTimeField()),
            ("approved_at", models.DateTimeField(null=True)),
            ("exported_at", models.DateTimeField(null=True)),
            ("template_key", models.CharField(blank=True, help_text="the layout that it was first exported in", max_length=40)),
            ("template_text", models.TextField(blank=True, help_text="the layout as it was then: the same file can be made again")),
            ("closed_at", models.DateTimeField(null=True)),
            ("cancelled_at", models.DateTimeField(null=True)),
            ("approved_by", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("cancelled_by", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("exported_by", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("made_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ], options={"verbose_name_plural": "payout batches", "constraints": [
            models.UniqueConstraint(fields=("brand", "number"), name="payout_batch_number_once_per_brand"),
            models.CheckConstraint(
                condition=models.Q(("approved_by", None), models.Q(("approved_by", models.F("made_by")), _negated=True), _connector="OR"),
                name="payout_batch_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at__isnull", False), ("approved_by__isnull", False), ("lines_count__gt", 0)),
                    models.Q(("approved_at", None), ("approved_by", None), ("status__in", ["draft", "cancelled"])), _connector="OR",
                ),
                name="payout_batch_says_who_approved_it",
            ),
            models.CheckConstraint(
                condition=models.Q(models.Q(("status", "draft"), _negated=True), ("approved_by", None), _connector="OR"),
                name="payout_batch_that_is_a_draft_is_not_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("exported_at__isnull", False), ("exported_by__isnull", False), ("status__in", ["exported", "closed"]),
                        models.Q(("template_key", ""), _negated=True),
                    ),
                    models.Q(
                        ("exported_at", None), ("exported_by", None), ("status__in", ["draft", "approved", "cancelled"]), ("template_key", ""),
                    ),
                    _connector="OR",
                ),
                name="payout_batch_says_who_exported_it",
            ),
            models.CheckConstraint(
                condition=models.Q(("status", "closed"), ("closed_at", None), _connector="XOR"), name="payout_batch_says_when_it_was_closed",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_at__isnull", False), ("cancelled_by__isnull", False), ("status", "cancelled")),
                    models.Q(models.Q(("status", "cancelled"), _negated=True), ("cancelled_at", None), ("cancelled_by", None)), _connector="OR",
                ),
                name="payout_batch_says_who_cancelled_it",
            ),
        ]}),
        AddTrigger(model_name="payoutbatch", trigger=Trigger(name="payout_batches_move_on", sql=TriggerSql(
            declare="DECLARE told_count bigint; told_total numeric;", operation="UPDATE", pgid="pgtrigger_payout_batches_move_on_0eb81",
            table="commissions_payoutbatch", when="BEFORE",
            func="IF (NEW.id, NEW.brand_id, NEW.number, NEW.currency, NEW.made_by_id, NEW.made_at)\n    IS DISTINCT FROM (OLD.id, OLD.brand_id, OLD.number, OLD.currency, OLD.made_by_id, OLD.made_at)\n    OR OLD.approved_at IS NOT NULL AND (NEW.approved_by_id, NEW.approved_at, NEW.lines_count, NEW.total_minor, NEW.title)\n        IS DISTINCT FROM (OLD.approved_by_id, OLD.approved_at, OLD.lines_count, OLD.total_minor, OLD.title)\n    OR OLD.exported_at IS NOT NULL AND (NEW.exported_by_id, NEW.exported_at, NEW.template_key, NEW.template_text)\n        IS DISTINCT FROM (OLD.exported_by_id, OLD.exported_at, OLD.template_key, OLD.template_text) THEN\n    RAISE EXCEPTION 'what is said of a payout batch stays said' USING ERRCODE = 'integrity_constraint_violation';\nEND IF;\nIF NEW.status <> OLD.status THEN\n    IF (OLD.status, NEW.status) NOT IN\n        (('draft', 'approved'), ('draft', 'cancelled'), ('approved', 'exported'), ('approved', 'cancelled'), ('exported', 'closed')) THEN\n        RAISE EXCEPTION 'a payout batch does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'integrity_constraint_violation';\n    END IF;\n    SELECT count(*), COALESCE(sum(amount_minor), 0) INTO told_count, told_total\n    FROM commissions_payoutline WHERE batch_id = NEW.id AND status = 'waiting';\n    IF NEW.status IN ('approved', 'exported') AND (told_count, told_total) IS DISTINCT FROM (NEW.lines_count::bigint, NEW.total_minor::numeric) THEN\n        RAISE EXCEPTION 'payout batch % says % lines of %, it has % of %', NEW.id, NEW.lines_count, NEW.total_minor, told_count, told_total\n            USING ERRCODE = 'integrity_constraint_violation';\n    END IF;\n    IF NEW.status = 'closed' AND told_count > 0 THEN\n        RAISE EXCEPTION 'payout batch % still waits for % results', NEW.id, told_count USING ERRCODE = 'integrity_constraint_violation';\n    END IF;\nEND IF;\nRETURN NEW;",
        ))),
        AddTrigger(model_name="payoutbatch", trigger=Trigger(name="payout_batches_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_payout_batches_are_kept_3ab6b", table="commissions_payoutbatch", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="PayoutTemplate", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.SlugField(max_length=40)),
            ("text", models.TextField(help_text="YAML: see docs/payouts.md", max_length=20000)),
            ("written_at", models.DateTimeField()),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("written_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ], options={"constraints": [models.UniqueConstraint(fields=("brand", "key"), name="payout_template_key_once_per_brand")]}),
        migrations.CreateModel(name="PayPolicy", fields=[
            ("brand", models.OneToOneField(on_delete=models.PROTECT, primary_key=True, related_name="+", serialize=False, to="accounts.brand")),
            ("hold_days", models.PositiveIntegerField(default=7)),
            ("hold_rule", models.CharField(
                choices=[("day_after", "days counted from the day after delivery"), ("rolling", "24-hour days from the delivery")],
                default="day_after", max_length=9,
            )),
            ("paid_levels", models.PositiveSmallIntegerField(default=1)),
            ("level2_acknowledged_by", models.CharField(blank=True, max_length=120)),
            ("level2_acknowledged_at", models.DateTimeField(blank=True, null=True)),
            ("total_cap_bps", models.PositiveIntegerField(default=3000)),
            ("min_payout_minor", models.PositiveBigIntegerField(default=1000)),
            ("rate_protection_days", models.PositiveIntegerField(default=30, help_text="a lower rate reaches older shares only after so many days")),
            ("withdrawals", models.BooleanField(default=False, help_text="KOCs may ask for their money beside the monthly run")),
            ("tax", models.CharField(
                choices=[("none", "none"), ("cn_labour_service", "labour service"), ("cn_platform_cumulative", "platform, cumulative")], default="cn_labour_service", max_length=24,
            )),
        ], options={"verbose_name_plural": "pay policies", "constraints": [
            models.CheckConstraint(condition=models.Q(("paid_levels__in", [1, 2])), name="pay_policy_pays_one_or_two_levels"),
            models.CheckConstraint(
                condition=models.Q(
                    ("paid_levels", 1), models.Q(models.Q(("level2_acknowledged_by", ""), _negated=True), ("level2_acknowledged_at__isnull", False)),
                    _connector="OR",
                ),
                name="pay_policy_level_2_is_acknowledged",
            ),
            models.CheckConstraint(condition=models.Q(("total_cap_bps__lte", 10000)), name="pay_policy_cap_is_at_most_all"),
        ]}),
        migrations.CreateModel(name="Plan", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.SlugField(max_length=64)),
            ("version", models.PositiveIntegerField(default=1)),
            ("starts_at", models.DateTimeField()),
            ("ends_at", models.DateTimeField(blank=True, null=True)),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("brand", "key", "version"), name="plan_version_once_per_brand"),
            models.CheckConstraint(
                condition=models.Q(("ends_at", None), ("ends_at__gt", models.F("starts_at")), _connector="OR"), name="plan_ends_after_it_starts",
            ),
            ExclusionConstraint(
                deferrable=models.Deferrable.DEFERRED,
                expressions=[
                    (models.Func("brand_id", "brand_id", models.Value("[]"), function="int8range"), "&&"),
                    (models.Func("starts_at", "ends_at", function="tstzrange"), "&&"),
                ],
                name="plans_of_a_brand_do_not_overlap",
            ),
        ], "indexes": [
            models.Index(fields=["brand", "starts_at"], name="plan_by_start"),
        ]}),
        AddTrigger(model_name="plan", trigger=Trigger(name="plans_are_not_rewritten", sql=TriggerSql(
            operation="UPDATE", pgid="pgtrigger_plans_are_not_rewritten_6d952", table="commissions_plan", when="BEFORE",
            func="IF ROW(NEW.brand_id, NEW.key, NEW.version, NEW.starts_at) IS DISTINCT FROM ROW(OLD.brand_id, OLD.key, OLD.version, OLD.starts_at) AND EXISTS (\n    SELECT FROM commissions_plan plan\n    JOIN commissions_order sale ON sale.brand_id = plan.brand_id AND sale.paid_at >= plan.starts_at AND sale.credited_at IS NOT NULL\n    JOIN commissions_orderline line ON line.order_id = sale.id\n    JOIN commissions_lineterms answer ON answer.line_id = line.id\n    WHERE plan.id = OLD.id AND OLD.id IN (answer.plan_id, answer.protected_from_id)\n) THEN RAISE EXCEPTION 'plan % has answered orders, and stays as it is', OLD.id USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
        ))),
        AddTrigger(model_name="plan", trigger=Trigger(name="plans_end_after_their_orders", sql=TriggerSql(
            operation="UPDATE", pgid="pgtrigger_plans_end_after_their_orders_4d437", table="commissions_plan", when="BEFORE",
            func="IF ROW(NEW.ends_at) IS DISTINCT FROM ROW(OLD.ends_at) AND EXISTS (\n    SELECT FROM commissions_order sale\n    JOIN commissions_orderline line ON line.order_id = sale.id\n    JOIN commissions_lineterms answer ON answer.line_id = line.id\n    WHERE sale.brand_id = OLD.brand_id AND sale.paid_at >= NEW.ends_at AND OLD.id = COALESCE(answer.protected_from_id, answer.plan_id)\n) THEN RAISE EXCEPTION 'plan % has answered an order that was paid later than its end would be', OLD.id USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
        ))),
        AddTrigger(model_name="plan", trigger=Trigger(name="plans_that_spoke_stay", sql=KeyedTriggerSql(
            operation="DELETE", pgid="pgtrigger_plans_that_spoke_stay_26165", table="commissions_plan", when="BEFORE",
            func="IF EXISTS (SELECT FROM commissions_lineterms WHERE plan_id = OLD.id) THEN RAISE EXCEPTION '% % is named by %', TG_TABLE_NAME, OLD.id, 'commissions_lineterms' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD;",
        ))),
        migrations.CreateModel(name="Refund", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("order_key", models.CharField(db_collation="C", max_length=64)),
            ("kind", models.CharField(choices=[("refund", "refund"), ("cancellation", "cancellation")], max_length=12)),
            ("key", models.CharField(blank=True, help_text="the shop's refund number; empty for a cancellation", max_length=64)),
            ("refunded_at", models.DateTimeField()),
            ("status", models.CharField(
                choices=[("waiting", "waits for its order"), ("applied", "applied"), ("refused", "refused")], default="waiting", max_length=8,
            )),
            ("refusal", models.CharField(blank=True, max_length=300)),
            ("received_at", models.DateTimeField()),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("brand", "order_key", "kind", "key"), name="refund_once_per_order_and_key"),
            models.CheckConstraint(condition=models.Q(("kind", "refund"), ("key", ""), _connector="XOR"), name="refund_has_a_key_unless_cancellation"),
        ], "indexes": [
            models.Index(condition=models.Q(("status", "waiting")), fields=["brand", "refunded_at"], name="refund_waiting"),
        ]}),
        migrations.CreateModel(name="RefundLine", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("line_key", models.CharField(max_length=64)),
            ("amount_minor", models.PositiveBigIntegerField()),
            ("refund", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="lines", to="commissions.refund")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("refund", "line_key"), name="refund_line_once"),
            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="refund_line_is_positive"),
        ]}),
        migrations.CreateModel(name="Rule", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("position", models.PositiveSmallIntegerField()),
            ("priority", models.IntegerField(default=0)),
            ("skus", ArrayField(base_field=models.CharField(max_length=64), blank=True, default=list, size=None)),
            ("categories", ArrayField(base_field=models.CharField(max_length=64), blank=True, default=list, size=None)),
            ("tiers", ArrayField(base_field=models.CharField(max_length=50), blank=True, default=list, size=None)),
            ("channels", ArrayField(base_field=models.CharField(max_length=12), blank=True, default=list, size=None)),
            ("customer", models.CharField(blank=True, choices=[("", "any"), ("new", "new"), ("returning", "returning")], default="", max_length=9)),
            ("rate_bps", models.PositiveIntegerField(blank=True, null=True)),
            ("fixed_minor", models.PositiveBigIntegerField(blank=True, help_text="per piece", null=True)),
            ("override_bps", models.PositiveIntegerField(default=0, help_text="level 2")),
            ("cap_minor", models.PositiveBigIntegerField(blank=True, help_text="of one line at one level", null=True)),
            ("plan", models.ForeignKey(on_delete=models.CASCADE, related_name="rules", to="commissions.plan")),
        ], options={"ordering": ["plan", "position"], "constraints": [
            models.UniqueConstraint(fields=("plan", "position"), name="rule_position_once_per_plan"),
            models.CheckConstraint(
                condition=models.Q(("rate_bps", None), ("fixed_minor", None), _connector="XOR"), name="rule_pays_a_rate_or_a_fixed_amount",
            ),
            models.CheckConstraint(condition=models.Q(("rate_bps", None), ("rate_bps__lte", 10000), _connector="OR"), name="rule_rate_is_at_most_all"),
            models.CheckConstraint(condition=models.Q(("override_bps__lte", 10000)), name="rule_override_is_at_most_all"),
        ]}),
        AddTrigger(model_name="rule", trigger=Trigger(name="rules_are_not_rewritten", sql=TriggerSql(
            operation="INSERT OR UPDATE", pgid="pgtrigger_rules_are_not_rewritten_fe651", table="commissions_rule", when="BEFORE",
            func="IF EXISTS (\n    SELECT FROM commissions_plan plan\n    JOIN commissions_order sale ON sale.brand_id = plan.brand_id AND sale.paid_at >= plan.starts_at AND sale.credited_at IS NOT NULL\n    JOIN commissions_orderline line ON line.order_id = sale.id\n    JOIN commissions_lineterms answer ON answer.line_id = line.id\n    WHERE plan.id = NEW.plan_id AND NEW.plan_id IN (answer.plan_id, answer.protected_from_id)\n) OR TG_OP = 'UPDATE' AND EXISTS (\n    SELECT FROM commissions_plan plan\n    JOIN commissions_order sale ON sale.brand_id = plan.brand_id AND sale.paid_at >= plan.starts_at AND sale.credited_at IS NOT NULL\n    JOIN commissions_orderline line ON line.order_id = sale.id\n    JOIN commissions_lineterms answer ON answer.line_id = line.id\n    WHERE plan.id = OLD.plan_id AND OLD.plan_id IN (answer.plan_id, answer.protected_from_id)\n) THEN RAISE EXCEPTION 'plan % has answered orders, and its rules stay as they are', NEW.plan_id USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
        ))),
        AddTrigger(model_name="rule", trigger=Trigger(name="rules_that_spoke_stay", sql=KeyedTriggerSql(
            operation="DELETE", pgid="pgtrigger_rules_that_spoke_stay_90212", table="commissions_rule", when="BEFORE",
            func="IF EXISTS (SELECT FROM commissions_lineterms WHERE rule_id = OLD.id) THEN RAISE EXCEPTION '% % is named by %', TG_TABLE_NAME, OLD.id, 'commissions_lineterms' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN OLD;",
        ))),
        AddTrigger(model_name="rule", trigger=Trigger(name="rules_that_were_looked_at_stay", sql=TriggerSql(
            operation="DELETE", pgid="pgtrigger_rules_that_were_looked_at_stay_64fa7", table="commissions_rule", when="BEFORE",
            func="IF EXISTS (\n    SELECT FROM commissions_plan plan\n    JOIN commissions_decision decision ON decision.brand_id = plan.brand_id\n        AND decision.seen->>'plan' = plan.key AND (decision.seen->>'version')::int = plan.version\n    WHERE plan.id = OLD.plan_id\n) THEN RAISE EXCEPTION 'a rule that was looked at for a sale stays' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD;",
        ))),
        migrations.CreateModel(name="LineTerms", fields=[
            ("line", models.OneToOneField(
                db_constraint=False, on_delete=models.PROTECT, primary_key=True, related_name="answer", serialize=False, to="commissions.orderline",
            )),
            ("compared", ArrayField(
                base_field=models.BigIntegerField(),
                help_text="decisions of the other plans that were looked at: those before, as far as they protect the share", null=True, size=None,
            )),
            ("rate_bps", models.PositiveIntegerField(null=True)),
            ("fixed_minor", models.PositiveBigIntegerField(null=True)),
            ("override_bps", models.PositiveIntegerField()),
            ("cap_minor", models.PositiveBigIntegerField(null=True)),
            ("total_cap_bps", models.PositiveIntegerField()),
            ("decision", models.ForeignKey(
                db_constraint=False, db_index=False, help_text="empty: no plan was in force", null=True, on_delete=models.PROTECT, related_name="+",
                to="commissions.decision",
            )),
            ("plan", models.ForeignKey(
                db_constraint=False, db_index=False, help_text="empty: no plan was in force", null=True, on_delete=models.PROTECT, related_name="+",
                to="commissions.plan",
            )),
            ("protected_from", models.ForeignKey(
                db_constraint=False, db_index=False, help_text="the plan in force, whose lower rate does not reach the share yet", null=True,
                on_delete=models.PROTECT, related_name="+", to="commissions.plan",
            )),
            ("rule", models.ForeignKey(
                db_constraint=False, db_index=False, help_text="empty: no rule held", null=True, on_delete=models.PROTECT, related_name="+",
                to="commissions.rule",
            )),
        ]),
        AddTrigger(model_name="lineterms", trigger=Trigger(name="answers_stay_in_one_brand", sql=KeyedTriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_answers_stay_in_one_brand_995ca", referencing="REFERENCING NEW TABLE AS added ",
            table="commissions_lineterms", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM added\n    LEFT JOIN commissions_orderline line ON line.id = added.line_id\n    LEFT JOIN commissions_order sale ON sale.id = line.order_id\n    LEFT JOIN commissions_plan plan ON plan.id = added.plan_id\n    LEFT JOIN commissions_rule rule ON rule.id = added.rule_id\n    LEFT JOIN commissions_decision decision ON decision.id = added.decision_id\n    LEFT JOIN commissions_plan protected_from ON protected_from.id = added.protected_from_id\n    WHERE sale.id IS NULL\n        OR added.plan_id IS NOT NULL AND plan.brand_id IS DISTINCT FROM sale.brand_id\n        OR added.rule_id IS NOT NULL AND rule.plan_id IS DISTINCT FROM added.plan_id\n        OR added.decision_id IS NOT NULL AND decision.brand_id IS DISTINCT FROM sale.brand_id\n        OR added.protected_from_id IS NOT NULL AND protected_from.brand_id IS DISTINCT FROM sale.brand_id\n) THEN RAISE EXCEPTION 'an answer names a plan and a decision of the order''s brand' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        AddTrigger(model_name="lineterms", trigger=Trigger(name="answers_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_answers_are_kept_f111e", table="commissions_lineterms", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="Signal", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(
                choices=[
                    ("self_purchase", "self-purchase by another account"), ("device", "many accounts on one device"),
                    ("payee", "many accounts of one payee"), ("click_to_order", "ordered too soon after the click"),
                    ("refund_rate", "refund rate"), ("click_flood", "click flood"), ("ring", "ring of purchases"),
                ],
                max_length=14,
            )),
            ("measured", models.PositiveBigIntegerField()),
            ("threshold", models.PositiveIntegerField(help_text="of then")),
            ("evidence", models.JSONField(default=dict, help_text="counts; the rows stand in the facts")),
            ("found_at", models.DateTimeField()),
            ("state", models.CharField(
                choices=[("open", "open"), ("confirmed", "confirmed"), ("dismissed", "dismissed")], default="open", max_length=9,
            )),
            ("decided_at", models.DateTimeField(null=True)),
            ("reason", models.CharField(blank=True, help_text="why it was confirmed or dismissed", max_length=500)),
            ("brand", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("decided_by", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("koc", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
        ], options={"constraints": [
            models.CheckConstraint(condition=models.Q(("measured__gte", models.F("threshold"))), name="signal_reaches_its_threshold"),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("reason", ""), ("state", "open")),
                    models.Q(
                        models.Q(("state", "open"), _negated=True), ("decided_at__isnull", False), ("decided_by__isnull", False),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="signal_says_who_decided_and_why",
            ),
        ], "indexes": [
            models.Index(fields=["brand", "state", "-found_at"], name="signal_by_state"),
        ]}),
        migrations.CreateModel(name="SignalFact", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(
                choices=[
                    ("self_purchase", "self-purchase by another account"), ("device", "many accounts on one device"),
                    ("payee", "many accounts of one payee"), ("click_to_order", "ordered too soon after the click"),
                    ("refund_rate", "refund rate"), ("click_flood", "click flood"), ("ring", "ring of purchases"),
                ],
                help_text="of the signal", max_length=14,
            )),
            ("hour", models.DateTimeField(null=True)),
            ("customer", models.ForeignKey(db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="accounts.customer")),
            ("koc", models.ForeignKey(db_index=False, help_text="of the signal", on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("order", models.ForeignKey(db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="commissions.order")),
            ("other", models.ForeignKey(db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("share", models.ForeignKey(db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="referrals.share")),
            ("signal", models.ForeignKey(on_delete=models.PROTECT, related_name="facts", to="commissions.signal")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("koc", "kind", "order", "customer", "other", "share", "hour"), name="signal_fact_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("customer", None), ("hour", None), ("order__isnull", False), ("other", None), ("share", None)),
                    models.Q(("customer__isnull", False), ("hour", None), ("order", None), ("other", None), ("share", None)),
                    models.Q(("customer", None), ("hour", None), ("order", None), ("other__isnull", False), ("share", None)),
                    models.Q(("customer", None), ("hour__isnull", False), ("order", None), ("other", None), ("share__isnull", False)), _connector="OR",
                ),
                name="signal_fact_is_one_thing",
            ),
        ]}),
        migrations.CreateModel(name="SignalPolicy", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(
                choices=[
                    ("self_purchase", "self-purchase by another account"), ("device", "many accounts on one device"),
                    ("payee", "many accounts of one payee"), ("click_to_order", "ordered too soon after the click"),
                    ("refund_rate", "refund rate"), ("click_flood", "click flood"), ("ring", "ring of purchases"),
                ],
                max_length=14,
            )),
            ("is_on", models.BooleanField(default=True, verbose_name="on")),
            ("holds", models.BooleanField(default=False, help_text="commissions that a signal names wait until staff decide", verbose_name="holds")),
            ("threshold", models.PositiveIntegerField(help_text="a signal is found when the measured number reaches it", verbose_name="threshold")),
            ("beside", models.PositiveIntegerField(default=0, verbose_name="second number")),
            ("days", models.PositiveIntegerField(help_text="how far back it looks; for payees: 0, ever", verbose_name="days")),
            ("brand", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
        ], options={"verbose_name_plural": "signal policies", "constraints": [
            models.UniqueConstraint(fields=("brand", "kind"), name="signal_policy_once_per_kind"),
            models.CheckConstraint(condition=models.Q(("threshold__gt", 0)), name="signal_policy_threshold_is_positive"),
            models.CheckConstraint(condition=models.Q(("days__gt", 0), ("kind", "payee"), _connector="OR"), name="signal_policy_looks_back"),
            models.CheckConstraint(condition=models.Q(("days__lte", 366)), name="signal_policy_looks_back_a_year_at_most"),
        ]}),
        migrations.CreateModel(name="TaxTable", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("method", models.CharField(choices=[("cn_labour_service", "labour service"), ("cn_platform_cumulative", "platform, cumulative")], max_length=24)),
            ("starts_on", models.DateField(help_text="a month is taxed by the table that holds on its last day")),
            ("brackets", models.JSONField(help_text="[[up to, percent, quick deduction], …]; the last has no limit")),
            ("flat_deduction", models.PositiveIntegerField(default=0, help_text="labour service: not taxed, and taken off what is not above the next figure")),
            ("flat_deduction_up_to", models.PositiveIntegerField(default=0)),
            ("taxed_percent", models.PositiveSmallIntegerField(default=80, help_text="how much of the income is taxed")),
            ("monthly_deduction", models.PositiveIntegerField(default=0, help_text="platform, cumulative: for each month with income")),
            ("source", models.CharField(help_text="the law or announcement that says so", max_length=300)),
            ("added_at", models.DateTimeField()),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("method", "starts_on"), name="tax_table_once_per_method_and_day"),
            models.CheckConstraint(condition=models.Q(("taxed_percent__gt", 0), ("taxed_percent__lte", 100)), name="tax_table_taxes_a_part"),
            models.CheckConstraint(condition=models.Q(("flat_deduction__lte", models.F("flat_deduction_up_to"))), name="tax_table_deduction_has_its_limit"),
        ]}),
        AddTrigger(model_name="taxtable", trigger=Trigger(name="tax_tables_are_append_only", sql=TriggerSql(
            level="STATEMENT", operation="UPDATE OR DELETE OR TRUNCATE", pgid="pgtrigger_tax_tables_are_append_only_b2d6b", table="commissions_taxtable",
            when="BEFORE", func="RAISE EXCEPTION 'rows of % are only added: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="Settlement", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("currency", models.CharField(max_length=3)),
            ("period", models.CharField(help_text="YYYY-MM", max_length=7)),
            ("settled_at", models.DateTimeField()),
            ("on_request", models.BooleanField(default=False)),
            ("reopened_at", models.DateTimeField(null=True)),
            ("reopened_because", models.CharField(blank=True, max_length=500)),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("reopened_by", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("tax_table", models.ForeignKey(db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="commissions.taxtable")),
        ], options={"constraints": [
            models.UniqueConstraint(
                condition=models.Q(("on_request", False), ("reopened_at", None)), fields=("brand", "currency", "period"),
                name="settlement_once_per_period",
            ),
            models.CheckConstraint(condition=models.Q(("period__regex", "^\\d{4}-(0[1-9]|1[0-2])$")), name="settlement_period_is_a_month"),
        ]}),
        AddTrigger(model_name="settlement", trigger=Trigger(name="settlements_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_settlements_are_kept_17a0e", table="commissions_settlement", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        AddTrigger(model_name="settlement", trigger=Trigger(name="settlements_stay_where_they_are", sql=TriggerSql(
            condition="WHEN (ROW(NEW.id, NEW.brand_id) IS DISTINCT FROM ROW(OLD.id, OLD.brand_id))", operation='UPDATE OF "id", "brand_id"',
            pgid="pgtrigger_settlements_stay_where_they_are_4bedf", table="commissions_settlement", when="AFTER",
            func="RAISE EXCEPTION 'what a row of % is, and is of, stays: UPDATE refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="Statement", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("period", models.CharField(max_length=7)),
            ("currency", models.CharField(max_length=3)),
            ("gross_minor", models.BigIntegerField(default=0, help_text="approved minus reversals, before debt")),
            ("debt_in_minor", models.PositiveBigIntegerField(default=0, help_text="debt of earlier periods, taken off here")),
            ("tax_method", models.CharField(max_length=24)),
            ("taxable_minor", models.PositiveBigIntegerField(default=0)),
            ("tax_minor", models.PositiveBigIntegerField(default=0)),
            ("net_minor", models.PositiveBigIntegerField(default=0)),
            ("carried_out_minor", models.BigIntegerField(default=0, help_text="below the minimum, or a debt when negative: goes to the next period")),
            ("status", models.CharField(
                choices=[("ready", "ready"), ("carried", "carried forward"), ("paid", "paid"), ("void", "reopened")], max_length=7,
            )),
            ("on_request", models.BooleanField(default=False)),
            ("koc", models.ForeignKey(db_constraint=False, on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("settlement", models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="statements", to="commissions.settlement",
            )),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("settlement", "koc"), name="statement_once_per_koc_and_period"),
            models.UniqueConstraint(
                condition=models.Q(("on_request", False), models.Q(("status", "void"), _negated=True)), fields=("koc", "currency", "period"),
                name="statement_once_per_koc_currency_and_period",
            ),
            models.CheckConstraint(
                condition=models.Q(("gross_minor", models.expressions.CombinedExpression(
                    models.expressions.CombinedExpression(models.F("debt_in_minor"), "+", models.F("tax_minor")), "+", models.F("net_minor"),
                ))),
                name="statement_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("gross_minor", 0), ("status", "carried")), ("status", "void"),
                    models.Q(models.Q(("status", "carried"), _negated=True), ("carried_out_minor", 0)), _connector="OR",
                ),
                name="statement_pays_or_carries",
            ),
        ]}),
        AddTrigger(model_name="statement", trigger=Trigger(name="statements_stay_in_one_brand", sql=KeyedTriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_statements_stay_in_one_brand_2d3b1", referencing="REFERENCING NEW TABLE AS added ",
            table="commissions_statement", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM added\n    LEFT JOIN commissions_settlement settlement ON settlement.id = added.settlement_id\n    LEFT JOIN accounts_koc koc ON koc.id = added.koc_id\n    WHERE settlement.id IS NULL OR koc.brand_id IS DISTINCT FROM settlement.brand_id\n) THEN RAISE EXCEPTION 'a statement is of a KOC of its settlement''s brand' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        AddTrigger(model_name="statement", trigger=Trigger(name="statements_stay_whose_they_are", sql=TriggerSql(
            condition="WHEN (ROW(NEW.id, NEW.settlement_id, NEW.koc_id) IS DISTINCT FROM ROW(OLD.id, OLD.settlement_id, OLD.koc_id))",
            operation='UPDATE OF "id", "settlement_id", "koc_id"', pgid="pgtrigger_statements_stay_whose_they_are_87ba5", table="commissions_statement",
            when="AFTER",
            func="RAISE EXCEPTION 'what a row of % is, and is of, stays: UPDATE refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        AddTrigger(model_name="statement", trigger=Trigger(name="statements_that_are_held_stay", sql=TriggerSql(
            condition="WHEN (NEW.status NOT IN ('ready', 'paid') OR NEW.net_minor <> OLD.net_minor)", operation='UPDATE OF "status", "net_minor"',
            pgid="pgtrigger_statements_that_are_held_stay_be23c", table="commissions_statement", when="BEFORE",
            func="IF EXISTS (SELECT FROM commissions_payoutline WHERE statement_id = NEW.id AND status IN ('waiting', 'paid')) THEN RAISE EXCEPTION 'a payout batch holds statement %', NEW.id USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
        ))),
        AddTrigger(model_name="statement", trigger=Trigger(name="statements_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_statements_are_kept_9e979", table="commissions_statement", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="Commission", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("level", models.PositiveSmallIntegerField()),
            ("amount_minor", models.PositiveBigIntegerField(help_text="as first computed")),
            ("reversed_minor", models.BigIntegerField(default=0, help_text="what was taken back of it; negative when an amendment gave more")),
            ("settled_minor", models.BigIntegerField(default=0, help_text="the sum of its lines on statements")),
            ("status", models.CharField(
                choices=[
                    ("pending", "pending"), ("approved", "approved"), ("settled", "settled"), ("paid", "paid"), ("held", "held"),
                    ("reversed", "reversed"),
                ],
                default="pending", max_length=8,
            )),
            ("made_at", models.DateTimeField()),
            ("approved_at", models.DateTimeField(help_text="the instant when the hold ended", null=True)),
            ("void_from", models.DateTimeField(help_text="reversed by a review: worth nothing from then on, whatever the order does", null=True)),
            ("left_minor", models.PositiveBigIntegerField(
                help_text="what was left of the line's base when a refund or an amendment made it; empty: it was made when the order was answered", null=True,
            )),
            ("brand", models.ForeignKey(db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("koc", models.ForeignKey(db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("campaign", models.ForeignKey(
                db_constraint=False, db_index=False, null=True, on_delete=models.PROTECT, related_name="+", to="commissions.campaign",
            )),
            ("line", models.ForeignKey(db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="commissions", to="commissions.orderline")),
            ("credit", models.ForeignKey(db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="+", to="commissions.ordercredit")),
            ("version", models.ForeignKey(
                db_constraint=False, db_index=False, help_text="how the order stood when a change made it, if it was amended by then", null=True,
                on_delete=models.PROTECT, related_name="+", to="commissions.orderversion",
            )),
            ("statement", models.ForeignKey(
                db_constraint=False, db_index=False, help_text="the first statement that it is on", null=True, on_delete=models.PROTECT, related_name="+",
                to="commissions.statement",
            )),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("line", "level", "credit", "campaign"), name="commission_once_per_line_level_and_credit", nulls_distinct=False),
            models.CheckConstraint(condition=models.Q(("campaign", None), ("level", 1), _connector="OR"), name="commission_of_a_campaign_is_level_1"),
            models.CheckConstraint(condition=models.Q(("level__in", [1, 2])), name="commission_level_is_1_or_2"),
            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="commission_is_positive"),
            models.CheckConstraint(condition=models.Q(("reversed_minor__lte", models.F("amount_minor"))), name="commission_reversed_at_most_whole"),
            models.CheckConstraint(
                condition=models.Q(("version", None), ("left_minor__isnull", False), _connector="OR"), name="commission_of_a_change_says_of_what",
            ),
        ], "indexes": [
            models.Index(fields=["koc", "-made_at", "-id"], name="commission_by_koc"),
            models.Index(
                condition=models.Q(("approved_at__isnull", False), models.Q(
                    ("statement", None),
                    models.Q(
                        ("settled_minor", models.expressions.CombinedExpression(models.F("amount_minor"), "-", models.F("reversed_minor"))), _negated=True,
                    ),
                    _connector="OR",
                )),
                fields=["brand", "approved_at"], name="commission_unsettled",
            ),
        ]}),
        AddTrigger(model_name="commission", trigger=Trigger(name="commissions_stay_in_one_brand", sql=KeyedTriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_commissions_stay_in_one_brand_8a1a3", referencing="REFERENCING NEW TABLE AS added ",
            table="commissions_commission", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM added\n    LEFT JOIN commissions_orderline line ON line.id = added.line_id\n    LEFT JOIN commissions_order sale ON sale.id = line.order_id\n    LEFT JOIN accounts_koc koc ON koc.id = added.koc_id\n    LEFT JOIN commissions_ordercredit credit ON credit.id = added.credit_id\n    LEFT JOIN commissions_campaign campaign ON campaign.id = added.campaign_id\n    WHERE sale.brand_id IS DISTINCT FROM added.brand_id OR koc.brand_id IS DISTINCT FROM added.brand_id\n        OR credit.order_id IS DISTINCT FROM sale.id\n        OR added.koc_id IS DISTINCT FROM CASE added.level WHEN 1 THEN credit.koc_id ELSE credit.sponsor_id END\n        OR added.campaign_id IS NOT NULL AND campaign.brand_id IS DISTINCT FROM added.brand_id\n) THEN RAISE EXCEPTION 'a commission pays who is credited with its order, or their sponsor, at its brand' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        AddTrigger(model_name="commission", trigger=Trigger(name="commissions_are_on_statements_of_their_koc", sql=KeyedTriggerSql(
            level="STATEMENT", operation="UPDATE", pgid="pgtrigger_commissions_are_on_statements_of_their_koc_ef285",
            referencing="REFERENCING NEW TABLE AS changed ", table="commissions_commission", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM (SELECT DISTINCT statement_id, koc_id FROM changed WHERE statement_id IS NOT NULL) AS put\n    LEFT JOIN commissions_statement statement ON statement.id = put.statement_id\n    WHERE statement.koc_id IS DISTINCT FROM put.koc_id\n) THEN RAISE EXCEPTION 'a commission is on a statement of its KOC' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        AddTrigger(model_name="commission", trigger=Trigger(name="commissions_are_made_on_their_kocs_statements", sql=TriggerSql(
            condition="WHEN (NEW.statement_id IS NOT NULL)", operation="INSERT", pgid="pgtrigger_commissions_are_made_on_their_kocs_statements_06711",
            table="commissions_commission", when="BEFORE",
            func="IF NOT EXISTS (SELECT FROM commissions_statement WHERE id = NEW.statement_id AND koc_id = NEW.koc_id) THEN RAISE EXCEPTION 'a commission is on a statement of its KOC' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
        ))),
        AddTrigger(model_name="commission", trigger=Trigger(name="commissions_stay_what_they_are", sql=TriggerSql(
            condition="WHEN (ROW(NEW.id) IS DISTINCT FROM ROW(OLD.id))", operation='UPDATE OF "id"', pgid="pgtrigger_commissions_stay_what_they_are_d4169",
            table="commissions_commission", when="AFTER",
            func="RAISE EXCEPTION 'what a row of % is, and is of, stays: UPDATE refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        AddTrigger(model_name="commission", trigger=Trigger(name="commissions_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_commissions_are_kept_4389b", table="commissions_commission", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="BonusTerms", fields=[
            ("commission", models.OneToOneField(
                on_delete=models.PROTECT, primary_key=True, related_name="bonus", serialize=False, to="commissions.commission",
            )),
            ("base_minor", models.PositiveBigIntegerField(help_text="of the line, when it was made")),
            ("fixed_minor", models.PositiveBigIntegerField(help_text="for the whole base", null=True)),
            ("own_base_minor", models.PositiveBigIntegerField(help_text="the KOC's part of the base", null=True)),
            ("from_minor", models.PositiveBigIntegerField(help_text="the KOC's approved base of the month before this line", null=True)),
            ("room_minor", models.PositiveBigIntegerField(help_text="what the line's guard left for it when it was made; empty: not kept then", null=True)),
            ("granted_minor", models.PositiveBigIntegerField(help_text="at most so much: what the budget had left")),
        ], options={"verbose_name_plural": "bonus terms", "constraints": [
            models.CheckConstraint(
                condition=models.Q(("fixed_minor", None), ("from_minor", None), _connector="XOR"), name="bonus_is_fixed_or_on_steps",
            ),
            models.CheckConstraint(
                condition=models.Q(("from_minor", None), ("own_base_minor__isnull", False), _connector="OR"), name="bonus_on_steps_has_a_base",
            ),
        ]}),
        AddTrigger(model_name="bonusterms", trigger=Trigger(name="bonus_terms_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_bonus_terms_are_kept_8fc27", table="commissions_bonusterms", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="RiskReview", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("reason", models.CharField(
                choices=[
                    ("self_purchase", "own purchase"), ("duplicate", "sold twice"), ("fraud", "fraud"), ("terms", "against the terms"),
                    ("tracking", "credited by mistake"), ("risk_rule", "a risk rule"), ("other", "other"),
                ],
                max_length=16,
            )),
            ("note", models.CharField(blank=True, max_length=500)),
            ("opened_at", models.DateTimeField()),
            ("outcome", models.CharField(
                blank=True, choices=[("", "open"), ("released", "released"), ("reversed", "reversed")], default="", max_length=8,
            )),
            ("closed_at", models.DateTimeField(null=True)),
            ("closed_by", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("commission", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="reviews", to="commissions.commission")),
            ("opened_by", models.ForeignKey(help_text="empty: a rule", null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ], options={"constraints": [
            models.UniqueConstraint(condition=models.Q(("outcome", "")), fields=("commission",), name="risk_review_one_open"),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("outcome", "")), models.Q(models.Q(("outcome", ""), _negated=True), ("closed_at__isnull", False)),
                    _connector="OR",
                ),
                name="risk_review_is_whole",
            ),
        ], "indexes": [
            models.Index(fields=["commission", "opened_at"], name="risk_review_by_commission"),
        ]}),
        AddTrigger(model_name="riskreview", trigger=Trigger(name="reviews_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_reviews_are_kept_64898", table="commissions_riskreview", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="Reversal", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("amount_minor", models.BigIntegerField()),
            ("happened_at", models.DateTimeField()),
            ("booked_at", models.DateTimeField()),
            ("commission", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="reversals", to="commissions.commission")),
            ("refund", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="reversals", to="commissions.refund")),
            ("version", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="reversals", to="commissions.orderversion")),
            ("review", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="reversals", to="commissions.riskreview")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("commission", "refund", "version", "review"), name="reversal_once_per_commission_and_cause", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("refund__isnull", False), ("review", None), ("version", None)),
                    models.Q(("refund", None), ("review", None), ("version__isnull", False)),
                    models.Q(("refund", None), ("review__isnull", False), ("version", None)), _connector="OR",
                ),
                name="reversal_has_one_cause",
            ),
            models.CheckConstraint(condition=models.Q(("amount_minor", 0), _negated=True), name="reversal_is_not_zero"),
        ]}),
        AddTrigger(model_name="reversal", trigger=Trigger(name="reversals_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_reversals_are_kept_39fd0", table="commissions_reversal", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="SignalHold", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("review", models.ForeignKey(on_delete=models.PROTECT, related_name="signals", to="commissions.riskreview")),
            ("signal", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="holds", to="commissions.signal")),
        ], options={"constraints": [models.UniqueConstraint(fields=("signal", "review"), name="signal_hold_once")]}),
        migrations.CreateModel(name="PayoutLine", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("position", models.PositiveIntegerField(help_text="1, 2, 3 … in the batch")),
            ("amount_minor", models.PositiveBigIntegerField()),
            ("reference", models.CharField(help_text="goes to the bank and comes back", max_length=16, unique=True)),
            ("status", models.CharField(
                choices=[("waiting", "waiting"), ("paid", "paid"), ("failed", "failed"), ("dropped", "taken out")], default="waiting",
                max_length=7,
            )),
            ("method", models.CharField(
                blank=True, choices=[("bank", "bank card"), ("alipay", "Alipay"), ("wechat", "WeChat Pay")],
                help_text="how it was exported to be paid", max_length=6,
            )),
            ("account_last4", models.CharField(blank=True, max_length=4)),
            ("payee_sealed", models.TextField(blank=True, help_text="whom it was exported to: where the money went stays known when the payee changes it")),
            ("bank_reference", models.CharField(blank=True, help_text="the bank's own number of the payment", max_length=64)),
            ("reason", models.CharField(blank=True, help_text="why it failed, as the bank says", max_length=200)),
            ("paid_at", models.DateTimeField(help_text="when the bank paid, as it says", null=True)),
            ("result_at", models.DateTimeField(help_text="when the result was loaded", null=True)),
            ("result_file", models.CharField(blank=True, help_text="the file that first said so", max_length=200)),
            ("batch", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="lines", to="commissions.payoutbatch")),
            ("koc", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("statement", models.ForeignKey(on_delete=models.PROTECT, related_name="payout_lines", to="commissions.statement")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("batch", "position"), name="payout_line_position_once_per_batch"),
            models.UniqueConstraint(condition=models.Q(("status__in", ["waiting", "paid"])), fields=("statement",), name="payout_line_live_once_per_statement"),
            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="payout_line_pays_something"),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("result_at__isnull", False), ("status__in", ["paid", "failed"])),
                    models.Q(
                        ("bank_reference", ""), ("paid_at", None), ("reason", ""), ("result_at", None), ("result_file", ""),
                        ("status__in", ["waiting", "dropped"]),
                    ),
                    _connector="OR",
                ),
                name="payout_line_has_its_result_or_none",
            ),
            models.CheckConstraint(
                condition=models.Q(("payee_sealed", ""), ("payee_sealed__regex", "^gAAAAA"), _connector="OR"), name="payout_line_payee_is_sealed",
            ),
            models.CheckConstraint(
                condition=models.Q(("status", "paid"), ("paid_at", None), _connector="OR"), name="payout_line_that_failed_was_not_paid",
            ),
        ], "indexes": [
            models.Index(condition=models.Q(("status", "waiting")), fields=["batch"], name="payout_line_waiting"),
        ]}),
        AddTrigger(model_name="payoutline", trigger=Trigger(name="payout_lines_fit", sql=KeyedTriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_payout_lines_fit_3ad5f", referencing="REFERENCING NEW TABLE AS added ",
            table="commissions_payoutline", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM added\n    LEFT JOIN commissions_payoutbatch batch ON batch.id = added.batch_id\n    LEFT JOIN commissions_statement statement ON statement.id = added.statement_id\n    LEFT JOIN accounts_koc koc ON koc.id = statement.koc_id\n    WHERE batch.status IS DISTINCT FROM 'draft' OR koc.brand_id IS DISTINCT FROM batch.brand_id OR statement.koc_id IS DISTINCT FROM added.koc_id\n        OR statement.currency IS DISTINCT FROM batch.currency OR statement.net_minor IS DISTINCT FROM added.amount_minor\n        OR statement.status IS DISTINCT FROM 'ready' OR added.status IS DISTINCT FROM 'waiting'\n) THEN RAISE EXCEPTION 'a payout line pays a whole ready statement of its draft''s brand and currency' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        AddTrigger(model_name="payoutline", trigger=Trigger(name="payout_lines_move_on", sql=TriggerSql(
            declare="DECLARE batch_status text;", operation="UPDATE", pgid="pgtrigger_payout_lines_move_on_c33f2", table="commissions_payoutline",
            when="BEFORE",
            func="IF (NEW.id, NEW.batch_id, NEW.position, NEW.statement_id, NEW.koc_id, NEW.amount_minor, NEW.reference)\n    IS DISTINCT FROM (OLD.id, OLD.batch_id, OLD.position, OLD.statement_id, OLD.koc_id, OLD.amount_minor, OLD.reference) THEN\n    RAISE EXCEPTION 'a payout line stays what it is' USING ERRCODE = 'integrity_constraint_violation';\nEND IF;\nIF NEW.status <> OLD.status THEN\n    SELECT status INTO batch_status FROM commissions_payoutbatch WHERE id = NEW.batch_id;\n    IF OLD.status <> 'waiting' OR NOT (\n        NEW.status IN ('paid', 'failed') AND batch_status = 'exported' OR NEW.status = 'dropped' AND batch_status IN ('draft', 'cancelled')\n    ) THEN\n        RAISE EXCEPTION 'a payout line of a batch that is % does not go from % to %', batch_status, OLD.status, NEW.status\n            USING ERRCODE = 'integrity_constraint_violation';\n    END IF;\nEND IF;\nRETURN NEW;",
        ))),
        AddTrigger(model_name="payoutline", trigger=Trigger(name="payout_lines_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_payout_lines_are_kept_66224", table="commissions_payoutline", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="Adjustment", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(
                choices=[("subsidy", "subsidy"), ("allocation", "handed on of a subsidy"), ("write_off", "debt written off")], max_length=10,
            )),
            ("amount_minor", models.PositiveBigIntegerField()),
            ("note", models.CharField(blank=True, max_length=500)),
            ("happened_at", models.DateTimeField()),
            ("brand", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("koc", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("statement", models.ForeignKey(
                help_text="the statement that it is on", null=True, on_delete=models.PROTECT, related_name="+", to="commissions.statement",
            )),
        ], options={"constraints": [
            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="adjustment_is_positive"),
        ], "indexes": [
            models.Index(condition=models.Q(("statement", None)), fields=["brand", "happened_at"], name="adjustment_unsettled"),
        ]}),
        AddTrigger(model_name="adjustment", trigger=Trigger(name="adjustments_stay_in_one_brand", sql=TriggerSql(
            operation="INSERT", pgid="pgtrigger_adjustments_stay_in_one_brand_9c17d", table="commissions_adjustment", when="BEFORE",
            func="IF NOT EXISTS (SELECT FROM accounts_koc WHERE id = NEW.koc_id AND brand_id = NEW.brand_id) THEN RAISE EXCEPTION '% names a KOC of another brand', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
        ))),
        AddTrigger(model_name="adjustment", trigger=Trigger(name="adjustments_stay_what_they_are", sql=TriggerSql(
            condition="WHEN (ROW(NEW.id) IS DISTINCT FROM ROW(OLD.id))", operation='UPDATE OF "id"', pgid="pgtrigger_adjustments_stay_what_they_are_db104",
            table="commissions_adjustment", when="AFTER",
            func="RAISE EXCEPTION 'what a row of % is, and is of, stays: UPDATE refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        AddTrigger(model_name="adjustment", trigger=Trigger(name="adjustments_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_adjustments_are_kept_80ff9", table="commissions_adjustment", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="WriteOff", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("amount_minor", models.PositiveBigIntegerField()),
            ("reason", models.CharField(max_length=500)),
            ("status", models.CharField(
                choices=[("asked", "waits for another person"), ("approved", "approved"), ("refused", "refused")], default="asked", max_length=8,
            )),
            ("asked_at", models.DateTimeField()),
            ("decided_at", models.DateTimeField(null=True)),
            ("adjustment", models.OneToOneField(
                help_text="what fills up the debt", null=True, on_delete=models.PROTECT, related_name="+", to="commissions.adjustment",
            )),
            ("asked_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("brand", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("decided_by", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("koc", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
        ], options={"verbose_name": "write-off", "constraints": [
            models.UniqueConstraint(condition=models.Q(("status", "asked")), fields=("koc",), name="write_off_one_open"),
            models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0), models.Q(("reason", ""), _negated=True)), name="write_off_has_an_amount_and_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(("decided_by", models.F("asked_by")), ("status", "approved"), _negated=True), name="write_off_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("status", "asked")),
                    models.Q(models.Q(("status", "asked"), _negated=True), ("decided_at__isnull", False), ("decided_by__isnull", False)), _connector="OR",
                ),
                name="write_off_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(("status", "approved"), ("adjustment", None), _connector="XOR"), name="write_off_moves_when_approved",
            ),
        ]}),
        AddTrigger(model_name="writeoff", trigger=Trigger(name="write_offs_stay_in_one_brand", sql=TriggerSql(
            operation="INSERT", pgid="pgtrigger_write_offs_stay_in_one_brand_c17fb", table="commissions_writeoff", when="BEFORE",
            func="IF NOT EXISTS (SELECT FROM accounts_koc WHERE id = NEW.koc_id AND brand_id = NEW.brand_id) THEN RAISE EXCEPTION '% names a KOC of another brand', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
        ))),
        AddTrigger(model_name="writeoff", trigger=Trigger(name="write_offs_stand", sql=TriggerSql(
            condition="WHEN (OLD.status <> 'asked' OR ROW(NEW.brand_id, NEW.koc_id, NEW.amount_minor, NEW.asked_by_id) IS DISTINCT FROM ROW(OLD.brand_id, OLD.koc_id, OLD.amount_minor, OLD.asked_by_id))",
            operation="UPDATE", pgid="pgtrigger_write_offs_stand_c6687", table="commissions_writeoff", when="BEFORE",
            func="RAISE EXCEPTION 'what was granted, allocated or returned stays so: UPDATE of % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        AddTrigger(model_name="writeoff", trigger=Trigger(name="write_offs_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_write_offs_are_kept_3b3b9", table="commissions_writeoff", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="StatementLine", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("amount_minor", models.BigIntegerField()),
            ("adjustment", models.ForeignKey(
                db_constraint=False, db_index=False, null=True, on_delete=models.PROTECT, related_name="statement_lines", to="commissions.adjustment",
            )),
            ("commission", models.ForeignKey(
                db_constraint=False, null=True, on_delete=models.PROTECT, related_name="statement_lines", to="commissions.commission",
            )),
            ("statement", models.ForeignKey(db_constraint=False, db_index=False, on_delete=models.PROTECT, related_name="lines", to="commissions.statement")),
        ], options={"constraints": [
            models.UniqueConstraint(fields=("statement", "commission", "adjustment"), name="statement_line_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(("commission", None), ("adjustment", None), _connector="XOR"), name="statement_line_has_one_item",
            ),
            models.CheckConstraint(condition=models.Q(("amount_minor", 0), _negated=True), name="statement_line_is_not_zero"),
        ], "indexes": [
            models.Index(condition=models.Q(("adjustment__isnull", False)), fields=["adjustment"], name="statement_line_by_adjustment"),
        ]}),
        AddTrigger(model_name="statementline", trigger=Trigger(name="statement_lines_are_of_one_koc", sql=KeyedTriggerSql(
            level="STATEMENT", operation="INSERT", pgid="pgtrigger_statement_lines_are_of_one_koc_93066", referencing="REFERENCING NEW TABLE AS added ",
            table="commissions_statementline", when="AFTER",
            func="IF EXISTS (\n    SELECT FROM (\n        SELECT DISTINCT added.statement_id, COALESCE(earned.koc_id, adjustment.koc_id) AS koc_id FROM added\n        LEFT JOIN commissions_commission earned ON earned.id = added.commission_id\n        LEFT JOIN commissions_adjustment adjustment ON adjustment.id = added.adjustment_id\n    ) AS put\n    LEFT JOIN commissions_statement statement ON statement.id = put.statement_id\n    WHERE put.koc_id IS NULL OR statement.koc_id IS DISTINCT FROM put.koc_id\n) THEN RAISE EXCEPTION 'a statement line is of an item of its statement''s KOC' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NULL;",
        ))),
        AddTrigger(model_name="statementline", trigger=Trigger(name="statement_lines_stay_of_their_items", sql=TriggerSql(
            condition="WHEN (ROW(NEW.statement_id, NEW.commission_id, NEW.adjustment_id) IS DISTINCT FROM ROW(OLD.statement_id, OLD.commission_id, OLD.adjustment_id))",
            operation='UPDATE OF "statement_id", "commission_id", "adjustment_id"', pgid="pgtrigger_statement_lines_stay_of_their_items_10f85",
            table="commissions_statementline", when="AFTER",
            func="RAISE EXCEPTION 'what a row of % is, and is of, stays: UPDATE refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        AddTrigger(model_name="statementline", trigger=Trigger(name="statement_lines_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_statement_lines_are_kept_ff148", table="commissions_statementline", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="Subsidy", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("own_minor", models.PositiveBigIntegerField(default=0, help_text="for themself: on their next statement, taxed as income")),
            ("hand_on_minor", models.PositiveBigIntegerField(default=0, help_text="to hand on inside their own tree")),
            ("allocated_minor", models.PositiveBigIntegerField(default=0)),
            ("returned_minor", models.PositiveBigIntegerField(default=0)),
            ("may_pass_on", models.BooleanField(default=False, help_text="recipients may be given the right to hand on in their turn")),
            ("expires_at", models.DateTimeField(blank=True, help_text="what is not handed on by then returns to the brand; empty: never", null=True)),
            ("note", models.CharField(blank=True, max_length=500)),
            ("key", models.CharField(blank=True, help_text="of the request that granted it: sent twice, it grants once", max_length=64, null=True)),
            ("granted_at", models.DateTimeField()),
            ("brand", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="accounts.brand")),
            ("ended_by", models.ForeignKey(
                help_text="who took back what was left before it expired", null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
            )),
            ("granted_by", models.ForeignKey(
                help_text="empty: handed on by the KOC of the parent", null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
            )),
            ("koc", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("own_part", models.OneToOneField(
                help_text="what puts their own part on a statement", null=True, on_delete=models.PROTECT, related_name="+", to="commissions.adjustment",
            )),
            ("parent", models.ForeignKey(
                blank=True, help_text="empty: granted by the brand", null=True, on_delete=models.PROTECT, related_name="+", to="commissions.subsidy",
            )),
        ], options={"verbose_name_plural": "subsidies", "constraints": [
            models.UniqueConstraint(fields=("brand", "key"), name="subsidy_once_per_key"),
            models.CheckConstraint(
                condition=models.Q(("hand_on_minor__gte", models.expressions.CombinedExpression(models.F("allocated_minor"), "+", models.F("returned_minor")))),
                name="subsidy_is_never_overspent",
            ),
            models.CheckConstraint(condition=models.Q(("own_minor__gt", 0), ("hand_on_minor__gt", 0), _connector="OR"), name="subsidy_grants_something"),
            models.CheckConstraint(
                condition=models.Q(("own_minor", 0), ("own_part__isnull", False), _connector="XOR"), name="subsidy_own_part_is_an_adjustment",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("granted_by__isnull", False), ("parent", None)),
                    models.Q(("granted_by", None), ("own_minor", 0), ("parent__isnull", False)), _connector="OR",
                ),
                name="subsidy_is_granted_or_handed_on",
            ),
        ], "indexes": [
            models.Index(fields=["koc", "-granted_at"], name="subsidy_by_koc"),
            models.Index(
                condition=models.Q(("hand_on_minor__gt", models.expressions.CombinedExpression(models.F("allocated_minor"), "+", models.F("returned_minor")))),
                fields=["brand", "expires_at"], name="subsidy_open",
            ),
        ]}),
        AddTrigger(model_name="subsidy", trigger=Trigger(name="subsidies_stay_in_one_brand", sql=TriggerSql(
            operation="INSERT", pgid="pgtrigger_subsidies_stay_in_one_brand_875b9", table="commissions_subsidy", when="BEFORE",
            func="IF NOT EXISTS (SELECT FROM accounts_koc WHERE id = NEW.koc_id AND brand_id = NEW.brand_id) THEN RAISE EXCEPTION '% names a KOC of another brand', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
        ))),
        AddTrigger(model_name="subsidy", trigger=Trigger(name="grants_stand", sql=TriggerSql(
            condition="WHEN (ROW(NEW.brand_id, NEW.koc_id, NEW.parent_id, NEW.own_minor, NEW.hand_on_minor, NEW.own_part_id) IS DISTINCT FROM ROW(OLD.brand_id, OLD.koc_id, OLD.parent_id, OLD.own_minor, OLD.hand_on_minor, OLD.own_part_id) OR NEW.allocated_minor < OLD.allocated_minor OR NEW.returned_minor < OLD.returned_minor)",
            operation="UPDATE", pgid="pgtrigger_grants_stand_450f7", table="commissions_subsidy", when="BEFORE",
            func="RAISE EXCEPTION 'what was granted, allocated or returned stays so: UPDATE of % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        AddTrigger(model_name="subsidy", trigger=Trigger(name="subsidies_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_subsidies_are_kept_1bcf4", table="commissions_subsidy", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.CreateModel(name="Allocation", fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(choices=[("money", "money"), ("right", "right to hand on")], max_length=5)),
            ("amount_minor", models.PositiveBigIntegerField()),
            ("note", models.CharField(blank=True, max_length=500)),
            ("allocated_at", models.DateTimeField()),
            ("adjustment", models.OneToOneField(help_text="of money", null=True, on_delete=models.PROTECT, related_name="+", to="commissions.adjustment")),
            ("to", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="accounts.koc")),
            ("child", models.OneToOneField(help_text="of a right", null=True, on_delete=models.PROTECT, related_name="+", to="commissions.subsidy")),
            ("subsidy", models.ForeignKey(db_index=False, on_delete=models.PROTECT, related_name="allocations", to="commissions.subsidy")),
        ], options={"constraints": [
            models.CheckConstraint(condition=models.Q(("amount_minor__gt", 0)), name="allocation_is_positive"),
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("adjustment__isnull", False), ("child", None), ("kind", "money")),
                    models.Q(("adjustment", None), ("child__isnull", False), ("kind", "right")), _connector="OR",
                ),
                name="allocation_is_money_or_a_right",
            ),
        ], "indexes": [
            models.Index(fields=["subsidy", "-id"], name="allocation_by_subsidy"),
        ]}),
        AddTrigger(model_name="allocation", trigger=Trigger(name="allocations_go_to_others_of_the_brand", sql=TriggerSql(
            operation="INSERT", pgid="pgtrigger_allocations_go_to_others_of_the_brand_0cbb6", table="commissions_allocation", when="BEFORE",
            func="IF NOT EXISTS (\n    SELECT FROM commissions_subsidy giver JOIN accounts_koc koc ON koc.id = NEW.to_id AND koc.brand_id = giver.brand_id\n    WHERE giver.id = NEW.subsidy_id AND giver.koc_id <> NEW.to_id\n) THEN RAISE EXCEPTION 'an allocation goes to another KOC of the same brand' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
        ))),
        AddTrigger(model_name="allocation", trigger=Trigger(name="allocations_were_received", sql=TriggerSql(
            operation="INSERT", pgid="pgtrigger_allocations_were_received_c6b04", table="commissions_allocation", when="BEFORE",
            func="IF NEW.kind = 'money' AND NOT EXISTS (\n    SELECT FROM commissions_adjustment\n    WHERE id = NEW.adjustment_id AND kind = 'allocation' AND koc_id = NEW.to_id AND amount_minor = NEW.amount_minor\n) OR NEW.kind = 'right' AND NOT EXISTS (\n    SELECT FROM commissions_subsidy giver JOIN commissions_subsidy child ON child.parent_id = giver.id AND giver.may_pass_on\n    WHERE giver.id = NEW.subsidy_id AND child.id = NEW.child_id AND child.koc_id = NEW.to_id AND child.hand_on_minor = NEW.amount_minor\n) THEN RAISE EXCEPTION 'an allocation is what its recipient got' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW;",
        ))),
        AddTrigger(model_name="allocation", trigger=Trigger(name="allocations_are_append_only", sql=TriggerSql(
            level="STATEMENT", operation="UPDATE", pgid="pgtrigger_allocations_are_append_only_515a1", table="commissions_allocation", when="BEFORE",
            func="RAISE EXCEPTION 'what was granted, allocated or returned stays so: UPDATE of % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        AddTrigger(model_name="allocation", trigger=Trigger(name="allocations_are_kept", sql=TriggerSql(
            level="STATEMENT", operation="DELETE", pgid="pgtrigger_allocations_are_kept_bafa3", table="commissions_allocation", when="BEFORE",
            func="RAISE EXCEPTION 'records of sales and money are kept: DELETE from % refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';",
        ))),
        migrations.RunSQL(TAX_TABLE_ENDS, migrations.RunSQL.noop),
        migrations.RunSQL([(ADD_TAX_TABLE, table | {"brackets": json.dumps(table["brackets"])}) for table in TAX_TABLES], migrations.RunSQL.noop),
        migrations.RunSQL(ROOM, migrations.RunSQL.noop),
    ]
