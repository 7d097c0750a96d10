"""Snapshots of the ledger without primary keys: two runs with the same result have equal snapshots, whichever keys they
used."""

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

FLOORS = ("accounts", "content", "referrals", "commissions", "growth")
# The order in which wallets are opened and credits are saved does not matter.
ORDERED_BY: Mapping[type[models.Model], tuple[str, ...]] = {
    Wallet: ("koc", "kind", "currency"),
    OrderCredit: ("order", "former", "place"),
}
# Of a random value the snapshot says only whether it is there.
DRAWN = {(PayoutLine, "reference")}


def ledger_snapshot() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of commissions, of customers and of acquaintances. A primary or foreign key is replaced by the
    position of its row in its table."""

    @cache
    def places(label: str) -> dict[Any, int]:
        model = apps.get_model(label)
        return {
            pk: place
            for place, pk in enumerate(
                model._base_manager.order_by(*ORDERED_BY.get(model, ("pk",))).values_list("pk", flat=True)
            )
        }

    def rows(model: type[models.Model]) -> list[tuple[Any, ...]]:
        fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
        found = model._base_manager.order_by(*ORDERED_BY.get(model, ("pk",))).values(
            *[field.attname for field in fields]
        )
        return [tuple((field.attname, comparable(row, field)) for field in fields) for row in found]

    def comparable(row: dict[str, Any], field: Any) -> Any:
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

    tables: list[type[models.Model]] = [*apps.get_app_config("commissions").get_models(), Customer, Acquaintance]
    return {model.__name__: rows(model) for model in tables}


class SavedRows:
    """A copy of all rows as they are now, which `restore` brings back."""

    def __init__(self) -> None:
        models = [model for floor in FLOORS for model in apps.get_app_config(floor).get_models()]
        tables = [model._meta.db_table for model in models if not model._meta.proxy]
        copies = "; ".join(f"CREATE TABLE saved.{table} AS SELECT * FROM public.{table}" for table in tables)
        restores = "; ".join(
            f"DELETE FROM public.{table}; INSERT INTO public.{table} OVERRIDING SYSTEM VALUE SELECT * FROM saved.{table}"
            for table in tables
        )
        self._restore = f"BEGIN; SET LOCAL session_replication_role = replica; {restores}; COMMIT"
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS saved CASCADE; CREATE SCHEMA saved; {copies}")

    def restore(self) -> None:
        """Put the saved rows back, and commit. Triggers and foreign keys are off meanwhile, since they would refuse it."""
        with connection.cursor() as cursor:
            cursor.execute(self._restore)

    def drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA saved CASCADE")
