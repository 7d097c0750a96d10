"""Whom the money goes to: sealed, shown by its ends, and every full reading written down."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.people.models import Koc, User
from commissions.payees.domain.payees import FullPayee
from commissions.payees.domain.refusals import NoReasonToRead, PayeeRefused
from commissions.payees.models.payees import Payee, PayeeRead
from commissions.payees.selectors import payees_shown, persons_of
from commissions.payees.services import read_payees, rotate_payee_keys, save_payee
from foundation.sealing import Unreadable
from tests.support.factories import IDS, NOW, make_brand, make_koc, make_payee, make_staff, make_user

LATER = NOW + timedelta(days=1)
GIVEN = FullPayee(name="张小明", id_number=IDS[0], account="6222020200112233", bank="工商银行")
SECRETS = ["张小明", IDS[0], "6222020200112233"]


@pytest.fixture
def user(db: None) -> User:
    return make_user()


def raw(user: User) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(payee)::text FROM commissions_payee payee WHERE user_id = %s", [user.pk])
        return str(cursor.fetchone()[0])


def test_what_the_database_holds_is_sealed(user: User) -> None:
    payee = make_payee(user)
    assert [secret for secret in [*SECRETS, "张", IDS[0][:14]] if secret in raw(user)] == []
    assert (payee.id_number_last4, payee.account_last4, payee.bank) == ("002X", "2233", "工商银行")
    assert payee.opened() == GIVEN
    assert [secret for secret in SECRETS if secret in f"{payee!r}{payee}"] == []


@pytest.mark.parametrize("field", ["name_sealed", "id_number_sealed", "account_sealed", "person"])
def test_the_database_refuses_what_is_not_sealed(user: User, field: str) -> None:
    make_payee(user)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payee.objects.update(**{field: "6222020200112233"})


def test_the_same_again_changes_nothing(user: User) -> None:
    make_payee(user)
    before = raw(user)
    again = save_payee(user=user, given=replace(GIVEN, account="6222 0202 0011 2233"), at=LATER)
    assert raw(user) == before
    assert again.updated_at == NOW


def test_another_account_is_kept_in_the_place_of_the_first(user: User) -> None:
    make_payee(user)
    saved = save_payee(user=user, given=replace(GIVEN, method="alipay", account="ming@example.cn"), at=LATER)
    assert (saved.method, saved.bank, saved.account_last4, saved.updated_at) == ("alipay", "", "e.cn", LATER)
    assert Payee.objects.count() == 1


def test_a_refused_record_changes_nothing_and_its_refusal_repeats_no_value(user: User) -> None:
    make_payee(user)
    before = raw(user)
    for changed in ({"id_number": "110105194912310020"}, {"account": "6222_0202"}):
        with pytest.raises(PayeeRefused) as refused:
            save_payee(user=user, given=replace(GIVEN, **changed), at=LATER)
        assert [
            secret for secret in ["110105194912310020", "6222_0202", *SECRETS] if secret in str(refused.value)
        ] == []
    assert raw(user) == before


def test_nothing_of_a_person_is_logged(user: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, logger="django.db.backends")
    koc = make_koc(make_brand(), user=user)
    make_payee(user)
    read_payees(koc_ids=[koc.pk], who="a command", why="to pay", at=NOW)
    assert [secret for secret in SECRETS if secret in caplog.text] == []


def test_two_logins_of_one_person_are_one_person_by_whatever_document(user: User) -> None:
    brand = make_brand()
    one, other, third, nobody = (make_koc(brand, user=make_user()) for _ in range(4))
    make_payee(one.user, " 110105 19491231 002x")
    make_payee(other.user, IDS[0], id_type="other", name="Zhang", method="alipay", account="other@example.cn")
    make_payee(third.user, IDS[1])
    abroad = make_koc(make_brand(), user=user)
    make_payee(abroad.user, IDS[2])
    persons = persons_of(brand)
    assert set(persons) == {one.pk, other.pk, third.pk}  # nobody is a person of their own
    assert persons[one.pk] == persons[other.pk] != persons[third.pk]
    assert nobody.pk not in persons


def test_who_a_person_is_does_not_hang_on_the_keys_that_rotate(user: User, settings: LazySettings) -> None:
    before = make_payee(user).person
    settings.PAYEE_KEYS = [Fernet.generate_key().decode()]
    assert make_payee(make_user(), IDS[0]).person == before
    settings.PUBLIC_ID_KEY = bytes(16)
    assert make_payee(make_user(), IDS[0]).person != before


@pytest.fixture
def koc(user: User) -> Koc:
    make_payee(user)
    return make_koc(make_brand("lumi"), user=user)


def reads() -> list[tuple[Any, ...]]:
    return list(PayeeRead.objects.order_by("pk").values_list("user", "brand__slug", "reader", "who", "why", "read_at"))


def test_a_full_reading_is_written_down(koc: Koc) -> None:
    staff = make_staff(koc.brand, name="王会计")
    without, unknown = make_koc(koc.brand, user=make_user()), make_koc(koc.brand)
    read = read_payees(koc_ids=[koc.pk, without.pk, unknown.pk], who=staff, why=" to pay  batch 7 ", at=NOW)
    assert read == {koc.pk: GIVEN}
    read_payees(koc_ids=[koc.pk], who="export_batch", why="to pay batch 7", at=LATER)
    assert reads() == [
        (koc.user_id, "lumi", staff.pk, "王会计", "to pay batch 7", NOW),
        (koc.user_id, "lumi", None, "export_batch", "to pay batch 7", LATER),
    ]


def test_one_person_in_two_brands_is_read_for_the_brand_that_asked(koc: Koc) -> None:
    other = make_koc(make_brand("other"), user=koc.user)
    read_payees(koc_ids=[other.pk], who="x", why="y", at=NOW)
    assert [row[1] for row in reads()] == ["other"]


def test_who_gives_no_reason_reads_nothing(koc: Koc) -> None:
    with pytest.raises(NoReasonToRead):
        read_payees(koc_ids=[koc.pk], who="x", why="  ", at=NOW)
    assert reads() == []


def test_what_no_key_opens_is_refused_and_not_written_down_as_read(koc: Koc, settings: LazySettings) -> None:
    settings.PAYEE_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(Unreadable, match="PAYEE_KEYS"):
        read_payees(koc_ids=[koc.pk], who="x", why="y", at=NOW)
    assert reads() == []


def test_twenty_payees_take_as_many_queries_as_one(koc: Koc) -> None:
    kocs = [make_koc(koc.brand, user=make_user()).pk for _ in range(19)]
    for user in User.objects.filter(memberships__in=kocs):
        make_payee(user)
    for read in (lambda ids: read_payees(koc_ids=ids, who="x", why="y", at=NOW), payees_shown):
        with CaptureQueriesContext(connection) as one:
            assert len(read([koc.pk])) == 1
        with CaptureQueriesContext(connection) as twenty:
            assert len(read([koc.pk, *kocs])) == 20
        assert len(one) == len(twenty)


@pytest.mark.parametrize(
    "write",
    [
        "UPDATE commissions_payeeread SET why = 'nothing'",
        "DELETE FROM commissions_payeeread",
        "TRUNCATE commissions_payeeread",
    ],
)
def test_nobody_rewrites_who_read_what(koc: Koc, write: str) -> None:
    read_payees(koc_ids=[koc.pk], who="x", why="y", at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="only added"), transaction.atomic():
            cursor.execute(write)
    assert len(reads()) == 1


def test_what_finance_sees_every_day_leaves_no_trace(koc: Koc) -> None:
    [(pk, shown)] = payees_shown([koc.pk, make_koc(koc.brand).pk]).items()
    assert (pk, shown.name, shown.account_last4, shown.method) == (koc.pk, "张小明", "2233", "bank")
    assert "张小明" not in repr(shown)
    assert reads() == []


@pytest.fixture
def rotated(koc: Koc, settings: LazySettings) -> Iterator[list[str]]:
    """A new key stands before the old one."""
    fresh = Fernet.generate_key().decode()
    settings.PAYEE_KEYS = [fresh, *settings.PAYEE_KEYS]
    yield settings.PAYEE_KEYS
    assert Payee.objects.get(pk=koc.user_id).opened() == GIVEN


def test_after_a_rotation_the_old_key_may_go(
    koc: Koc, rotated: list[str], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commissions.payees.services.BATCH", 2)
    others = [make_payee(make_user(), number) for number in IDS[1:]]  # sealed with the new key already
    person = Payee.objects.get(pk=koc.user_id).person
    looked: list[int] = []
    assert rotate_payee_keys(progress=looked.append) == (1, 3, ())
    assert looked == [2, 4]
    settings.PAYEE_KEYS = rotated[:1]
    assert Payee.objects.get(pk=koc.user_id).opened() == GIVEN
    assert [payee.opened().id_number for payee in others] == IDS[1:]
    assert Payee.objects.get(pk=koc.user_id).person == person
    assert rotate_payee_keys() == (0, 4, ())


def test_rotating_twice_changes_nothing_and_says_so(
    koc: Koc, rotated: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("rotate_payee_keys")
    before = raw(koc.user)  # type: ignore[arg-type]
    call_command("rotate_payee_keys")
    assert raw(koc.user) == before  # type: ignore[arg-type]
    assert capsys.readouterr().out.splitlines() == [
        "payees: 1 resealed, 0 unchanged, 0 unreadable",
        "payees: 0 resealed, 1 unchanged, 0 unreadable",
    ]


def test_a_record_that_no_key_opens_is_stepped_over_and_named(
    koc: Koc, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.PAYEE_KEYS = [Fernet.generate_key().decode()]
    before = raw(koc.user)  # type: ignore[arg-type]
    later = make_payee(make_user(), IDS[1])
    with pytest.raises(Unreadable, match=f"users {koc.user_id}: keep the old keys"):
        call_command("rotate_payee_keys")
    assert capsys.readouterr().out == "payees: 0 resealed, 1 unchanged, 1 unreadable\n"
    assert raw(koc.user) == before  # type: ignore[arg-type]
    assert later.opened().id_number == IDS[1]
    again = make_payee(koc.user)  # what is lost can be said anew
    assert again.opened() == GIVEN


def test_a_rotation_reckons_persons_anew_when_their_key_was_changed(koc: Koc, settings: LazySettings) -> None:
    settings.PUBLIC_ID_KEY = bytes(16)
    assert rotate_payee_keys() == (1, 0, ())
    assert Payee.objects.get(pk=koc.user_id).person == make_payee(make_user(), IDS[0]).person
