"""What a settlement writes is checked by the statement, and refused as it was when every row was checked by itself."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from commissions.earnings.models.commissions import Commission
from commissions.ledger.models import Transfer, Wallet
from commissions.ledger.services import Wallets, open_wallets, post_selected
from commissions.settlement.models.statements import Statement, StatementLine
from commissions.settlement.services.settlement import settle_period
from tests.support.database import assert_refused_by_database
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_plan, make_product, make_share
from tests.support.shop_events import balances, delivered, paid, prove, refunded, report

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 12, 1, tzinfo=UTC)


def sell_and_settle(brand, *keys: str) -> None:
    """Each KOC earns 990 in March; it is settled."""
    make_product(brand)
    make_plan(brand, rules=[{"rate_bps": 1000}])
    for key in keys:
        make_share(make_koc(brand, key), make_kit(brand, f"kit-{key}"), code=f"{brand.slug}-{key}")
    report(
        brand,
        *(fact for key in keys for fact in (paid(f"of-{key}", share=f"{brand.slug}-{key}"), delivered(f"of-{key}"))),
        at=LATE,
    )
    settle_period(brand=brand, period="2026-03", at=LATE)


@pytest.fixture
def brand():
    brand = make_brand("lumi", policy={"min_payout_minor": 1})
    sell_and_settle(brand, "a", "b")
    return brand


OF = "(SELECT {table}.id FROM commissions_{table} {table} JOIN accounts_koc koc ON koc.id = {table}.koc_id WHERE koc.key = '{koc}')"
STATEMENT_A, STATEMENT_B, EARNED_A, EARNED_B = (
    OF.format(table=table, koc=koc) for table in ("statement", "commission") for koc in ("a", "b")
)
FOREIGN, OWN = (f"(SELECT id FROM accounts_koc WHERE key = '{key}')" for key in ("foreign", "a"))
LINE = "INSERT INTO commissions_statementline (statement_id, commission_id, adjustment_id, amount_minor) VALUES"
STATEMENT = """INSERT INTO commissions_statement (settlement_id, koc_id, period, currency, gross_minor, debt_in_minor, tax_method, taxable_minor, tax_minor,
    net_minor, carried_out_minor, status, on_request) SELECT {}, {}, '2026-05', 'CNY', 0, 0, 'none', 0, 0, 0, 1, 'carried', true FROM commissions_settlement"""
WALLET = """INSERT INTO commissions_wallet (brand_id, koc_id, kind, currency, balance_minor)
    SELECT {}, {}, 'paying', 'CNY', 0 FROM accounts_brand WHERE slug = 'lumi'"""
EARNED = """INSERT INTO commissions_commission (brand_id, line_id, koc_id, credit_id, level, amount_minor, reversed_minor, settled_minor, status, made_at,
    statement_id) SELECT brand_id, line_id, koc_id, credit_id, 1, 1, 0, 0, 'pending', made_at, {} FROM commissions_commission"""


@pytest.mark.parametrize(
    ("statement", "because"),
    [
        (f"{LINE} ({STATEMENT_B}, {EARNED_A}, NULL, 1)", "of an item of its statement's KOC"),
        (f"{LINE} ({STATEMENT_A}, {EARNED_B}, NULL, 1)", "of an item of its statement's KOC"),
        (f"{LINE} (-1, {EARNED_A}, NULL, 1)", "of an item of its statement's KOC"),
        (f"{LINE} ({STATEMENT_B}, -1, NULL, 1)", "of an item of its statement's KOC"),
        (f"{LINE} ({STATEMENT_B}, NULL, -1, 1)", "of an item of its statement's KOC"),
        (
            f"UPDATE commissions_statementline SET commission_id = {EARNED_B} WHERE commission_id = {EARNED_A}",
            "what a row of commissions_statementline",
        ),
        (
            f"UPDATE commissions_statementline SET statement_id = {STATEMENT_B} WHERE commission_id = {EARNED_A}",
            "what a row of commissions_statementline",
        ),
        (
            f"UPDATE commissions_commission SET statement_id = {STATEMENT_B} WHERE id = {EARNED_A}",
            "on a statement of its KOC",
        ),
        ("UPDATE commissions_commission SET statement_id = -1", "on a statement of its KOC"),
        (EARNED.format(-1), "on a statement of its KOC"),
        (EARNED.format(STATEMENT_B), "on a statement of its KOC"),
        (STATEMENT.format("id", FOREIGN), "a KOC of its settlement's brand"),
        (STATEMENT.format("id", -1), "a KOC of its settlement's brand"),
        (STATEMENT.format(-1, OWN), "a KOC of its settlement's brand"),
        ("UPDATE commissions_statement SET koc_id = -id", "what a row of commissions_statement"),
        ("UPDATE commissions_statement SET id = id + 1000", "what a row of commissions_statement"),
        ("UPDATE commissions_settlement SET id = id + 1000", "what a row of commissions_settlement"),
        ("UPDATE commissions_commission SET id = id + 1000", "what a row of commissions_commission"),
        (WALLET.format("id", FOREIGN), "a wallet is of a brand"),
        (WALLET.format("id", -1), "a wallet is of a brand"),
        (WALLET.format(-1, OWN), "a wallet is of a brand"),
        (f"UPDATE commissions_wallet SET koc_id = {FOREIGN} WHERE koc_id = {OWN}", "what a row of commissions_wallet"),
        ("UPDATE commissions_wallet SET currency = 'USD'", "what a row of commissions_wallet"),
        ("DELETE FROM commissions_statementline", "DELETE from commissions_statementline refused"),
        ("DELETE FROM commissions_statement", "DELETE from commissions_statement refused"),
        ("DELETE FROM commissions_settlement", "DELETE from commissions_settlement refused"),
        ("DELETE FROM accounts_koc WHERE key = 'broke'", "is named by commissions_wallet"),
    ],
)
def test_the_database_refuses_what_does_not_belong_together(brand, statement: str, because: str) -> None:
    make_koc(make_brand("other"), "foreign")
    Wallets(brand).open([make_koc(brand, "broke").pk], "pending")
    assert_refused_by_database(statement, because)
    prove(brand)
    assert set(StatementLine.objects.values_list("commission__koc__key", "statement__koc__key", "amount_minor")) == {
        ("a", "a", 990),
        ("b", "b", 990),
    }


def test_a_brand_with_a_wallet_cannot_be_deleted() -> None:
    brand = make_brand("empty")
    Wallets(brand).open([None], "tax")
    with (
        pytest.raises(IntegrityError, match="named by commissions_wallet"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM accounts_brand WHERE id = %s", [brand.pk])
    assert Wallet.objects.filter(brand=brand).count() == 1


def test_a_settlement_opens_a_debt_only_where_one_moves(brand) -> None:
    assert not Wallet.objects.filter(kind="debt").exists()
    report(brand, refunded("of-a", at=NOW, l1=3300), at=LATE)
    assert list(Wallet.objects.filter(kind="debt").values_list("koc__key", flat=True)) == ["a"]
    assert balances(brand) == {("a", "settled"): 990, ("b", "settled"): 990, ("a", "debt"): -330}
    prove(brand)


def statements_of_a_settlement(kocs: int) -> int:
    """How many a settlement takes of the database."""
    brand = make_brand(f"of-{kocs}", policy={"min_payout_minor": 1, "tax": "cn_labour_service"})
    with CaptureQueriesContext(
        connection,
    ) as queries:
        sell_and_settle(brand, *(f"k{n}" for n in range(kocs)))
    texts = [query["sql"] for query in queries.captured_queries]
    first = next(n for n, text in enumerate(texts) if "CREATE TEMP TABLE due" in text)
    assert Statement.objects.filter(settlement__brand=brand, gross_minor=990).count() == kocs
    prove(brand)
    return len(texts) - first


def test_a_settlement_takes_as_many_statements_for_one_koc_as_for_twenty() -> None:
    assert statements_of_a_settlement(1) == statements_of_a_settlement(20)


MOVES = (
    "SELECT pending.id, approved.id, 1::bigint, 'approval', -1::bigint FROM commissions_wallet pending, commissions_wallet approved"
    " WHERE pending.koc_id = %(koc)s AND approved.koc_id = %(koc)s AND pending.kind = 'approved' AND approved.kind = 'settled'"
)


def test_movements_that_a_query_gives_are_booked_once(brand) -> None:
    koc = Commission.objects.filter(koc__key="a").values_list("koc", flat=True).get()
    Wallet.objects.filter(koc=koc, kind="approved").update(balance_minor=5)
    post_selected(MOVES, {"koc": koc}, at=NOW)
    with pytest.raises(IntegrityError, match="transfer_once"), transaction.atomic():
        post_selected(MOVES, {"koc": koc}, at=NOW)
    assert dict(
        Wallet.objects.filter(koc=koc, kind__in=["approved", "settled"]).values_list("kind", "balance_minor")
    ) == {"approved": 4, "settled": 991}
    assert Transfer.objects.filter(cause_id=-1).count() == 1


def test_wallets_that_a_query_wants_are_opened_once(brand) -> None:
    koc = make_koc(brand, "new")
    for _ in range(2):
        open_wallets(
            brand, "SELECT %(koc)s::bigint, kind FROM unnest(ARRAY['debt', 'settled']) AS kind", {"koc": koc.pk}
        )
    assert set(Wallet.objects.filter(koc=koc).values_list("kind", "balance_minor")) == {("debt", 0), ("settled", 0)}
