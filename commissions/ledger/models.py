"""Where money is, and every movement of it.

A KOC's money goes pending → approved → settled → paying; what a refund takes back after settlement comes out of `debt`,
whose balance is then negative, until later earnings fill it up again. The other side is the brand: `commissions` is
what the programme costs, `tax` what was withheld, `paid` what the bank paid out. A KOC's wallets carry a cached
balance. The brand's don't: every commission would queue on one row. Each night their transfers are folded into a sum,
to which a reader adds those since."""

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Koc
from foundation.postgres.fields import ProtectedForeignKey, UnconstrainedForeignKey
from foundation.postgres.triggers import CHANGES, MetaForTriggers, checked, named_stays, refused, unchanged
from foundation.texts.amounts import shown
from foundation.texts.moments import full_moment
from foundation.texts.names import named_by

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
        PENDING = "pending", _("pending")
        APPROVED = "approved", _("approved")
        SETTLED = "settled", _("settled")
        PAYING = "paying", _("paying")
        DEBT = "debt", _("debt")
        SUBSIDY = "subsidy", _("budget to hand on")
        COMMISSIONS = "commissions", _("the brand's commissions")
        SUBSIDIES = "subsidies", _("the brand's subsidies")
        WRITE_OFFS = "write_offs", _("debts written off")
        TAX = "tax", _("tax withheld")
        PAID = "paid", _("paid out by the bank")

    # No constraint a row, as for transfers; what starts with the brand is the key below.
    brand = UnconstrainedForeignKey(Brand)
    koc = ProtectedForeignKey(Koc, null=True, blank=True, db_constraint=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField(
        null=True, blank=True, help_text=_("cached for a KOC's wallet; empty for a brand's, which is folded")
    )
    folded_minor = models.BigIntegerField(
        default=0, db_default=0, help_text=_("of a brand's wallet: the sum of its transfers up to `folded_to`")
    )
    folded_to = models.BigIntegerField(default=0, db_default=0, help_text=_("the last transfer that is folded"))

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

    @named_by("koc", "brand")
    def __str__(self) -> str:
        return _("%(kind)s of %(whose)s") % {"kind": self.get_kind_display(), "whose": self.koc or self.brand}


class Transfer(models.Model):
    """One movement of money. Rows are only added; a mistake is answered by another row."""

    class Reason(models.TextChoices):
        ACCRUAL = "accrual", _("a commission was made")
        REVERSAL = "reversal", _("a refund, amendment or review changed it")
        APPROVAL = "approval", _("the hold ended")
        APPROVAL_WITHDRAWN = "approval_withdrawn", _("a later delivery began the hold anew")
        REAPPROVAL = "reapproval", _("the hold that was begun anew ended")
        SETTLEMENT = "settlement", _("put on a statement")
        DEBT_ADVANCE = "debt_advance", _("taken back after the period's end: the next one owes it")
        DEBT_RECOVERY = "debt_recovery", _("a debt was taken off")
        TAX = "tax", _("tax withheld")
        REOPENED_SETTLEMENT = "reopened_settlement", _("reopened: put on a statement")
        REOPENED_DEBT_ADVANCE = "reopened_debt_advance", _("reopened: taken back after the end")
        REOPENED_DEBT_RECOVERY = "reopened_debt_recovery", _("reopened: a debt taken off")
        REOPENED_TAX = "reopened_tax", _("reopened: tax withheld")
        REOPENED_REVERSAL = "reopened_reversal", _("reopened: what refunds took since")
        SUBSIDY = "subsidy", _("a KOC's own part of a subsidy")
        GRANT = "grant", _("a budget to hand on")
        ALLOCATION = "allocation", _("handed on as money")
        PASSING = "passing", _("handed on as a right")
        EXPIRY = "expiry", _("a budget expired")
        WRITE_OFF = "write_off", _("a debt was written off")
        PAYOUT = "payout", _("given to the bank")
        PAID = "paid", _("the bank paid")
        RETURNED = "returned", _("the bank failed")
        GIVEN_BACK = "given_back", _("the bank gave back what it had paid")

    # No constraint a row: one trigger a statement checks that both wallets exist and are of one book, at a tenth of the
    # cost.
    source = UnconstrainedForeignKey(Wallet, related_name="outgoing")
    target = UnconstrainedForeignKey(Wallet, related_name="incoming")
    amount_minor = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=24, choices=Reason.choices)
    cause_id = models.BigIntegerField(help_text=_("the row that moved it, by reason"))
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
            BrinIndex(fields=["moved_at"], autosummarize=True, name="transfer_by_time"),
        ]
        triggers = [
            checked(
                "transfers_stay_in_one_book",
                TRANSFER_ACROSS_BOOKS,
                "a transfer goes between two wallets of one currency and one brand",
            ),
            refused("transfers_are_append_only", CHANGES, "transfers are append-only: % refused", "TG_OP"),
        ]

    @named_by("source__brand")
    def __str__(self) -> str:
        amount, at = (
            shown(self.amount_minor, self.source.currency),
            full_moment(self.moved_at, self.source.brand.timezone),
        )
        return f"{amount} · {self.get_reason_display()} · {at}"


class BrandWithWallets(Brand):
    """Brands as the ledger sees them. Wallets name them without a constraint, so a law keeps those that are named."""

    class Meta(MetaForTriggers):
        triggers = [named_stays("brands_with_wallets_stay", "commissions_wallet", "brand_id")]


class KocWithWallets(Koc):
    """KOCs as the ledger sees them."""

    class Meta(MetaForTriggers):
        triggers = [named_stays("kocs_with_wallets_stay", "commissions_wallet", "koc_id")]
