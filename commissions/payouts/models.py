"""Statements that finance pays together. One person makes a batch, another approves it; the bank's answer comes back
line by line."""

import pgtrigger
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.payees.models.payees import Payee
from commissions.settlement.models.statements import Statement
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.triggers import Trigger, checked, kept
from foundation.sealing import SEAL
from foundation.texts.amounts import shown
from foundation.texts.names import named_by

# What a payout batch may do is the database's word: whose statements, what amounts, in which order, approved by whom.
LINE_DOES_NOT_FIT = """EXISTS (
    SELECT FROM added
    LEFT JOIN commissions_payoutbatch batch ON batch.id = added.batch_id
    LEFT JOIN commissions_statement statement ON statement.id = added.statement_id
    LEFT JOIN accounts_koc koc ON koc.id = statement.koc_id
    WHERE batch.status IS DISTINCT FROM 'draft' OR koc.brand_id IS DISTINCT FROM batch.brand_id OR statement.koc_id IS DISTINCT FROM added.koc_id
        OR statement.currency IS DISTINCT FROM batch.currency OR statement.net_minor IS DISTINCT FROM added.amount_minor
        OR statement.status IS DISTINCT FROM 'ready' OR added.status IS DISTINCT FROM 'waiting'
)"""
LINES_MOVE_ON = """
IF (NEW.id, NEW.batch_id, NEW.position, NEW.statement_id, NEW.koc_id, NEW.amount_minor, NEW.reference)
    IS DISTINCT FROM (OLD.id, OLD.batch_id, OLD.position, OLD.statement_id, OLD.koc_id, OLD.amount_minor, OLD.reference) THEN
    RAISE EXCEPTION 'a payout line stays what it is' USING ERRCODE = 'integrity_constraint_violation';
END IF;
IF NEW.status <> OLD.status THEN
    SELECT status INTO batch_status FROM commissions_payoutbatch WHERE id = NEW.batch_id;
    IF NOT (
        OLD.status = 'waiting' AND NEW.status IN ('paid', 'failed', 'returned') AND batch_status = 'exported'
        OR OLD.status = 'waiting' AND NEW.status = 'dropped' AND batch_status IN ('draft', 'cancelled')
        OR OLD.status = 'paid' AND NEW.status = 'returned' AND batch_status IN ('exported', 'closed')
    ) THEN
        RAISE EXCEPTION 'a payout line of a batch that is % does not go from % to %', batch_status, OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END IF;
IF OLD.result_at IS NOT NULL AND (NEW.result_at, NEW.result_file) IS DISTINCT FROM (OLD.result_at, OLD.result_file)
    OR OLD.return_told_at IS NOT NULL AND (NEW.return_told_at, NEW.return_file) IS DISTINCT FROM (OLD.return_told_at, OLD.return_file)
    OR OLD.paid_at IS NOT NULL AND NEW.paid_at IS DISTINCT FROM OLD.paid_at
    OR OLD.returned_at IS NOT NULL AND NEW.returned_at IS DISTINCT FROM OLD.returned_at
    OR OLD.bank_reference <> '' AND NEW.bank_reference <> OLD.bank_reference
    OR OLD.reason <> '' AND NEW.reason <> OLD.reason AND NEW.status = OLD.status THEN
    RAISE EXCEPTION 'what the bank said of a payment stays said' USING ERRCODE = 'integrity_constraint_violation';
END IF;
RETURN NEW;
"""
BATCHES_MOVE_ON = """
IF (NEW.id, NEW.brand_id, NEW.number, NEW.currency, NEW.made_by_id, NEW.made_at)
    IS DISTINCT FROM (OLD.id, OLD.brand_id, OLD.number, OLD.currency, OLD.made_by_id, OLD.made_at)
    OR OLD.approved_at IS NOT NULL AND (NEW.approved_by_id, NEW.approved_at, NEW.lines_count, NEW.total_minor, NEW.title)
        IS DISTINCT FROM (OLD.approved_by_id, OLD.approved_at, OLD.lines_count, OLD.total_minor, OLD.title)
    OR OLD.exported_at IS NOT NULL AND (NEW.exported_by_id, NEW.exported_at, NEW.template_key, NEW.template_text)
        IS DISTINCT FROM (OLD.exported_by_id, OLD.exported_at, OLD.template_key, OLD.template_text) THEN
    RAISE EXCEPTION 'what is said of a payout batch stays said' USING ERRCODE = 'integrity_constraint_violation';
END IF;
IF NEW.status <> OLD.status THEN
    IF (OLD.status, NEW.status) NOT IN
        (('draft', 'approved'), ('draft', 'cancelled'), ('approved', 'exported'), ('approved', 'cancelled'), ('exported', 'closed')) THEN
        RAISE EXCEPTION 'a payout batch does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT count(*), COALESCE(sum(amount_minor), 0) INTO told_count, told_total
    FROM commissions_payoutline WHERE batch_id = NEW.id AND status = 'waiting';
    IF NEW.status IN ('approved', 'exported') AND (told_count, told_total) IS DISTINCT FROM (NEW.lines_count::bigint, NEW.total_minor::numeric) THEN
        RAISE EXCEPTION 'payout batch % says % lines of %, it has % of %', NEW.id, NEW.lines_count, NEW.total_minor, told_count, told_total
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'closed' AND told_count > 0 THEN
        RAISE EXCEPTION 'payout batch % still waits for % results', NEW.id, told_count USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END IF;
RETURN NEW;
"""

OF_BATCHES = [
    Trigger(
        name="payout_batches_move_on",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        declare=[("told_count", "bigint"), ("told_total", "numeric")],
        func=BATCHES_MOVE_ON,
    ),
    kept("payout_batches_are_kept"),
]
# A batch is made with its lines while it is a draft; each pays one whole statement of the brand, in its currency.
OF_LINES = [
    checked(
        "payout_lines_fit",
        LINE_DOES_NOT_FIT,
        "a payout line pays a whole ready statement of its draft's brand and currency",
    ),
    Trigger(
        name="payout_lines_move_on",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        declare=[("batch_status", "text")],
        func=LINES_MOVE_ON,
    ),
    kept("payout_lines_are_kept"),
]


class PayoutTemplate(models.Model):
    """A brand's own layout of a file for its bank, or of one that comes back from it. It takes the place of the one of
    the same key and kind that comes with Grove."""

    class Kind(models.TextChoices):
        EXPORT = "export", _("to the bank")
        RESULTS = "results", _("results, from the bank")

    brand = ProtectedForeignKey(Brand)
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.EXPORT, db_default=Kind.EXPORT)
    key = models.SlugField(max_length=40)
    text = models.TextField(max_length=20_000, help_text=_("YAML: see docs/payouts.md"))
    written_by = ProtectedForeignKey(User)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["brand", "kind", "key"], name="payout_template_key_once_per_brand")]

    @named_by("brand")
    def __str__(self) -> str:
        return _("%(key)s of %(brand)s") % {"key": self.key, "brand": self.brand}


class PayoutBatch(PublicModel, prefix="bat"):
    """Statements that finance pays together: draft → approved, by another than its maker → exported → closed when every
    line has its result."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        APPROVED = "approved", pgettext_lazy("by a second person", "approved")
        EXPORTED = "exported", _("exported")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")

    brand = ProtectedForeignKey(Brand)
    number = models.PositiveIntegerField(help_text=_("1, 2, 3 … of the brand"))
    currency = models.CharField(max_length=3)
    title = models.CharField(max_length=32, help_text=_("what payees read beside the payment"))
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT)
    lines_count = models.PositiveIntegerField(help_text=_("without those that were taken out"))
    total_minor = models.PositiveBigIntegerField(help_text=_("the sum of these lines"))
    made_by = ProtectedForeignKey(User)
    made_at = models.DateTimeField()
    approved_by = ProtectedForeignKey(User, null=True)
    approved_at = models.DateTimeField(null=True)
    exported_by = ProtectedForeignKey(User, null=True)
    exported_at = models.DateTimeField(null=True)
    template_key = models.CharField(max_length=40, blank=True, help_text=_("the layout that it was first exported in"))
    template_text = models.TextField(
        blank=True, help_text=_("the layout as it was then: the same file can be made again")
    )
    closed_at = models.DateTimeField(null=True)
    cancelled_by = ProtectedForeignKey(User, null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = _("payout batches")
        constraints = [
            UniqueConstraint(fields=["brand", "number"], name="payout_batch_number_once_per_brand"),
            CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("made_by")), name="payout_batch_is_approved_by_another"
            ),
            CheckConstraint(
                condition=Q(approved_by__isnull=False, approved_at__isnull=False, lines_count__gt=0)
                | Q(approved_by=None, approved_at=None, status__in=["draft", "cancelled"]),
                name="payout_batch_says_who_approved_it",
            ),
            CheckConstraint(
                condition=~Q(status="draft") | Q(approved_by=None), name="payout_batch_that_is_a_draft_is_not_approved"
            ),
            CheckConstraint(
                condition=Q(status__in=["exported", "closed"], exported_by__isnull=False, exported_at__isnull=False)
                & ~Q(template_key="")
                | Q(status__in=["draft", "approved", "cancelled"], exported_by=None, exported_at=None, template_key=""),
                name="payout_batch_says_who_exported_it",
            ),
            CheckConstraint(
                condition=Q(status="closed") ^ Q(closed_at=None), name="payout_batch_says_when_it_was_closed"
            ),
            CheckConstraint(
                condition=Q(status="cancelled", cancelled_by__isnull=False, cancelled_at__isnull=False)
                | ~Q(status="cancelled") & Q(cancelled_by=None, cancelled_at=None),
                name="payout_batch_says_who_cancelled_it",
            ),
        ]
        triggers = OF_BATCHES

    def __str__(self) -> str:
        return _("batch %(number)s %(title)s") % {"number": self.number, "title": self.title}


class PayoutLine(models.Model):
    """One statement in one batch. It waits for the bank's word; a line that failed, was given back or was taken out
    frees its statement for the next batch. One that was given back was paid before, and says when both happened."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        PAID = "paid", _("paid")
        FAILED = "failed", _("failed")
        RETURNED = "returned", _("given back")
        DROPPED = "dropped", _("taken out")

    LIVE = (Status.WAITING, Status.PAID)  # these hold their statement

    batch = ProtectedForeignKey(PayoutBatch, related_name="lines", db_index=False)
    position = models.PositiveIntegerField(help_text=_("1, 2, 3 … in the batch"))
    statement = ProtectedForeignKey(Statement, related_name="payout_lines")
    koc = ProtectedForeignKey(Koc)
    amount_minor = models.PositiveBigIntegerField()
    reference = models.CharField(max_length=16, unique=True, help_text=_("goes to the bank and comes back"))
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    method = models.CharField(
        max_length=6, blank=True, choices=Payee.Method.choices, help_text=_("how it was exported to be paid")
    )
    account_last4 = models.CharField(max_length=4, blank=True)
    payee_sealed = models.TextField(
        blank=True, help_text=_("whom it was exported to: where the money went stays known when the payee changes it")
    )
    bank_reference = models.CharField(max_length=64, blank=True, help_text=_("the bank's own number of the payment"))
    reason = models.CharField(
        max_length=200, blank=True, help_text=_("why it failed or was given back, as the bank says")
    )
    paid_at = models.DateTimeField(null=True, help_text=_("when the bank paid, as it says"))
    result_at = models.DateTimeField(null=True, help_text=_("when the result was loaded"))
    result_file = models.CharField(max_length=200, blank=True, help_text=_("the file that first said so"))
    returned_at = models.DateTimeField(null=True, help_text=_("when the bank gave back what it had paid, as it says"))
    return_told_at = models.DateTimeField(null=True, help_text=_("when the file that first said so was loaded"))
    return_file = models.CharField(
        max_length=200, blank=True, db_default="", help_text=_("the file that first said that it was given back")
    )

    class Meta:
        constraints = [
            UniqueConstraint(fields=["batch", "position"], name="payout_line_position_once_per_batch"),
            UniqueConstraint(
                fields=["statement"],
                condition=Q(status__in=["waiting", "paid"]),
                name="payout_line_live_once_per_statement",
            ),
            CheckConstraint(condition=Q(amount_minor__gt=0), name="payout_line_pays_something"),
            CheckConstraint(
                condition=Q(status__in=["paid", "failed", "returned"], result_at__isnull=False)
                | Q(
                    status__in=["waiting", "dropped"],
                    result_at=None,
                    paid_at=None,
                    bank_reference="",
                    reason="",
                    result_file="",
                ),
                name="payout_line_has_its_result_or_none",
            ),
            CheckConstraint(
                condition=Q(payee_sealed="") | Q(payee_sealed__regex=SEAL), name="payout_line_payee_is_sealed"
            ),
            CheckConstraint(
                condition=Q(status__in=["paid", "returned"]) | Q(paid_at=None),
                name="payout_line_that_failed_was_not_paid",
            ),
            CheckConstraint(
                condition=Q(status="returned", return_told_at__isnull=False)
                | ~Q(status="returned") & Q(returned_at=None, return_told_at=None, return_file=""),
                name="payout_line_that_was_given_back_says_so",
            ),
        ]
        indexes = [
            Index(fields=["batch"], name="payout_line_waiting", condition=Q(status="waiting")),
            Index(fields=["batch"], name="payout_line_not_paid", condition=Q(status__in=["failed", "dropped"])),
            Index(fields=["batch"], name="payout_line_given_back", condition=Q(status="returned")),
            Index(fields=["bank_reference"], name="payout_line_by_bank_reference", condition=~Q(bank_reference="")),
        ]
        triggers = OF_LINES

    @named_by("batch", "koc")
    def __str__(self) -> str:
        return _("%(reference)s · %(amount)s for %(koc)s") % {
            "reference": self.reference,
            "amount": shown(self.amount_minor, self.batch.currency),
            "koc": self.koc.called,
        }
