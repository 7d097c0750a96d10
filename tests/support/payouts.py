"""A brand with statements ready to pay, its two staff members, and a batch of theirs at each stage."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.earnings.models.commissions import Commission
from commissions.ledger.models import Transfer
from commissions.payees.domain.payees import FullPayee
from commissions.payees.services import save_payee
from commissions.payouts.models import PayoutBatch, PayoutLine
from commissions.payouts.services.payout_exports import ExportedBatch, export_batch
from commissions.payouts.services.payouts import approve_batch, make_batch
from commissions.settlement.models.statements import Statement
from commissions.settlement.services.settlement import settle_period
from foundation.files.faults import Refusal
from tests.support.factories import NOW, make_brand_with_plan, make_kit, make_koc, make_share, make_staff, make_user
from tests.support.shop_events import balances, delivered, paid, prove, report

APRIL_1 = datetime(2026, 4, 1, 2, tzinfo=UTC)
APRIL_3 = datetime(2026, 4, 3, 2, tzinfo=UTC)
EARNED = {"a": 1, "b": 2, "c": 3}
"""Orders of each KOC; one earns 13.61, so the statements are of 13.61, 27.22 and 40.83: together 81.66."""


def give_payee(
    koc: Koc, *, name: str = "王小明", account: str = "6222020000001234", method: str = "bank", bank: str = "工商银行"
) -> None:
    """Somebody of their own, unless the KOC has a login already."""
    if koc.user is None:
        koc.user = make_user()
        koc.save(update_fields=["user"])
    number = f"E{koc.user.phone[-8:]}"
    save_payee(
        user=koc.user,
        given=FullPayee(name=name, id_number=number, account=account, method=method, bank=bank, id_type="other"),
        at=NOW,
    )


def make_ready_brand(slug: str = "", *, payees: str = "abc", **policy: Any) -> Brand:
    """A brand whose March is settled; of its KOCs those named in `payees` said whom the money goes to."""
    brand = make_brand_with_plan(slug, policy={"min_payout_minor": 1} | policy, rules=[{"rate_bps": 1250}])
    brand.tiers.update(multiplier_bps=11_000)
    kit = make_kit(brand)
    for key in EARNED:
        koc = make_koc(brand, key)
        make_share(koc, kit, key=key)
        if key in payees:
            give_payee(koc, account=f"62220200000000{'abc'.index(key) + 1:02}")
    sales = [(f"{key}-{number}", key) for key, count in EARNED.items() for number in range(count)]
    report(
        brand, *[paid(order, share=key) for order, key in sales], *[delivered(order) for order, _ in sales], at=APRIL_1
    )
    settle_period(brand=brand, period="2026-03", at=APRIL_1)
    return brand


def maker_of(brand: Brand) -> User:
    return User.objects.filter(employments__brand=brand, name="Maker").first() or make_staff(brand, name="Maker")


def checker_of(brand: Brand) -> User:
    return User.objects.filter(employments__brand=brand, name="Checker").first() or make_staff(brand, name="Checker")


def draft(brand: Brand, **options: Any) -> PayoutBatch:
    return make_batch(brand=brand, made_by=maker_of(brand), at=APRIL_1, **options).batch


def approved(brand: Brand, **options: Any) -> PayoutBatch:
    return approve_batch(batch=draft(brand, **options), by=checker_of(brand), at=APRIL_1)


def export(batch: PayoutBatch, template: str = "generic", at: datetime = APRIL_1) -> ExportedBatch:
    return export_batch(batch=batch, template_key=template, by=checker_of(batch.brand), at=at)


def exported(brand: Brand, template: str = "generic", **options: Any) -> PayoutBatch:
    return export(approved(brand, **options), template).batch


def lines(batch: PayoutBatch) -> list[tuple[str, int, str]]:
    """(KOC, amount, status) of each line of a batch."""
    return list(
        PayoutLine.objects.filter(batch=batch).order_by("position").values_list("koc__key", "amount_minor", "status")
    )


def payout_snapshot(brand: Brand) -> dict[str, Any]:
    """Return all that a payout may change, without primary keys and times of arrival; the ledger must prove before."""
    prove(brand)
    lines = PayoutLine.objects.filter(batch__brand=brand).order_by("batch__number", "position")
    moved = Transfer.objects.filter(source__brand=brand, reason__in=["payout", "paid", "returned", "given_back"])
    return {
        "batches": list(
            PayoutBatch.objects.filter(brand=brand)
            .order_by("number")
            .values_list("number", "status", "lines_count", "total_minor")
        ),
        "lines": list(
            lines.values_list(
                "batch__number",
                "koc__key",
                "amount_minor",
                "status",
                "bank_reference",
                "reason",
                "paid_at",
                "returned_at",
            )
        ),
        "statements": list(
            Statement.objects.filter(koc__brand=brand)
            .order_by("koc__key", "period")
            .values_list("koc__key", "period", "status")
        ),
        "commissions": sorted(Commission.objects.filter(brand=brand).values_list("koc__key", "status")),
        "balances": balances(brand),
        "moved": sorted(moved.values_list("reason", "amount_minor")),
    }


@contextmanager
def refused(brand: Brand, why: type[Refusal], match: str = "") -> Iterator[None]:
    """What is called within is refused, and changes nothing of what a payout may change."""
    before = payout_snapshot(brand)
    with pytest.raises(why, match=match):
        yield
    assert payout_snapshot(brand) == before
