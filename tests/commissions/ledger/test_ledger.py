import pytest
from django.db import IntegrityError, connection, transaction

from commissions.audit.selectors.proofs import PROOFS, doubted, faults_of
from commissions.earnings.models.commissions import Commission
from commissions.ledger.models import Transfer, Wallet
from commissions.ledger.services import NewTransfer, Wallets, post
from tests.support.database import assert_refused_by_database
from tests.support.factories import NOW, make_brand, make_koc, make_plan, make_product, make_selling_brand
from tests.support.shop_events import balances, delivered, paid, prove, refunded, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand():
    return make_selling_brand()


def test_the_database_refuses_to_rewrite_a_transfer(brand) -> None:
    report(brand, paid(share="code"))
    assert_refused_by_database("UPDATE commissions_transfer SET amount_minor = 1")
    assert_refused_by_database("DELETE FROM commissions_transfer")
    assert_refused_by_database("TRUNCATE commissions_transfer")
    assert_refused_by_database("UPDATE commissions_wallet SET currency = 'USD'")
    assert_refused_by_database("DELETE FROM commissions_wallet")
    assert Transfer.objects.get().amount_minor == 990


def wallets_of(brand) -> tuple[int, int]:
    wallets = Wallets(brand)
    wallets.open([None], "commissions")
    wallets.open([make_koc(brand).pk], "pending")
    return tuple(wallets.known.values())  # type: ignore[return-value]


@pytest.mark.parametrize("currency", ["same", "other"])
def test_a_transfer_never_crosses_a_brand_or_a_currency(currency: str) -> None:
    source, _ = wallets_of(make_brand())
    _, target = wallets_of(make_brand(currency="CNY" if currency == "same" else "USD"))
    with pytest.raises(IntegrityError, match="one currency and one brand"), transaction.atomic():
        post([NewTransfer(source, target, 1, "accrual", 1)], at=NOW)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_transfer_moves_a_positive_amount_somewhere_else(brand, amount: int) -> None:
    source, target = wallets_of(brand)
    with pytest.raises(IntegrityError), transaction.atomic():
        post([NewTransfer(source, target, amount, "accrual", 1)], at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        post([NewTransfer(source, source, 1, "accrual", 1)], at=NOW)


def test_a_transfer_needs_wallets_that_exist(brand) -> None:
    source, _ = wallets_of(brand)
    with pytest.raises(IntegrityError), transaction.atomic():
        post([NewTransfer(source, 2**40, 1, "accrual", 1)], at=NOW)


def test_money_moves_once_for_a_reason_and_a_cause(brand) -> None:
    source, target = wallets_of(brand)
    post([NewTransfer(source, target, 5, "accrual", 1)], at=NOW)
    with pytest.raises(IntegrityError, match="transfer_once"), transaction.atomic():
        post([NewTransfer(source, target, 5, "accrual", 1)], at=NOW)
    assert Wallet.objects.get(pk=target).balance_minor == 5


def test_a_wallet_is_opened_once(brand) -> None:
    koc = make_koc(brand)
    for _ in range(2):
        wallets = Wallets(brand)
        wallets.open([koc.pk], "pending", "approved")
    assert Wallet.objects.filter(koc=koc).count() == 2


@pytest.mark.parametrize(
    ("tamper", "law"),
    [
        (
            "UPDATE commissions_wallet SET balance_minor = balance_minor + 1 WHERE kind = 'pending'",
            "a cached balance equals the fold of the transfers",
        ),
        (
            "UPDATE commissions_commission SET amount_minor = amount_minor + 1",
            "a commission was accrued once, at its first amount",
        ),
        (
            "UPDATE commissions_commission SET reversed_minor = reversed_minor - 1",
            "what is reversed of a commission is the sum of its reversals, and at most all of it",
        ),
        ("UPDATE commissions_reversal SET amount_minor = amount_minor + 1", "every reversal moved its amount"),
        (
            "UPDATE commissions_commission SET settled_minor = 7",
            "what is settled of a commission is the sum of its lines on statements",
        ),
        (
            "UPDATE commissions_commission SET koc_id = (SELECT max(id) FROM accounts_koc)",
            "the pending, approved and debt wallets are what the commissions and adjustments say",
        ),
    ],
)
def test_the_proof_finds_what_was_tampered_with(brand, tamper: str, law: str) -> None:
    report(brand, paid(share="code"), refunded(), delivered())
    make_koc(brand, "z")
    with connection.cursor() as cursor:
        cursor.execute(tamper)
    assert law in {proof.law for proof in PROOFS if faults_of(brand, proof).count}
    assert law in {proof.law for proof in doubted()}


def test_the_proof_finds_nothing_in_an_honest_book(brand) -> None:
    report(brand, paid(share="code"), refunded(), delivered())
    prove(brand)
    assert balances(brand) == {("a", "pending"): 660}


def test_the_database_refuses_a_third_level(brand) -> None:
    report(brand, paid(share="code"))
    with pytest.raises(IntegrityError, match="commission_level_is_1_or_2"), transaction.atomic():
        Commission.objects.update(level=3)


@pytest.mark.parametrize(
    "table", ["order", "orderline", "ordercredit", "decision", "lineterms", "commission", "reversal"]
)
def test_records_of_sales_and_money_cannot_be_deleted(brand, table: str) -> None:
    report(brand, paid(share="code"), refunded())
    assert_refused_by_database(f"DELETE FROM commissions_{table}")


@pytest.mark.parametrize("table", ["content_product", "commissions_plan", "commissions_rule", "accounts_koc"])
def test_what_a_sale_names_cannot_be_deleted(brand, table: str) -> None:
    report(brand, paid(share="code"))
    assert_refused_by_database(f"DELETE FROM {table}")


LINE = "INSERT INTO commissions_orderline (order_id, position, key, product_id, quantity, unit_price_minor, discount_minor, base_minor)"
CREDIT = "INSERT INTO commissions_ordercredit (order_id, place, koc_id, sponsor_id, credit_bps, tier, multiplier_bps, channel)"
ANSWER = "INSERT INTO commissions_lineterms (line_id, plan_id, override_bps, total_cap_bps)"
EARNED = "INSERT INTO commissions_commission (brand_id, line_id, koc_id, credit_id, level, amount_minor, reversed_minor, settled_minor, status, made_at)"
FOREIGN_PRODUCT, FOREIGN_KOC = (
    "(SELECT id FROM content_product WHERE sku = 'foreign')",
    "(SELECT id FROM accounts_koc WHERE key = 'foreign')",
)
FOREIGN_PLAN, OWN_KOC = (
    "(SELECT id FROM commissions_plan WHERE key = 'foreign')",
    "(SELECT id FROM accounts_koc WHERE key = 'a')",
)
UNANSWERED = (
    "FROM commissions_orderline line JOIN commissions_order sale ON sale.id = line.order_id WHERE sale.key = 'A-2'"
)


@pytest.mark.parametrize(
    "insert",
    [
        f"{LINE} SELECT id, 9, 'x', {FOREIGN_PRODUCT}, 1, 1, 0, 1 FROM commissions_order",
        f"{LINE} SELECT -1, 9, 'x', id, 1, 1, 0, 1 FROM content_product WHERE sku = 'S1'",
        f"{CREDIT} SELECT sale.id, 0, {FOREIGN_KOC}, NULL, 10000, '', 1, '' {UNANSWERED}",
        f"{CREDIT} SELECT sale.id, 0, {OWN_KOC}, {FOREIGN_KOC}, 10000, '', 1, '' {UNANSWERED}",
        f"{CREDIT} SELECT sale.id, 0, {OWN_KOC}, NULL, 9999, '', 1, '' {UNANSWERED}",
        f"{CREDIT} SELECT -1, 0, {OWN_KOC}, NULL, 10000, '', 1, ''",
        f"{ANSWER} SELECT line.id, {FOREIGN_PLAN}, 1, 1 {UNANSWERED}",
        f"{ANSWER} SELECT line.id, -1, 1, 1 {UNANSWERED}",
        f"{EARNED} SELECT brand_id, line_id, koc_id, -1, 2, 1, 0, 0, 'pending', now() FROM commissions_commission",
        f"{EARNED} SELECT brand_id, line_id, {FOREIGN_KOC}, credit_id, 2, 1, 0, 0, 'pending', now() FROM commissions_commission",
        f"{EARNED} SELECT brand_id, -1, koc_id, credit_id, 2, 1, 0, 0, 'pending', now() FROM commissions_commission",
    ],
)
def test_nothing_of_a_sale_may_name_another_brands_row_or_none(brand, insert: str) -> None:
    stranger = make_brand()
    make_product(stranger, "foreign")
    make_koc(stranger, "foreign")
    make_plan(stranger, "foreign", rules=[])
    report(brand, paid(share="code"), paid("A-2"))
    assert_refused_by_database(insert)
