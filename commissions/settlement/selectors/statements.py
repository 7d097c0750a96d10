"""The statements of a KOC."""

from typing import Any

from django.db.models import QuerySet

from accounts.people.models import User
from commissions.settlement.models.statements import Statement, StatementLine


def statements_of(user: User) -> Any:
    """All statements of all memberships of a user; those of a reopened month are void and left out."""
    return Statement.objects.filter(koc__user=user).exclude(status=Statement.Status.VOID)


def lines_of(statement: Statement) -> QuerySet[StatementLine]:
    """The lines of a statement with what each is for, in one query."""
    return StatementLine.objects.filter(statement=statement).select_related(
        "commission__line__order", "commission__line__product", "adjustment"
    )
