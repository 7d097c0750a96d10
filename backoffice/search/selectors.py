"""One search over what staff look for: KOCs, customers, orders, commissions, statements, kits, shares, coupons and
payments of the brands that one works for.

Whole public ids, keys, codes, references and phones are found by their own indexes; names of people and titles of kits
also by a part. What belongs to another brand is not found, nor is it said that it is there.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db.models import Model, QuerySet

from accounts.brands.models import Brand
from accounts.people.models import Customer, Koc
from commissions.earnings.models.commissions import Commission
from commissions.orders.models import Order
from commissions.payouts.models import PayoutLine
from commissions.settlement.models.statements import Statement
from content.kits.models import Kit
from foundation.phones import e164
from foundation.postgres.names import with_name_part
from referrals.coupons.models import Coupon
from referrals.shares.models import Share

MOST = 10  # rows of a kind: who needs more types more
MOST_BRANDS = 50  # names are looked for in so many brands at once
LONGEST = 120  # as long as the longest of names, keys and codes

# What a kind is called beside its public id, from the brands' rows and what was typed.
Lookup = Callable[[QuerySet[Any], str], QuerySet[Any]]
KINDS: dict[type[Model], tuple[str, Lookup]] = {
    Koc: ("brand", lambda rows, text: rows.filter(key=text)),
    Customer: ("brand", lambda rows, text: rows.filter(key=text)),
    Order: ("brand", lambda rows, text: rows.filter(key=text)),
    Commission: ("brand", lambda rows, text: rows.filter(line__order__key=text)),
    Statement: ("settlement__brand", lambda rows, _text: rows.none()),
    Kit: ("brand", lambda rows, text: rows.filter(key=text)),
    Share: ("brand", lambda rows, text: rows.filter(code=text)),
    Coupon: ("brand", lambda rows, text: rows.filter(code=text.upper())),
    PayoutLine: ("batch__brand", lambda rows, text: rows.filter(reference=text.upper())),
}
NAMES: dict[type[Model], str] = {Koc: "name", Customer: "name", Kit: "title"}


def found(brands: QuerySet[Brand], text: str) -> dict[type[Model], list[Any]]:
    """The rows of these brands that a text finds, by their kind, the nearest first; at most MOST of a kind."""
    text = text.strip()[:LONGEST]
    numbers = list(brands.order_by("name").values_list("pk", flat=True)[: MOST_BRANDS + 1])
    if not text or not numbers:
        return {}
    rows = {model: list(_rows_of(model, numbers, brands, text)) for model in KINDS}
    return {model: kept for model, kept in rows.items() if kept}


def _rows_of(model: type[Model], numbers: Sequence[int], brands: QuerySet[Brand], text: str) -> Iterator[Any]:
    """Exact ones before those whose name has the text somewhere; each once."""
    seen: set[int] = set()
    for rows in _queries(model, numbers, brands, text):
        for row in rows[: MOST - len(seen)]:
            if row.pk not in seen:
                seen.add(row.pk)
                yield row
        if len(seen) >= MOST:
            return


def _queries(model: type[Model], numbers: Sequence[int], brands: QuerySet[Brand], text: str) -> Iterator[QuerySet[Any]]:
    path, lookup = KINDS[model]
    own = _readable(model).filter(**{f"{path}__in": brands})
    number = getattr(model, "number_of", lambda _text: None)(text)
    if number is not None:
        yield own.filter(pk=number)
        return
    yield lookup(own, text)
    if model is Koc:
        yield own.filter(invite_code__in=[text, text.upper()])
    if phone := _phone(text):
        if model is Koc:
            yield own.filter(user__phone=phone)
        elif model is Customer:
            yield own.filter(phone=phone)
    if model in NAMES:
        parts = [
            with_name_part(_readable(model), text, scope="brand_id", number=brand, field=NAMES[model]).order_by()[:MOST]
            for brand in numbers[:MOST_BRANDS]
        ]
        yield parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0]


def _phone(text: str) -> str:
    digits = [character for character in text if character.isdigit()]
    return e164(text) or "" if len(digits) >= 7 else ""


def _readable(model: type[Model]) -> QuerySet[Any]:
    """The rows with what their names need."""
    named: dict[type[Model], list[str]] = {
        Koc: ["brand"],
        Customer: ["brand"],
        Order: ["brand"],
        Commission: ["brand", "koc", "line__order"],
        Statement: ["koc", "settlement"],
        Kit: ["brand"],
        Share: ["koc"],
        Coupon: ["koc"],
        PayoutLine: ["koc", "batch"],
    }
    return QuerySet(model).select_related(*named[model])
