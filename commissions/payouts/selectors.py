"""The statements that are ready to be paid, those that batches hold, and the payments without a result."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Collate

from accounts.brands.models import Brand
from commissions.ledger.models import Transfer
from commissions.payees.models.payees import Payee
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.settlement.models.statements import Settlement, Statement
from foundation.files.faults import Refusal

OF_LINES = [Transfer.Reason.PAYOUT, Transfer.Reason.PAID, Transfer.Reason.RETURNED, Transfer.Reason.GIVEN_BACK]
"""Why money moves because of a payout line."""
_HOLDING = PayoutLine.objects.filter(statement=OuterRef("pk"), status__in=PayoutLine.LIVE)


def payable(statements: QuerySet[Statement]) -> QuerySet[Statement]:
    """Those with something to pay that no batch holds."""
    return statements.filter(
        ~Exists(_HOLDING), status=Statement.Status.READY, net_minor__gt=0, currency=F("koc__brand__currency")
    )


def held(statements: QuerySet[Statement]) -> QuerySet[Statement]:
    """Those that are drafted, approved, at the bank, or paid."""
    return statements.filter(Exists(_HOLDING))


def payable_statements(brand: Brand) -> QuerySet[Statement]:
    """The statements that a new batch of the brand may hold, in the order of KOCs and periods."""
    return payable(Statement.objects.filter(koc__brand=brand)).order_by(Collate("koc__key", "C"), "period", "pk")


def with_payee(statements: QuerySet[Statement], *, method: str = "") -> QuerySet[Statement]:
    """Those of KOCs with a payee; of this method, if one is given."""
    return statements.filter(Exists(_payees(method)))


def without_payee(statements: QuerySet[Statement]) -> QuerySet[Statement]:
    """Those that wait because their KOC has no payee yet."""
    return statements.filter(~Exists(_payees("")))


@dataclass(frozen=True, slots=True)
class Ready:
    """What a brand could pay now: `count` statements of that sum, of which `no_payee` wait because their KOC has no
    payee yet."""

    brand: str
    currency: str
    count: int
    amount_minor: int
    no_payee: int


def ready_by_brand(brands: QuerySet[Brand]) -> list[Ready]:
    ready = payable(Statement.objects.filter(koc__brand__in=brands))
    totals = ready.values_list("koc__brand__name", "currency").annotate(
        count=Count("pk"), amount=Sum("net_minor"), no_payee=Count("pk", filter=~Exists(_payees("")))
    )
    return [Ready(*row) for row in totals.order_by("koc__brand__name")]


def _payees(method: str) -> QuerySet[Payee]:
    payees = Payee.objects.filter(user=OuterRef("koc__user"))
    return payees.filter(method=method) if method else payees


def holds_statements(settlement: Settlement) -> bool:
    """Whether a batch holds a statement of this settlement: drafted, approved, at the bank, or paid. Such a period is
    not reopened."""
    return PayoutLine.objects.filter(statement__settlement=settlement, status__in=PayoutLine.LIVE).exists()


def batch_by_id(public_id: str) -> PayoutBatch:
    """The batch of this public id, with its brand. Raises Refusal when there is none."""
    batch: PayoutBatch | None = PayoutBatch.objects.with_public_id(public_id).select_related("brand").first()
    if batch is None:
        raise Refusal(f"no payout batch {public_id}")
    return batch


def waiting_lines(batch: PayoutBatch) -> QuerySet[PayoutLine]:
    return PayoutLine.objects.filter(batch=batch, status=PayoutLine.Status.WAITING).order_by("position")


def exported_lines(batch: PayoutBatch) -> QuerySet[PayoutLine]:
    """The lines that are in the batch's files, in their order: all but those that were taken out before."""
    return PayoutLine.objects.filter(batch=batch).exclude(status=PayoutLine.Status.DROPPED).order_by("position")


@dataclass(frozen=True, slots=True)
class StatusTotal:
    """Lines of one status, and their sum."""

    status: PayoutLine.Status
    count: int
    amount_minor: int


def payments_with_result() -> Prefetch:
    """Of statements the payments whose result the bank told, in their order, as `payments_with_result`."""
    told = PayoutLine.objects.filter(result_at__isnull=False).order_by("pk")
    return Prefetch("payout_lines", queryset=told, to_attr="payments_with_result")


def parts_of(batch: PayoutBatch) -> list[StatusTotal]:
    """A batch's lines by status, in the order of the statuses."""
    totals = {
        status: StatusTotal(PayoutLine.Status(status), count, amount)
        for status, count, amount in PayoutLine.objects.filter(batch=batch)
        .values_list("status")
        .annotate(count=Count("pk"), amount=Sum("amount_minor"))
    }
    return [totals[status] for status in PayoutLine.Status.values if status in totals]


def moved_by(batch: PayoutBatch) -> dict[str, int]:
    """Reason → the amount that the ledger moved for a batch's lines. Equals its parts: payout is all, paid and returned
    are those with a result; of what was paid, given back is what came back."""
    transfers = Transfer.objects.filter(
        reason__in=OF_LINES, cause_id__in=PayoutLine.objects.filter(batch=batch).values("pk")
    )
    return dict(transfers.values_list("reason").annotate(amount=Sum("amount_minor")))


NO_RESULT_DAYS = 3  # a bank reports on the next working day; a weekend may lie between


def lines_without_result(*, days: int = NO_RESULT_DAYS, at: datetime) -> Q:
    """Lines that were exported more than this many days ago, and for which the bank reported no result."""
    return Q(
        status=PayoutLine.Status.WAITING,
        batch__status=PayoutBatch.Status.EXPORTED,
        batch__exported_at__lt=at - timedelta(days=days),
    )


def overdue_lines(brands: QuerySet[Brand], *, days: int = NO_RESULT_DAYS, at: datetime) -> QuerySet[PayoutLine]:
    """The payments of these brands that are overdue, so that the bank should be asked."""
    return PayoutLine.objects.filter(lines_without_result(days=days, at=at), batch__brand__in=brands)
