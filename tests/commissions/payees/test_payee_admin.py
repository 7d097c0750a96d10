"""Payees and tax tables in the admin: ends of numbers, a page that writes down who looked, and tables that are only
added."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from commissions.payees.models.payees import Payee, PayeeRead
from commissions.payees.services import read_payees
from commissions.settlement.models.taxes import TaxTable
from tests.support.admin_pages import page
from tests.support.factories import IDS, NOW, make_brand, make_koc, make_payee, make_staff, make_user

pytestmark = pytest.mark.django_db
SECRETS = ["张小明", IDS[0], "6222020200112233"]


@pytest.fixture
def lumi() -> Brand:
    return make_brand("lumi")


@pytest.fixture
def staff(lumi: Brand, client: Client) -> Client:
    client.force_login(make_staff(lumi, name="王会计"))
    return client


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("+8613900000000"))
    return client


@pytest.fixture
def koc(lumi: Brand) -> Koc:
    koc = make_koc(lumi, "a", user=make_user())
    make_payee(koc.user)
    return koc


def full(koc: Koc) -> str:
    return page(Payee, koc.user, "full_record")


def reads() -> list[tuple[Any, ...]]:
    return list(PayeeRead.objects.values_list("user", "brand__slug", "who", "why"))


def test_staff_see_the_ends_of_numbers(staff: Client, koc: Koc) -> None:
    for seen in (staff.get(page(Payee)), staff.get(page(Payee, koc.user))):
        text = seen.content.decode()
        assert all(piece in text for piece in ("**明", "…2233", "…002X", "工商银行"))
        assert [secret for secret in SECRETS if secret in text] == []
    assert page(Koc, koc) in staff.get(page(Payee, koc.user)).content.decode()
    assert reads() == []


def test_a_full_record_is_shown_once_to_who_says_why(staff: Client, koc: Koc) -> None:
    asked = staff.get(full(koc))
    assert [secret for secret in SECRETS if secret in asked.content.decode()] == []
    assert reads() == []
    shown = staff.post(full(koc), {"koc": koc.pk, "why": "the bank asks for the branch"})
    assert [secret for secret in SECRETS if secret not in shown.content.decode()] == []
    assert "no-store" in shown.headers["Cache-Control"]
    assert reads() == [(koc.user_id, "lumi", "王会计", "the bank asks for the branch")]
    assert [secret for secret in SECRETS if secret in staff.get(full(koc)).content.decode()] == []
    assert "the bank asks for the branch" in staff.get(page(Payee, koc.user)).content.decode()
    assert "the bank asks for the branch" in staff.get(page(PayeeRead)).content.decode()


@pytest.mark.parametrize("why", ["", "   "])
def test_who_says_no_reason_sees_nothing(staff: Client, koc: Koc, why: str) -> None:
    refused = staff.post(full(koc), {"koc": koc.pk, "why": why})
    assert refused.context["form"].errors["why"]
    assert [secret for secret in SECRETS if secret in refused.content.decode()] == []
    assert reads() == []


def test_a_record_of_another_brand_is_not_there(staff: Client, koc: Koc) -> None:
    foreign = make_koc(make_brand("other"), "b", user=make_user())
    make_payee(foreign.user, IDS[1])
    assert [payee.pk for payee in staff.get(page(Payee)).context["cl"].result_list] == [koc.user_id]
    assert staff.get(page(Payee, foreign.user)).status_code == 302
    for answer in (staff.get(full(foreign)), staff.post(full(foreign), {"koc": foreign.pk, "why": "curious"})):
        assert answer.status_code == 404
    refused = staff.post(full(koc), {"koc": foreign.pk, "why": "curious"})
    assert refused.context["form"].errors["koc"]
    assert reads() == []


@pytest.mark.parametrize("status", ["applied", "rejected"])
def test_who_only_applied_has_not_shown_the_brand_their_record(staff: Client, koc: Koc, status: str) -> None:
    Koc.objects.update(status=status)
    assert list(staff.get(page(Payee)).context["cl"].result_list) == []
    assert staff.post(full(koc), {"koc": koc.pk, "why": "curious"}).status_code == 404
    assert reads() == []


def test_of_a_person_in_two_brands_staff_see_their_own_side(staff: Client, koc: Koc) -> None:
    other = make_brand("other")
    abroad = make_koc(other, "abroad", user=koc.user)
    twin = make_koc(koc.brand, "twin", user=make_user())
    make_payee(twin.user)
    read_payees(koc_ids=[abroad.pk], who="someone of the other brand", why="to pay elsewhere", at=NOW)
    seen = staff.get(page(Payee, koc.user)).content.decode()
    assert "to pay elsewhere" not in seen
    assert page(Koc, abroad) not in seen
    assert page(Koc, twin) in seen  # the same person under another login of this brand
    assert "to pay elsewhere" not in staff.get(page(PayeeRead)).content.decode()


def test_a_payee_who_is_nobodys_koc_is_not_read_even_by_administrators(superuser: Client) -> None:
    payee = make_payee(make_user())
    assert superuser.get(page(Payee, payee.user)).status_code == 200
    assert superuser.post(page(Payee, payee.user, "full_record"), {"why": "curious"}).status_code == 404


def test_a_lost_key_is_told_and_nothing_written_down(staff: Client, koc: Koc, settings: LazySettings) -> None:
    settings.PAYEE_KEYS = [Fernet.generate_key().decode()]
    assert "sealed with a key that is gone" in staff.get(page(Payee)).content.decode()
    answer = staff.post(full(koc), {"koc": koc.pk, "why": "to pay"})
    assert "sealed with a key that is gone" in answer.content.decode()
    assert reads() == []


@pytest.mark.parametrize("model", [Payee, PayeeRead, TaxTable])
def test_nobody_edits_or_deletes_them(superuser: Client, koc: Koc, model: Any) -> None:
    read_payees(koc_ids=[koc.pk], who="x", why="y", at=NOW)
    row = model.objects.first()
    assert superuser.get(page(model, row)).status_code == 200
    assert superuser.post(page(model, row), {}).status_code == 403
    assert superuser.post(page(model, row, "delete"), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", [Payee, PayeeRead])
def test_a_list_asks_no_question_per_row(staff: Client, koc: Koc, model: Any) -> None:
    read_payees(koc_ids=[koc.pk], who="x", why="y", at=NOW)
    staff.get(page(model))
    with CaptureQueriesContext(connection) as one:
        staff.get(page(model))
    more = [make_koc(koc.brand, user=make_user()) for _ in range(19)]
    for added in more:
        make_payee(added.user)
    read_payees(koc_ids=[added.pk for added in more], who="x", why="y", at=NOW)
    with CaptureQueriesContext(connection) as twenty:
        assert len(staff.get(page(model)).context["cl"].result_list) == 20
    assert len(one) == len(twenty)


GOOD = {
    "method": "cn_labour_service",
    "starts_on": "2027-01-01",
    "brackets": "20000 20 0\n50000 30 2000\n- 40 7000",
    "flat_deduction": "1000",
    "flat_deduction_up_to": "5000",
    "taxed_percent": "80",
    "monthly_deduction": "0",
    "source": "a law of 2026",
}


def test_an_administrator_adds_a_table_that_begins_as_a_copy_of_the_newest(superuser: Client) -> None:
    form = superuser.get(page(TaxTable, action="add")).context["adminform"].form
    assert form.initial["brackets"] == "20000 20 0\n50000 30 2000\n- 40 7000"
    assert (
        superuser.get(page(TaxTable, action="add"), {"method": "cn_platform_cumulative"})
        .context["adminform"]
        .form.initial["monthly_deduction"]
        == 5000
    )
    assert superuser.post(page(TaxTable, action="add"), GOOD).status_code == 302
    added = TaxTable.objects.latest("pk")
    assert (added.brackets[-1], added.flat_deduction, str(added.starts_on)) == ([None, 40, 7000], 1000, "2027-01-01")
    assert "7,000" in superuser.get(page(TaxTable, added)).content.decode()


@pytest.mark.parametrize(
    ("changed", "field", "fault"),
    [
        ({"brackets": "20000 20 0\nand so on"}, "brackets", "line 2: write"),
        ({"brackets": "20000 20 0"}, "brackets", "the last bracket has no limit"),
        ({"brackets": "20000 20 0\n- 30 200"}, "brackets", "must be 2000"),
        ({"monthly_deduction": "5000"}, "brackets", "knows no monthly deduction"),
        ({"starts_on": "1994-01-01"}, "__all__", "already exists"),
        ({"method": "none"}, "method", "valid choice"),
        ({"source": ""}, "source", "required"),
    ],
)
def test_a_table_that_cannot_be_is_refused_where_it_is_wrong(
    superuser: Client, changed: dict[str, str], field: str, fault: str
) -> None:
    refused = superuser.post(page(TaxTable, action="add"), GOOD | changed)
    assert fault in str(refused.context["adminform"].form.errors[field])
    assert TaxTable.objects.count() == 2


def test_staff_of_a_brand_see_tables_and_add_none(staff: Client) -> None:
    assert len(staff.get(page(TaxTable)).context["cl"].result_list) == 2
    assert staff.get(page(TaxTable, action="add")).status_code == 403
    assert staff.post(page(TaxTable, action="add"), GOOD).status_code == 403
    assert TaxTable.objects.count() == 2
