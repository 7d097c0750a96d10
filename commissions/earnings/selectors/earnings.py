"""What a KOC earned."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum

from accounts.people.models import Koc, User
from commissions.earnings.models.commissions import Commission
from commissions.ledger.models import Wallet
from commissions.settlement.models.statements import Statement, StatementLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """A KOC's money by where it is, in minor units of the brand's currency. `debt_minor` is positive while something is
    owed."""

    currency: str
    pending_minor: int
    approved_minor: int
    settled_minor: int
    paying_minor: int
    debt_minor: int
    paid_minor: int


def with_lines(commissions: QuerySet[Commission]) -> QuerySet[Commission]:
    """Commissions with what they were earned for, in one query."""
    return commissions.select_related("brand", "line__order", "line__product")


def commissions_of(user: User) -> QuerySet[Any]:
    """All commissions of all memberships of a user."""
    return Commission.objects.filter(koc__user=user)


def statements_of(user: User) -> Any:
    """All statements of all memberships of a user; those of a month that was reopened are not theirs any more."""
    return Statement.objects.filter(koc__user=user).exclude(status=Statement.Status.VOID)


def lines_of(statement: Statement) -> QuerySet[StatementLine]:
    """The lines of a statement with what each is for, in one query."""
    return StatementLine.objects.filter(statement=statement).select_related(
        "commission__line__order", "commission__line__product", "adjustment"
    )


def wallet_of(koc: Koc) -> Purse:
    """What a KOC has at its brand, in the brand's currency."""
    currency = koc.brand.currency
    balances = dict(
        Wallet.objects.filter(brand=koc.brand_id, koc=koc, currency=currency).values_list("kind", "balance_minor")
    )
    paid = Statement.objects.filter(koc=koc, currency=currency, status=Statement.Status.PAID).aggregate(
        total=Sum("net_minor")
    )["total"]
    return Purse(
        currency=currency,
        pending_minor=balances.get(Wallet.Kind.PENDING) or 0,
        approved_minor=balances.get(Wallet.Kind.APPROVED) or 0,
        settled_minor=balances.get(Wallet.Kind.SETTLED) or 0,
        paying_minor=balances.get(Wallet.Kind.PAYING) or 0,
        debt_minor=-(balances.get(Wallet.Kind.DEBT) or 0),
        paid_minor=paid or 0,
    )
