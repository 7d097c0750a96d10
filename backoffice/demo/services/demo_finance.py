"""What finance and staff do in the demo: a month is paid, with one payment that fails; the next waits for a second
person; two commissions are held for review."""

import csv
import io
from datetime import datetime, timedelta

from accounts.brands.models import Brand
from accounts.people.models import User
from commissions.earnings.models.commissions import Commission
from commissions.earnings.services.reviews import hold_commissions
from commissions.payouts.models import PayoutLine
from commissions.payouts.services.payout_exports import export_batch
from commissions.payouts.services.payout_results import record_results
from commissions.payouts.services.payouts import approve_batch, make_batch
from commissions.results.services import refresh_results


def pay_month(*, brand: Brand, maker: User, checker: User, at: datetime) -> None:
    """Pay what is ready: made by one, approved by another, at the bank a day later. The last payment fails: the account
    was closed."""
    batch = make_batch(brand=brand, made_by=maker, at=at).batch
    approve_batch(batch=batch, by=checker, at=at + timedelta(hours=2))
    export_batch(batch=batch, template_key="generic", by=maker, at=at + timedelta(hours=3))
    references = list(PayoutLine.objects.filter(batch=batch).order_by("position").values_list("reference", flat=True))
    paid_at = (at + timedelta(days=1)).isoformat()
    rows = [(reference, "paid", f"B{reference}", "", paid_at) for reference in references[:-1]] + [
        (references[-1], "failed", "", "账户已注销", "")
    ]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("reference", "status", "bank_reference", "reason", "paid_at"), *rows])
    record_results(
        brand=brand,
        lines=text.getvalue().splitlines(keepends=True),
        name="results.csv",
        at=at + timedelta(days=1, hours=1),
    )


def draft_month(*, brand: Brand, maker: User, at: datetime) -> None:
    """Make a batch of what is ready and leave it: somebody else has to approve it."""
    make_batch(brand=brand, made_by=maker, at=at)


def look_into(*, brand: Brand, by: User, at: datetime) -> None:
    """Hold the two largest commissions that are not approved yet; and count what content brought."""
    largest = Commission.objects.filter(brand=brand, status=Commission.Status.PENDING, level=1).order_by(
        "-amount_minor", "pk"
    )
    commissions = list(largest.values_list("pk", flat=True)[:2])
    hold_commissions(
        brand=brand, commissions=commissions, reason="risk_rule", note="同一地址多笔大额订单，核实后放行", by=by, at=at
    )
    refresh_results(brand=brand, at=at)
