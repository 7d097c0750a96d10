from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from accounts.brands.models import Brand
from accounts.people.models import Customer
from accounts.people.services.customers import import_customers
from foundation.files.faults import BadFile
from foundation.files.tables import ImportResult
from tests.support.factories import NOW, make_brand, make_customer

pytestmark = pytest.mark.django_db


def load(
    brand: Brand, *rows: str, header: str = "customer,phone,name,first_seen_at", at: datetime = NOW
) -> ImportResult:
    return import_customers(
        brand=brand, lines=[f"{header}\n", *(f"{row}\n" for row in rows)], name="customers.csv", at=at
    )


def test_customers_are_taken_in_with_phones_in_one_writing() -> None:
    brand = make_brand()
    assert (
        str(load(brand, "c1,138 0000 0001,王,2026-01-01T08:00:00+08:00", "c2,,,"))
        == "2 created, 0 updated, 0 unchanged"
    )
    assert set(Customer.objects.values_list("key", "phone", "name", "first_seen_at")) == {
        ("c1", "+8613800000001", "王", datetime(2026, 1, 1, tzinfo=UTC)),
        ("c2", "", "", NOW),
    }


def test_the_same_file_again_changes_nothing() -> None:
    brand = make_brand()
    rows = ["c1,13800000001,王,2026-01-01T08:00:00+08:00", "c2,,,"]
    load(brand, *rows)
    before = list(Customer.objects.order_by("pk").values())
    assert str(load(brand, *rows, at=NOW + timedelta(days=1))) == "0 created, 0 updated, 2 unchanged"
    assert list(Customer.objects.order_by("pk").values()) == before


def test_an_empty_cell_leaves_what_is_known_and_a_full_one_updates_it() -> None:
    brand = make_brand()
    stranger = make_customer(make_brand(), "c1", name="other")
    make_customer(brand, "c1", phone="+8613800000001", name="old")
    assert str(load(brand, "c1,,new,")) == "0 created, 1 updated, 0 unchanged"
    assert Customer.objects.filter(brand=brand).values_list("phone", "name", "first_seen_at").get() == (
        "+8613800000001",
        "new",
        NOW,
    )
    stranger.refresh_from_db()
    assert stranger.name == "other"


def test_a_bad_row_refuses_the_whole_file() -> None:
    brand = make_brand()
    make_customer(brand, "known", name="old")
    with pytest.raises(BadFile) as refused:
        load(brand, "known,,new,", "c1,12,,", "c2,,,", "c2,,,", "c3,,,2026-01-01")
    assert refused.value.messages() == [
        "customers.csv:3: phone is not a phone number (phone, 12)",
        "customers.csv:5: the customer stands twice (customer, c2)",
        "customers.csv:6: first_seen_at has no time zone (first_seen_at, 2026-01-01)",
    ]
    assert Customer.objects.values_list("key", "name").get() == ("known", "old")


def test_the_command_counts_what_it_did(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    make_brand("lumi")
    path = f"{tmp_path}/customers.csv"
    with open(path, "w") as file:
        file.write("\ufeffcustomer\nc1\nc2\n")
    call_command("import_customers", path, brand="lumi")
    assert capsys.readouterr().out == "customers: 2 created, 0 updated, 0 unchanged\n"


@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow_with_rows(rows: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    brand = make_brand()
    with django_assert_num_queries(9):
        load(brand, *(f"c{number},,," for number in range(rows)))
