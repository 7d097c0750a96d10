"""Brands, as operators and shops name them."""

from django.db.models import Case, CharField, F, Value, When
from django.db.models.functions import Concat

from accounts.brands.domain.shops import MAIN
from accounts.brands.models import Brand
from foundation.files.faults import Refusal


def brand_by_slug(slug: str) -> Brand:
    """The brand of this slug. Raises Refusal when there is none."""
    brand: Brand | None = Brand.objects.filter(slug=slug).first()
    if brand is None:
        raise Refusal(f"no brand {slug}")
    return brand


def shown_number_in(row: str, key: str = "key") -> str:
    """`shown_number` of a row with a shop and a `key`, in SQL."""
    return f"CASE WHEN {row}.shop = '{MAIN}' THEN {row}.{key} ELSE {row}.shop || '/' || {row}.{key} END"


def shown_number_of(order: str = "") -> Case:
    """`shown_number` of the order at the end of a path of relations, such as `line__order__`; by default of the row itself."""
    shop, key = f"{order}shop", f"{order}key"
    other = Concat(shop, Value("/"), key, output_field=CharField())
    return Case(When(**{shop: MAIN}, then=F(key)), default=other, output_field=CharField())
