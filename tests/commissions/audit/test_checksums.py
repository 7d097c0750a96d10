"""The ledger is proved by sums: what they find is what the rows say, whatever was tampered with."""

import io
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.brands.models import Brand
from commissions.audit.domain.refusals import LedgerOff
from commissions.audit.selectors import checksums, proofs
from commissions.audit.selectors.checksums import Rows, hold, listed, weighed
from commissions.audit.selectors.proofs import PROOFS, Faults, doubted, faults_of, ledger_faults
from commissions.earnings.models.commissions import Commission
from commissions.ledger.models import Transfer, Wallet
from commissions.payouts.services.reopening import reopen_period
from commissions.schedule import run_due
from commissions.settlement.models.adjustments import Adjustment
from commissions.settlement.models.statements import Statement
from commissions.settlement.services.settlement import settle_period
from tests.support.factories import NOW, make_koc, make_selling_brand
from tests.support.shop_events import delivered, paid, prove, refunded, report

pytestmark = pytest.mark.django_db
Pair = tuple[int, int]
APRIL = datetime(2026, 4, 20, tzinfo=UTC)
FOLD = "a cached balance equals the fold of the transfers"
ONE_BOOK = "a transfer stays within one brand and one currency"
ACCRUED = "a commission was accrued once, at its first amount"
REVERSED = "what is reversed of a commission is the sum of its reversals, and at most all of it"
REVERSAL_MOVED = "every reversal moved its amount"
EARNED = "the pending, approved and debt wallets are what the commissions and adjustments say"
ADJUSTED = "an adjustment moved its amount once, and is on the statement that has its line"
SETTLED = "what is settled of a commission is the sum of its lines on statements"
OWN = "what is settled of a KOC's commissions and adjustments is on statements of their own"
STATUS = "a commission's status is what its approval, its reversals and its statement say"
STATEMENT = "a statement is the sum of its lines, and adds up"
READY = "the settled wallets hold what the unpaid statements say that are not at the bank, the paying wallets those that are"
STATEMENT_MOVED = "a statement moved its sum and its tax, and one that was reopened moved them back"
EARLY = "nothing is approved before its order was paid"
HELD = "what an order earned is held while a refund of it is in doubt"
ZERO = "all wallets of a brand and currency sum to zero"


def book_of(slug: str) -> Brand:
    """KOC `a` earned 2,970 (of which a refund took 990) and 118,800: a statement of 120,780 and 8,156 tax. Then 2,970,
    still pending. `z` earned nothing."""
    brand = make_selling_brand(slug, rate_bps=3000, code=f"{slug}-code", policy={"tax": "cn_labour_service"})
    make_koc(brand, "z")
    big = ("1", "S1", 40, 9900)
    report(
        brand,
        paid(share=f"{slug}-code"),
        paid("A-2", big, share=f"{slug}-code"),
        refunded(),
        delivered(),
        delivered("A-2"),
    )
    run_due(brand=brand, at=APRIL)
    settle_period(brand=brand, period="2026-03", at=APRIL)
    report(brand, paid("A-3", share=f"{slug}-code", at=APRIL), at=APRIL)
    return brand


@pytest.fixture
def brand() -> Brand:
    return book_of("lumi")


@pytest.fixture
def other() -> Brand:
    return book_of("other")


def tamper(statement: str) -> None:
    """As only somebody could who switches the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


FIRST = "(SELECT min(id) FROM commissions_commission)"
WALLET = "(SELECT min(id) FROM commissions_wallet WHERE kind = 'pending')"
LUMI, OTHER = (f"(SELECT id FROM accounts_brand WHERE slug = '{slug}')" for slug in ("lumi", "other"))
FOREIGN = f"(SELECT min(id) FROM commissions_wallet WHERE brand_id = {OTHER} AND kind = 'pending')"
FOR_Z = f"(SELECT id FROM accounts_koc WHERE key = 'z' AND brand_id = {LUMI})"
FIVE_FOR_Z = f"""(brand_id, koc_id, kind, amount_minor, note, happened_at)
    SELECT {LUMI}, max(id), 'subsidy', 5, '', now() FROM accounts_koc WHERE brand_id = {LUMI}"""
DOUBT_OF_THE_PENDING = f"""(brand_id, order_key, refund_id, holds, refusal, opened_at, outcome, reason, is_new)
    SELECT {LUMI}, 'A-3', min(id), true, 'more than paid', now(), '', '', false FROM commissions_refund WHERE brand_id = {LUMI}"""
TAMPERED: list[tuple[str, set[str]]] = [
    (f"UPDATE commissions_wallet SET balance_minor = balance_minor + 1 WHERE id = {WALLET}", {FOLD, EARNED}),
    ("UPDATE commissions_wallet SET folded_to = (SELECT max(id) FROM commissions_transfer) WHERE kind = 'commissions'", {FOLD}),
    ("UPDATE commissions_wallet SET folded_minor = 1 WHERE kind = 'tax'", {FOLD}),
    (f"UPDATE commissions_commission SET amount_minor = amount_minor + 1 WHERE id = {FIRST}", {ACCRUED, EARNED}),
    (f"UPDATE commissions_commission SET reversed_minor = reversed_minor + 1 WHERE id = {FIRST}", {REVERSED, EARNED}),
    (f"UPDATE commissions_commission SET settled_minor = settled_minor + 1 WHERE id = {FIRST}", {SETTLED, EARNED, OWN}),
    (f"UPDATE commissions_commission SET koc_id = {FOR_Z} WHERE approved_at IS NULL", {EARNED}),
    (f"UPDATE commissions_commission SET koc_id = {FOR_Z} WHERE id = {FIRST}", {OWN}),
    *((f"UPDATE commissions_commission SET status = '{status}' WHERE id = {FIRST}", {STATUS}) for status in ("pending", "approved", "held", "reversed")),
    *((f"UPDATE commissions_commission SET status = '{status}' WHERE approved_at IS NULL", {STATUS}) for status in ("approved", "settled", "paid", "reversed")),
    ("UPDATE commissions_reversal SET amount_minor = amount_minor + 1", {REVERSED, REVERSAL_MOVED}),
    ("UPDATE commissions_statementline SET amount_minor = amount_minor + 1 WHERE id = (SELECT min(id) FROM commissions_statementline)", {SETTLED, STATEMENT}),
    ("UPDATE commissions_statementline SET amount_minor = 120780 - amount_minor", {SETTLED}),
    ("DELETE FROM commissions_statementline WHERE id = (SELECT min(id) FROM commissions_statementline)", {SETTLED, STATEMENT}),
    ("UPDATE commissions_statement SET gross_minor = gross_minor + 1, net_minor = net_minor + 1", {STATEMENT, READY, STATEMENT_MOVED, OWN}),
    ("UPDATE commissions_statement SET tax_minor = tax_minor - 1, net_minor = net_minor + 1", {READY, STATEMENT_MOVED}),
    ("UPDATE commissions_statement SET status = 'void'", {READY, SETTLED, STATEMENT_MOVED, OWN}),
    # Transfers: one that is gone, came twice, is of another amount, names another row, or goes elsewhere.
    ("DELETE FROM commissions_transfer WHERE reason = 'accrual' AND amount_minor = 118800", {FOLD, ACCRUED}),
    ("DELETE FROM commissions_transfer WHERE reason = 'approval' AND amount_minor = 1980", {FOLD}),
    ("DELETE FROM commissions_transfer WHERE reason = 'tax'", {FOLD, STATEMENT_MOVED}),
    ("UPDATE commissions_transfer SET amount_minor = amount_minor + 1 WHERE reason = 'settlement'", {FOLD, STATEMENT_MOVED}),
    ("UPDATE commissions_transfer SET cause_id = cause_id + 1000 WHERE reason = 'reversal'", {REVERSAL_MOVED}),
    (f"UPDATE commissions_transfer SET amount_minor = 121770 - amount_minor WHERE reason = 'accrual' AND cause_id < {FIRST} + 2", {ACCRUED}),
    (f"UPDATE commissions_transfer SET target_id = {FOREIGN} WHERE reason = 'accrual' AND amount_minor = 118800", {FOLD, ONE_BOOK, ZERO}),
    ("UPDATE commissions_transfer SET target_id = 1000000 WHERE reason = 'accrual' AND amount_minor = 118800", {FOLD, ONE_BOOK, ZERO}),
    (f"UPDATE commissions_commission SET approved_at = '2020-01-01' WHERE id = {FIRST}", {EARLY}),
    (f"INSERT INTO commissions_doubt {DOUBT_OF_THE_PENDING}", {HELD}),
    # An adjustment without its movement.
    (f"INSERT INTO commissions_adjustment {FIVE_FOR_Z}", {EARNED, ADJUSTED}),
]  # fmt: skip


def test_the_book_that_is_tampered_with_is_honest(brand: Brand) -> None:
    prove(brand)
    statement = Statement.objects.get()
    assert (statement.gross_minor, statement.tax_minor, statement.net_minor) == (120_780, 8_156, 112_624)


@pytest.mark.parametrize(("statement", "laws"), TAMPERED, ids=range(len(TAMPERED)))
def test_sums_and_rows_find_the_same_laws_broken(brand: Brand, other: Brand, statement: str, laws: set[str]) -> None:
    tamper(statement)
    assert {proof.law for proof in doubted()} == laws
    assert {proof.law for proof in PROOFS for one in (brand, other) if faults_of(one, proof).count} == laws


def test_only_the_brand_that_is_off_is_named_with_its_rows(brand: Brand, other: Brand) -> None:
    tamper(
        f"UPDATE commissions_transfer SET amount_minor = 121770 - amount_minor WHERE reason = 'accrual' AND cause_id < {FIRST} + 2"
    )
    first = Commission.objects.filter(brand=brand).order_by("pk").first()
    found = ledger_faults([brand, other])
    assert first is not None
    assert found[other] == Faults(0, [])
    assert found[brand].count == 2
    assert min(found[brand].first) == f"lumi: commission {first.pk} of 2970 has an accrual of 118800 ({ACCRUED})"
    assert ledger_faults([other]) == {other: Faults(0, [])}


def test_the_command_names_the_first_hundred_rows_and_counts_all(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "NAMED", 1)
    tamper("UPDATE commissions_commission SET amount_minor = amount_minor + 1")
    with pytest.raises(LedgerOff) as off:
        call_command("check_ledger", brand="lumi", stdout=io.StringIO())
    assert str(off.value) == "5 faults"  # three accruals, and the two wallets that they are in
    assert [line.rsplit("(")[-1] for line in off.value.messages()] == [
        f"{ACCRUED})",
        f"{EARNED})",
        "… and 3 more",
        "ledger: 5 faults",
    ]


def test_what_no_row_of_any_brand_explains_is_said_all_the_same(brand: Brand) -> None:
    """A movement between two wallets that are nobody's."""
    columns = "(source_id, target_id, amount_minor, reason, cause_id, moved_at)"
    tamper(f"INSERT INTO commissions_transfer {columns} VALUES (1000000, 1000001, 5, 'approval', 1000000, now())")
    assert ledger_faults([brand])[brand] == Faults(
        2, [f"lumi: the sums differ, and no row of any brand says why ({law})" for law in (ONE_BOOK, ZERO)]
    )


def test_sums_do_not_depend_on_the_order_or_the_salts(brand: Brand) -> None:
    for _ in range(5):
        assert all(hold([proof.holds for proof in PROOFS]))


@pytest.mark.parametrize("amount", [2**32 - 1, 2**32, 2**40, 2**62])
def test_amounts_of_any_size_are_weighed_exactly(brand: Brand, amount: int) -> None:
    """One subsidy of a huge amount for `z`, with a balance that says so; then one that is off by a unit."""
    wallet = Wallet.objects.create(
        brand=brand, koc=brand.kocs.get(key="z"), kind="approved", currency="CNY", balance_minor=amount
    )
    cost = Wallet.objects.create(brand=brand, kind="subsidies", currency="CNY")
    given = Adjustment.objects.create(
        brand=brand, koc=brand.kocs.get(key="z"), kind="subsidy", amount_minor=amount, happened_at=NOW
    )
    Transfer.objects.create(
        source=cost, target=wallet, amount_minor=amount, reason="subsidy", cause_id=given.pk, moved_at=NOW
    )
    assert doubted() == []
    Wallet.objects.filter(pk=wallet.pk).update(balance_minor=amount - 1)
    assert {proof.law for proof in doubted()} == {FOLD, EARNED}


def same(monkeypatch: pytest.MonkeyPatch, left: list[Pair], right: list[Pair]) -> tuple[bool, bool]:
    """Whether two lists of (key, amount) are the same pairs, and whether the amounts of every key add up to the same:
    both by sums."""
    for name, pairs in (("ones", left), ("others", right)):
        rows = f"(VALUES {', '.join(f'({key}::bigint, {amount}::bigint)' for key, amount in [(0, 0), *pairs])}) AS pair(key, amount)"
        figures = {"pairs": listed("key", "amount"), "totals": weighed("key", "amount")}
        monkeypatch.setitem(checksums.TABLES, name, Rows(rows, figures, size="abs(amount)"))
    pairs_hold, totals_hold = hold(["ones.pairs = others.pairs", "ones.totals = others.totals"])
    return pairs_hold, totals_hold


HIGH = 1 << 32


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        ([(1, 5), (2, 7)], [(2, 7), (1, 5)], (True, True)),
        ([(1, 5), (2, 7)], [(1, 7), (2, 5)], (False, False)),
        ([(1, 5)], [(1, 5), (1, 5)], (False, False)),
        ([(1, 12)], [(1, 5), (1, 7)], (False, True)),
        ([(1, 5)], [(1, 5), (2, 0)], (False, True)),
        ([(1, 5)], [(1, -5)], (False, False)),
        ([(1, 5), (2, -5)], [], (False, False)),
        (
            [(6, 5), (HIGH + 7, 9)],
            [(6, 9), (HIGH + 7, 5)],
            (False, False),
        ),  # the two keys have the same 32 bits when the halves are xored
        ([(1, HIGH + 2)], [(1, 3)], (False, False)),  # and so have these two amounts
        ([(1, 2**62)], [(1, 2**61), (1, 2**61)], (False, True)),
        ([(-1, -(2**62))], [(-1, -(2**62) + 1)], (False, False)),
        ([(1, HIGH + 5)], [(1, 5)], (False, False)),
    ],
)
def test_sums_tell_whether_two_sets_of_rows_say_the_same(
    monkeypatch: pytest.MonkeyPatch, left: list[Pair], right: list[Pair], told: tuple[bool, bool]
) -> None:
    assert same(monkeypatch, left, right) == told


def totals(pairs: list[Pair]) -> Counter[int]:
    found: Counter[int] = Counter()
    for key, amount in pairs:
        found[key] += amount
    return found


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from([1, 2, 3, HIGH + 2]), st.sampled_from([-1, 1, 2, 3, HIGH, HIGH + 1])), max_size=5
    ),
    st.lists(
        st.tuples(st.sampled_from([1, 2, 3, HIGH + 2]), st.sampled_from([-1, 1, 2, 3, HIGH, HIGH + 1])), max_size=5
    ),
)
def test_sums_tell_the_same_as_a_comparison_of_the_rows(
    monkeypatch: pytest.MonkeyPatch, left: list[Pair], right: list[Pair]
) -> None:
    assert same(monkeypatch, left, right) == (Counter(left) == Counter(right), totals(left) == totals(right))
    assert same(monkeypatch, left, list(reversed(left))) == (True, True)


def test_with_wallets_too_many_for_an_array_the_rows_decide(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checksums, "MOST_WALLETS", 3)
    assert doubted() == PROOFS
    assert ledger_faults([brand])[brand].count == 0


def test_a_reopened_period_proves(brand: Brand) -> None:
    reopen_period(brand=brand, period="2026-03", because="a mistake", by=None, at=APRIL)
    prove(brand)
    settle_period(brand=brand, period="2026-03", at=APRIL)
    prove(brand)


def test_an_empty_ledger_proves() -> None:
    assert doubted() == []
    call_command("check_ledger", stdout=(out := io.StringIO()))
    assert out.getvalue() == "ledger: 20 laws hold for 0 brands, 0 faults\n"
