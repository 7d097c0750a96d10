"""The whole book, told without the numbers of rows: two runs that came to the same are equal here, whatever numbers
they used up on the way."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models

from accounts.people.models import Customer
from commissions.compliance.domain.causes import CAUSES
from commissions.earnings.models.credits import OrderCredit
from commissions.ledger.models import Transfer, Wallet
from commissions.payouts.models import PayoutLine
from foundation.sealing import unseal
from referrals.attribution.models import Acquaintance

FLOORS = ("accounts", "content", "referrals", "commissions")
# Which of two wallets is opened first, or of two credits kept first, is nobody's business.
TOLD_BY: Mapping[type[models.Model], tuple[str, ...]] = {
    Wallet: ("koc", "kind", "currency"),
    OrderCredit: ("order", "place"),
}
# What was drawn at random says only that it was drawn.
DRAWN = {(PayoutLine, "reference")}


def whole_book() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the money floor, and what an intake writes below it; a row's number is told as its place in its
    table, also where others name it."""

    @cache
    def places(label: str) -> dict[Any, int]:
        model = apps.get_model(label)
        return {
            pk: place
            for place, pk in enumerate(
                model._base_manager.order_by(*TOLD_BY.get(model, ("pk",))).values_list("pk", flat=True)
            )
        }

    def rows(model: type[models.Model]) -> list[tuple[Any, ...]]:
        fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
        found = model._base_manager.order_by(*TOLD_BY.get(model, ("pk",))).values(*[field.attname for field in fields])
        return [tuple((field.attname, told(row, field)) for field in fields) for row in found]

    def told(row: dict[str, Any], field: Any) -> Any:
        value = row[field.attname]
        if (field.model, field.attname) in DRAWN:
            return bool(value)
        if field.attname.endswith("_sealed"):
            return value and unseal(value)
        if field.model is Transfer and field.attname == "cause_id":
            return places(f"commissions.{CAUSES[row['reason']].noun.replace('_', '')}").get(value)
        if field.related_model is not None and value is not None:
            return places(field.related_model._meta.label)[value]
        return value

    told_of: list[type[models.Model]] = [*apps.get_app_config("commissions").get_models(), Customer, Acquaintance]
    return {model.__name__: rows(model) for model in told_of}


class Kept:
    """A copy of all rows as they are now, to come back to."""

    def __init__(self) -> None:
        tables = [model._meta.db_table for floor in FLOORS for model in apps.get_app_config(floor).get_models()]
        copies = "; ".join(f"CREATE TABLE kept.{table} AS SELECT * FROM public.{table}" for table in tables)
        backs = "; ".join(
            f"DELETE FROM public.{table}; INSERT INTO public.{table} OVERRIDING SYSTEM VALUE SELECT * FROM kept.{table}"
            for table in tables
        )
        self._back = f"BEGIN; SET LOCAL session_replication_role = replica; {backs}; COMMIT"
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept; {copies}")

    def bring_back(self) -> None:
        """Real commits; the laws of the database are off for that long, since they would refuse it."""
        with connection.cursor() as cursor:
            cursor.execute(self._back)

    def forget(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA kept CASCADE")
