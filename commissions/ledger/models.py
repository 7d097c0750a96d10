"""Where money is, and every movement of it.

A KOC's money goes pending → approved → settled → paying; what a refund takes back after settlement comes out of `debt`,
whose balance is then negative, until later earnings fill it up again. The other side is the brand: `commissions` is
what the programme costs, `tax` what was withheld, `paid` what the bank paid out. A KOC's wallets carry a cached
balance. The brand's don't: every commission would queue on one row. Each night their transfers are folded into a sum,
to which a reader adds those since."""

import pgtrigger
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from accounts.brands.models import Brand
from accounts.people.models import Koc
from foundation.postgres.fields import ProtectedForeignKey, UnconstrainedForeignKey
from foundation.postgres.triggers import CHANGES, MetaForTriggers, checked, named_stays, refused, unchanged

WALLET_OF_ANOTHER_BRAND = """EXISTS (
    SELECT FROM added
    LEFT JOIN accounts_brand brand ON brand.id = added.brand_id
    LEFT JOIN accounts_koc koc ON koc.id = added.koc_id
    WHERE brand.id IS NULL OR added.koc_id IS NOT NULL AND koc.brand_id IS DISTINCT FROM added.brand_id
)"""
TRANSFER_ACROSS_BOOKS = """EXISTS (
    SELECT FROM added
    LEFT JOIN commissions_wallet source ON source.id = added.source_id
    LEFT JOIN commissions_wallet target ON target.id = added.target_id
    WHERE source.id IS NULL OR target.id IS NULL OR source.currency <> target.currency OR source.brand_id <> target.brand_id
)"""


class Wallet(models.Model):
    """Where money is: one kind, one currency, of a KOC or of the brand itself."""

    class Kind(models.TextChoices):
        PENDING = "pending", "pending 待确认"
        APPROVED = "approved", "approved 已确认"
        SETTLED = "settled", "settled 已结算"
        PAYING = "paying", "paying 打款中"
        DEBT = "debt", "debt 欠款"
        SUBSIDY = "subsidy", "budget to hand on 可转授补贴"
        COMMISSIONS = "commissions", "the brand's commissions 佣金支出"
        SUBSIDIES = "subsidies", "the brand's subsidies 补贴支出"
        WRITE_OFFS = "write_offs", "debts written off 核销"
        TAX = "tax", "tax withheld 代扣税款"
        PAID = "paid", "paid out by the bank 已打款"

    # No constraint a row, as for transfers; what starts with the brand is the key below.
    brand = UnconstrainedForeignKey(Brand)
    koc = ProtectedForeignKey(Koc, null=True, blank=True, db_constraint=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField(
        null=True, blank=True, help_text="cached for a KOC's wallet; empty for a brand's, which is folded"
    )
    folded_minor = models.BigIntegerField(
        default=0, db_default=0, help_text="of a brand's wallet: the sum of its transfers up to `folded_to`"
    )
    folded_to = models.BigIntegerField(default=0, db_default=0, help_text="the last transfer that is folded")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["brand", "koc", "kind", "currency"], nulls_distinct=False, name="wallet_once"),
            CheckConstraint(
                condition=Q(koc=None) ^ Q(balance_minor__isnull=False), name="wallet_of_a_koc_has_a_balance"
            ),
            CheckConstraint(
                condition=Q(koc__isnull=False, kind__in=["pending", "approved", "settled", "paying", "debt", "subsidy"])
                | Q(koc=None, kind__in=["commissions", "subsidies", "write_offs", "tax", "paid"]),
                name="wallet_kind_fits_its_owner",
            ),
            CheckConstraint(
                condition=Q(balance_minor=None) | Q(kind="debt") | Q(balance_minor__gte=0),
                name="wallet_is_not_overdrawn",
            ),
            CheckConstraint(
                condition=Q(koc=None) | Q(folded_minor=0, folded_to=0), name="wallet_of_a_koc_is_not_folded"
            ),
        ]
        triggers = [
            checked(
                "wallets_stay_in_one_brand", WALLET_OF_ANOTHER_BRAND, "a wallet is of a brand, or of a KOC of the brand"
            ),
            unchanged("wallets_stay", "id", "brand_id", "koc_id", "currency"),
            refused(
                "wallets_are_kept",
                pgtrigger.Delete,
                "a wallet stays where it is: % refused",
                "TG_OP",
                level=pgtrigger.Row,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.koc or self.brand}"


class Transfer(models.Model):
    """One movement of money. Rows are only added; a mistake is answered by another row."""

    class Reason(models.TextChoices):
        ACCRUAL = "accrual", "a commission was made 计佣"
        REVERSAL = "reversal", "a refund, amendment or review changed it 冲回"
        APPROVAL = "approval", "the hold ended 确认"
        SETTLEMENT = "settlement", "put on a statement 结算"
        DEBT_ADVANCE = "debt_advance", "taken back after the period's end: the next one owes it 期后冲回"
        DEBT_RECOVERY = "debt_recovery", "a debt was taken off 抵扣欠款"
        TAX = "tax", "tax withheld 代扣税"
        REOPENED_SETTLEMENT = "reopened_settlement", "reopened: put on a statement 撤销结算"
        REOPENED_DEBT_ADVANCE = "reopened_debt_advance", "reopened: taken back after the end 撤销期后冲回"
        REOPENED_DEBT_RECOVERY = "reopened_debt_recovery", "reopened: a debt taken off 撤销抵扣"
        REOPENED_TAX = "reopened_tax", "reopened: tax withheld 撤销代扣税"
        REOPENED_REVERSAL = "reopened_reversal", "reopened: what refunds took since 撤销后冲回"
        SUBSIDY = "subsidy", "a KOC's own part of a subsidy 补贴"
        GRANT = "grant", "a budget to hand on 授予可转授补贴"
        ALLOCATION = "allocation", "handed on as money 转授"
        PASSING = "passing", "handed on as a right 转授额度"
        EXPIRY = "expiry", "a budget expired 到期收回"
        WRITE_OFF = "write_off", "a debt was written off 核销欠款"
        PAYOUT = "payout", "given to the bank 导出打款"
        PAID = "paid", "the bank paid 已打款"
        RETURNED = "returned", "the bank failed 打款退回"

    # No constraint a row: one trigger a statement checks that both wallets exist and are of one book, at a tenth of the
    # cost.
    source = UnconstrainedForeignKey(Wallet, related_name="outgoing")
    target = UnconstrainedForeignKey(Wallet, related_name="incoming")
    amount_minor = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=24, choices=Reason.choices)
    cause_id = models.BigIntegerField(help_text="the row that moved it, by reason")
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(amount_minor__gt=0), name="transfer_moves_a_positive_amount"),
            CheckConstraint(condition=~Q(source=F("target")), name="transfer_goes_somewhere_else"),
            UniqueConstraint(fields=["reason", "cause_id"], name="transfer_once_per_reason_and_cause"),
        ]
        # A wallet's latest transfers, and those since it was folded, without reading the others.
        indexes = [
            Index(fields=["source", "id"], name="transfer_by_source"),
            Index(fields=["target", "id"], name="transfer_by_target"),
        ]
        triggers = [
            checked(
                "transfers_stay_in_one_book",
                TRANSFER_ACROSS_BOOKS,
                "a transfer goes between two wallets of one currency and one brand",
            ),
            refused("transfers_are_append_only", CHANGES, "transfers are append-only: % refused", "TG_OP"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} for {self.reason} {self.cause_id}"


class BrandWithWallets(Brand):
    """Brands as the ledger sees them. Wallets name them without a constraint, so a law keeps those that are named."""

    class Meta(MetaForTriggers):
        triggers = [named_stays("brands_with_wallets_stay", "commissions_wallet", "brand_id")]


class KocWithWallets(Koc):
    """KOCs as the ledger sees them."""

    class Meta(MetaForTriggers):
        triggers = [named_stays("kocs_with_wallets_stay", "commissions_wallet", "koc_id")]
