"""A real wholesaler's December: every number was computed apart from Grove."""

import csv
import io
import json
import random
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.brands.models import Brand
from commissions.ledger.models import Transfer, Wallet
from commissions.planning.domain.drafts import read_draft
from commissions.planning.domain.report import Cost
from commissions.planning.selectors.backtest import Span, draft_of
from commissions.planning.services.backtest import run_backtest
from commissions.plans.models.plans import Plan
from commissions.schedule import run_due
from commissions.settlement.models.statements import Statement
from commissions.settlement.services.settlement import settle_period
from tests.support.paths import DATA
from tests.support.shop_events import prove

RETAIL = DATA / "retail"
EXPECTED = json.loads((RETAIL / "expected-2009-12.json").read_text()) if RETAIL.exists() else {}
AT = datetime(2010, 3, 1, tzinfo=UTC)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.heavy,
    pytest.mark.skipif(not RETAIL.exists(), reason="the data does not ship with the product"),
]


@pytest.fixture
def brand() -> Brand:
    call_command("import_brand", RETAIL / "brand.yaml", stdout=io.StringIO())
    for what in ("products", "kocs"):
        call_command(f"import_{what}", RETAIL / f"{what}.csv", "--brand", "retail", stdout=io.StringIO())
    return Brand.objects.get(slug="retail")


def load(command: str, file: Path) -> str:
    out = io.StringIO()
    call_command(command, file, "--brand", "retail", stdout=out)
    return out.getvalue().strip()


def export(command: str, period: str, folder: Path) -> list[dict[str, str]]:
    out = folder / f"{command}-{period}.csv"
    call_command(command, "--brand", "retail", "--period", period, "--out", out, stdout=io.StringIO())
    return list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))


def pence(amount: str) -> int:
    return int(Decimal(amount) * 100)


def check_statements(brand: Brand) -> None:
    for period in ("2009-12", "2010-01"):
        result = settle_period(brand=brand, period=period, at=AT)
        assert EXPECTED["statements"][period] == {
            "kocs_with_a_statement": result.statements,
            "gross": result.gross_minor,
            "net": result.net_minor,
            "carried_out": result.carried_out_minor,
        }
    prove(brand)


def check_exports(folder: Path) -> None:
    totals: Counter[str] = Counter()
    nets: Counter[str] = Counter()
    for row in export("export_commissions", "2009-12", folder):
        totals["lines"] += row["level"] == "1"
        totals[f"level{row['level']}"] += pence(row["amount"])
        totals[f"level{row['level']}_net"] += pence(row["net"])
        nets[row["koc"]] += pence(row["net"])
    assert totals == EXPECTED["totals"]
    assert nets == EXPECTED["per_koc_net"]
    for period, sums in EXPECTED["statements"].items():
        rows = export("export_statements", period, folder)
        assert {
            "kocs_with_a_statement": sum(row["statement"] != "" for row in rows),
            "gross": sum(pence(row["gross"]) for row in rows),
            "net": sum(pence(row["net"]) for row in rows),
            "carried_out": sum(pence(row["carried_out"]) for row in rows),
        } == sums


def check_backtest(brand: Brand) -> None:
    """The plan in force, tried on its own orders, is what came of it; its own file says the same plan."""
    span = Span(brand, date(2009, 12, 1), date(2010, 1, 1))
    for draft in (
        draft_of(Plan.objects.get(brand=brand)),
        read_draft((RETAIL / "brand.yaml").read_text(), "brand.yaml", tiers=()),
    ):
        found = run_backtest(span=span, draft=draft)
        assert (
            found.actual_cost
            == found.draft_cost
            == Cost(EXPECTED["totals"]["level1_net"], EXPECTED["totals"]["level2_net"])
        )
        assert {koc.key: koc.actual.total_minor for koc in found.kocs if koc.actual.total_minor} == {
            k: v for k, v in EXPECTED["per_koc_net"].items() if v
        }
        assert [koc.key for koc in found.kocs if koc.actual != koc.draft] == []
        assert found.orders == 1666
        assert found.guard.lines > 0
        assert found.cap.lines > 0


def test_december_comes_to_every_expected_number_and_twice_changes_nothing(brand: Brand, tmp_path: Path) -> None:
    assert load("import_orders", RETAIL / "orders-2009-12.csv") == "orders: 1666 created, 0 updated, 0 unchanged"
    assert load("import_events", RETAIL / "refunds-2009-12.jsonl") == "events: 734 created, 0 updated, 0 unchanged"
    run_due(brand=brand, at=AT)
    check_statements(brand)
    check_exports(tmp_path)

    before = snapshot(brand)
    check_backtest(brand)
    assert load("import_orders", RETAIL / "orders-2009-12.csv") == "orders: 0 created, 0 updated, 1666 unchanged"
    assert load("import_events", RETAIL / "refunds-2009-12.jsonl") == "events: 0 created, 0 updated, 734 unchanged"
    run_due(brand=brand, at=AT)
    check_statements(brand)
    assert snapshot(brand) == before


def test_shuffled_refunds_before_their_orders_come_to_the_same(brand: Brand, tmp_path: Path) -> None:
    refunds = (RETAIL / "refunds-2009-12.jsonl").read_text().splitlines()
    random.Random(7).shuffle(refunds)
    shuffled = tmp_path / "refunds.jsonl"
    shuffled.write_text("\n".join(refunds))
    load("import_events", shuffled)
    run_due(brand=brand, at=AT)
    load("import_orders", RETAIL / "orders-2009-12.csv")
    run_due(brand=brand, at=AT)
    check_statements(brand)
    check_exports(tmp_path)


def snapshot(brand: Brand) -> tuple[object, ...]:
    return (
        Transfer.objects.count(),
        list(Wallet.objects.filter(brand=brand).order_by("pk").values_list("pk", "balance_minor")),
        list(Statement.objects.order_by("pk").values_list("pk", "gross_minor", "net_minor", "carried_out_minor")),
    )
