"""Which rows staff see: those of the brands they work for."""

from typing import Any

from django.db.models import QuerySet

from accounts.people.models import Staff


def brand_numbers(user: Any) -> list[int]:
    """The brands that the user works for, read once for each user that was read, and so once in a request. Numbers
    instead of a subquery let the planner read an index of a brand in its order."""
    if not hasattr(user, "own_brand_numbers"):
        user.own_brand_numbers = list(
            Staff.objects.filter(user_id=user.pk).order_by("brand").values_list("brand", flat=True)
        )
    numbers: list[int] = user.own_brand_numbers
    return numbers


def of_own_brands(rows: QuerySet[Any], user: Any, brand_path: str) -> QuerySet[Any]:
    """The rows of the brands that the user works for; all of them for a superuser. `brand_path` leads from a row to its
    brand."""
    if user.is_superuser:
        return rows
    return rows.filter(**{f"{brand_path}__in": brand_numbers(user)})
