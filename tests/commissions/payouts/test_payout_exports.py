"""The export of a payout batch: it moves money once, and its file never changes."""

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.management import call_command

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.payees.models.payees import PayeeRead
from commissions.payouts.domain.refusals import BatchRefused
from commissions.payouts.models import PayoutLine
from foundation.sealing import Unreadable
from tests.support.database import assert_refused_by_database
from tests.support.payout_files import answer, file_bytes, reference_of
from tests.support.payouts import APRIL_3, approved, draft, export, exported, give_payee, payout_snapshot, refused
from tests.support.shop_events import balances

pytestmark = pytest.mark.django_db


# The export


def test_an_export_moves_settled_money_to_paying_once(brand: Brand) -> None:
    batch = approved(brand)
    first = export(batch)
    assert first.is_new
    assert balances(brand) == {("a", "paying"): 1361, ("b", "paying"): 2722, ("c", "paying"): 4083}
    before = payout_snapshot(brand)
    again = export(batch, at=APRIL_3)
    assert not again.is_new
    assert payout_snapshot(brand) == before
    assert file_bytes(again) == file_bytes(first)


def test_the_same_file_comes_again_whatever_changed_meanwhile(brand: Brand) -> None:
    """The payee has another account since, the first line is paid, the batch's file is still what the bank got; and
    where the money went stays known."""
    first = export(approved(brand))
    content = file_bytes(first)
    give_payee(Koc.objects.get(brand=brand, key="a"), account="6222999999999999")
    answer(
        brand,
        {"reference": reference_of(first.batch, "a"), "status": "paid"},
        {"reference": reference_of(first.batch, "b"), "status": "failed"},
    )
    assert file_bytes(export(first.batch, at=APRIL_3)) == content
    assert PayoutLine.objects.get(koc__key="a").account_last4 == "0001"


def test_a_draft_is_not_exported(brand: Brand) -> None:
    batch = draft(brand)
    with refused(brand, BatchRefused, "batch 1 is draft: only an approved batch is exported"):
        export(batch)


def test_a_batch_has_one_layout_for_ever(brand: Brand) -> None:
    batch = exported(brand)
    with pytest.raises(
        BatchRefused, match="was exported as generic: a second file in another layout could be paid twice"
    ):
        export(batch, "alipay")


def test_what_does_not_fit_the_file_is_refused_and_named_before_anything_moves(brand: Brand) -> None:
    batch = approved(brand)
    before = payout_snapshot(brand)
    with pytest.raises(BatchRefused) as refused:
        export(batch, "alipay")
    assert len(refused.value.faults) == 3
    assert refused.value.faults[0] == f"{reference_of(batch, 'a')} (a): is paid by bank, and the file is for alipay"
    Koc.objects.filter(brand=brand, key="b").update(user=None)
    with pytest.raises(BatchRefused) as refused:
        export(batch)
    assert refused.value.faults == [f"{reference_of(batch, 'b')} (b): has no payee any more"]
    assert payout_snapshot(brand) == before
    assert not PayoutLine.objects.exclude(payee_sealed="").exists()


def test_every_reading_of_a_payee_is_noted(brand: Brand) -> None:
    batch = exported(brand)
    assert list(PayeeRead.objects.values_list("why", "who")) == [("payout batch 1 exported as generic", "Checker")] * 3
    export(batch, at=APRIL_3)
    assert (
        list(PayeeRead.objects.filter(read_at=APRIL_3).values_list("why", flat=True))
        == ["payout batch 1 exported again"] * 3
    )


def test_reading_is_noted_when_the_export_is_refused_because_of_what_was_read(brand: Brand) -> None:
    batch = approved(brand)
    Koc.objects.filter(brand=brand, key="b").update(user=None)
    with pytest.raises(BatchRefused):
        export(batch)
    read = PayeeRead.objects.values_list("user__memberships__key", "why", "who").order_by("user__memberships__key")
    why = "payout batch 1 could not be exported as generic"
    assert list(read) == [("a", why, "Checker"), ("c", why, "Checker")]


def test_nobody_is_read_when_it_is_refused_before(brand: Brand) -> None:
    with pytest.raises(BatchRefused):
        export(draft(brand))
    assert not PayeeRead.objects.exists()


def test_the_kept_copy_of_a_payee_is_sealed_and_has_no_id_number(brand: Brand) -> None:
    exported(brand)
    for sealed in PayoutLine.objects.values_list("payee_sealed", flat=True):
        assert sealed.startswith("gAAAAA")
        assert "6222" not in sealed
    assert_refused_by_database(
        "UPDATE commissions_payoutline SET payee_sealed = 'plain'", "payout_line_payee_is_sealed"
    )


# Keys


def test_whom_a_payment_was_for_stays_readable_when_the_keys_rotate(
    brand: Brand, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    first = export(approved(brand))
    content = file_bytes(first)
    old, new = settings.PAYEE_KEYS[0], Fernet.generate_key().decode()
    settings.PAYEE_KEYS = [new, old]
    for said in ("3 resealed, 0 unchanged", "0 resealed, 3 unchanged"):
        call_command("rotate_payee_keys")
        assert capsys.readouterr().out.splitlines() == [
            f"payees: {said}, 0 unreadable",
            f"payout lines: {said}, 0 unreadable",
        ]
    settings.PAYEE_KEYS = [new]
    assert file_bytes(export(first.batch, at=APRIL_3)) == content
    settings.PAYEE_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(Unreadable, match=r"users \d+, \d+, \d+, payout lines \d+, \d+, \d+: keep the old keys"):
        call_command("rotate_payee_keys")
