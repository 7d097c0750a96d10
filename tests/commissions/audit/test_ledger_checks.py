"""The ledger is proved every night, and what that said is on the front page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.brands.models import Brand
from accounts.people.models import User
from commissions import tasks
from commissions.audit import services as ledger_checks
from commissions.audit.models import LedgerCheck
from commissions.audit.selectors.ledger_checks import brands_due_for_a_check, ledger_state
from commissions.audit.selectors.proofs import broken_invariants
from commissions.audit.services import check_ledgers
from commissions.earnings.models.commissions import Commission
from foundation.money.calendar import last_night
from tests.support.factories import NOW, make_brand, make_selling_brand, make_staff
from tests.support.shop_events import paid, report

pytestmark = pytest.mark.django_db
FRONT = "admin:index"


def sold(slug: str) -> Brand:
    """One sale of 99.00 at 10 %."""
    brand = make_selling_brand(slug, code=f"{slug}-code")
    report(brand, paid(share=f"{slug}-code"))
    return brand


@pytest.fixture
def lumi() -> Brand:
    return sold("lumi")


@pytest.fixture
def other() -> Brand:
    return sold("other")


def spoil(brand: Brand) -> None:
    """The commission says 991 where 990 was accrued: two laws are broken, by one row each."""
    Commission.objects.filter(brand=brand).update(amount_minor=991)


def test_a_book_that_proves_is_kept_as_proved(lumi: Brand) -> None:
    check_ledgers(brands=[lumi], at=NOW)
    check = LedgerCheck.objects.get()
    assert (check.brand, check.checked_at, check.laws, check.fault_count, check.faults) == (lumi, NOW, 20, 0, [])
    assert check.seconds > 0


def test_faults_are_kept_with_the_brand_whose_they_are(lumi: Brand, other: Brand) -> None:
    spoil(other)
    check_ledgers(brands=[lumi, other], at=NOW)
    found = {check.brand.slug: check for check in LedgerCheck.objects.select_related("brand")}
    assert (found["lumi"].fault_count, found["other"].fault_count) == (0, 2)
    first = Commission.objects.get(brand=other)
    assert (
        found["other"].faults[0]
        == f"other: commission {first.pk} of 991 has an accrual of 990 (a commission was accrued once, at its first amount)"
    )


def test_checking_again_adds_a_row_and_changes_none(lumi: Brand) -> None:
    check_ledgers(brands=[lumi], at=NOW)
    spoil(lumi)
    check_ledgers(brands=[lumi], at=NOW + timedelta(days=1))
    assert list(LedgerCheck.objects.order_by("checked_at").values_list("fault_count", flat=True)) == [0, 2]


@pytest.mark.parametrize("error", [DatabaseError("canceling statement due to statement timeout"), KeyError("law")])
def test_a_brand_whose_rows_cannot_be_looked_at_stops_no_other(
    error: Exception, lumi: Brand, other: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def poisoned(brand: Brand, suspects: Any) -> Any:
        if brand == lumi:
            raise error
        return broken_invariants(brand, suspects)

    monkeypatch.setattr(ledger_checks, "broken_invariants", poisoned)
    spoil(other)
    check_ledgers(brands=[lumi, other], at=NOW)
    assert [(check.brand, check.fault_count) for check in LedgerCheck.objects.select_related("brand")] == [(other, 2)]


@pytest.mark.parametrize(
    ("at", "night"),
    [
        ("2026-03-01T18:59:59Z", "2026-02-28T19:00:00Z"),  # 02:59 in Shanghai
        ("2026-03-01T19:00:00Z", "2026-03-01T19:00:00Z"),
        ("2026-03-02T18:00:00Z", "2026-03-01T19:00:00Z"),
    ],
)
def test_the_last_night_is_three_in_the_morning_of_the_brands_zone(at: str, night: str) -> None:
    assert last_night(datetime.fromisoformat(at), zone="Asia/Shanghai") == datetime.fromisoformat(night)


def test_a_ledger_is_due_once_a_night_and_at_once_when_it_was_never_proved(lumi: Brand) -> None:
    evening = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert brands_due_for_a_check(at=evening) == [lumi]
    check_ledgers(brands=[lumi], at=evening)
    assert brands_due_for_a_check(at=datetime(2026, 3, 1, 18, 59, tzinfo=UTC)) == []
    night = datetime(2026, 3, 1, 19, 5, tzinfo=UTC)
    assert brands_due_for_a_check(at=night) == [lumi]
    check_ledgers(brands=[lumi], at=night)
    assert brands_due_for_a_check(at=night + timedelta(hours=23)) == []
    assert brands_due_for_a_check(at=night + timedelta(hours=24)) == [lumi]


def test_the_task_proves_what_is_due(lumi: Brand) -> None:
    tasks.check_ledgers_of_the_night()
    tasks.check_ledgers_of_the_night()
    assert LedgerCheck.objects.count() == 1


def test_a_proof_grows_stale_after_36_hours_and_a_fault_never(lumi: Brand, other: Brand) -> None:
    spoil(other)
    check_ledgers(brands=[lumi, other], at=NOW)
    never = make_brand("never")
    young, old = (
        ledger_state([lumi, other, never], at=NOW + age)
        for age in (timedelta(hours=36), timedelta(hours=36, seconds=1))
    )
    assert ([check.brand for check in young.proved], [check.brand for check in young.off], young.stale) == (
        [lumi],
        [other],
        [never],
    )
    assert ([check.brand for check in old.proved], [check.brand for check in old.off], old.stale) == (
        [],
        [other],
        [lumi, never],
    )


# The pages


@pytest.fixture
def ann(lumi: Brand, client: Client) -> User:
    user = make_staff(lumi)
    client.force_login(user)
    return user


def told(client: Client) -> list[tuple[str, str]]:
    return [
        (line["look"], line["text"].split(":")[0].split(",")[0])
        for line in client.get(reverse(FRONT)).context["ledger"]
    ]


def test_the_front_page_says_how_ones_own_ledger_stands(lumi: Brand, other: Brand, ann: User, client: Client) -> None:
    spoil(other)
    check_ledgers(brands=[other], at=timezone.now())
    assert told(client) == [("stale", "lumi".title())]
    check_ledgers(brands=[lumi], at=timezone.now())
    assert told(client) == [("good", "Lumi")]
    spoil(lumi)
    check_ledgers(brands=[lumi], at=timezone.now())
    line = client.get(reverse(FRONT)).context["ledger"][0]
    assert (line["look"], line["text"].split(",")[0]) == ("bad", "Lumi: faults in the ledger: 2")
    page = client.get(line["href"]).content.decode()
    assert "has an accrual of 990" in page
    assert "Other" not in page


def test_a_superuser_sees_many_brands_in_few_lines(lumi: Brand, other: Brand, client: Client) -> None:
    client.force_login(User.objects.create_superuser("+8613900000000"))
    check_ledgers(brands=[lumi, other], at=timezone.now())
    assert told(client) == [("good", "The ledgers of 2 brands prove")]


def test_staff_prove_their_own_ledger_at_once_and_no_others(
    lumi: Brand, other: Brand, ann: User, client: Client
) -> None:
    answer = client.post(reverse("admin:commissions_ledgercheck_check"), follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["The ledger proves."]
    assert [check.brand for check in LedgerCheck.objects.select_related("brand")] == [lumi]
    spoil(lumi)
    answer = client.post(reverse("admin:commissions_ledgercheck_check"), follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["The ledger does not prove: Lumi"]


def test_only_a_post_proves(lumi: Brand, ann: User, client: Client) -> None:
    assert client.get(reverse("admin:commissions_ledgercheck_check")).status_code == 405
    client.logout()
    assert client.post(reverse("admin:commissions_ledgercheck_check")).status_code == 302
    assert not LedgerCheck.objects.exists()


def test_a_brands_checks_are_its_own(lumi: Brand, other: Brand, ann: User, client: Client) -> None:
    check_ledgers(brands=[lumi, other], at=NOW)
    mine, theirs = (LedgerCheck.objects.get(brand=brand) for brand in (lumi, other))
    assert list(client.get(reverse("admin:commissions_ledgercheck_changelist")).context["cl"].result_list) == [mine]
    assert client.get(reverse("admin:commissions_ledgercheck_change", args=[theirs.pk]))["Location"] == reverse(FRONT)


def test_the_list_asks_no_question_per_row(
    lumi: Brand, ann: User, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    check_ledgers(brands=[lumi], at=NOW)
    page = reverse("admin:commissions_ledgercheck_changelist")
    client.get(page)
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    for hour in range(19):
        check_ledgers(brands=[lumi], at=NOW + timedelta(hours=hour))
    with django_assert_num_queries(len(one)):
        assert len(client.get(page).context["cl"].result_list) == 20
