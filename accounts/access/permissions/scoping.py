"""Which rows staff see: those of the brands they work for."""

from typing import Any

from django.db.models import QuerySet

from accounts.people.models import Staff


def of_own_brands(rows: QuerySet[Any], user: Any, brand_path: str) -> QuerySet[Any]:
    """The rows of the brands that the user works for; all of them for a superuser. `brand_path` leads from a row to its
    brand."""
    if user.is_superuser:
        return rows
    return rows.filter(**{f"{brand_path}__in": Staff.objects.filter(user_id=user.pk).values("brand")})
