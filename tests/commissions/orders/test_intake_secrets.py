"""A shop's secrets are sealed where they lie, and open where they are needed."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.brands.models import Brand, Shop
from commissions.orders.models import IntakeSecret
from commissions.orders.services.secrets import intake_secrets, keep_secret, rotate_secret_keys
from foundation.sealing import Unreadable
from tests.commissions.orders.test_api_intake import NEW, OLD, deliver, paid
from tests.support.factories import NOW, make_brand, make_product, make_staff

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@pytest.fixture
def brand() -> Brand:
    brand = make_brand("lumi")
    make_product(brand)
    return brand


def raw() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(row_to_json(secret)::text, ' ') FROM commissions_intakesecret secret")
        return str(cursor.fetchone()[0])


def a_key() -> str:
    return Fernet.generate_key().decode()


def test_what_the_database_holds_is_sealed(brand: Brand) -> None:
    first, second = (
        intake_secrets(brand=brand, rotate=False, at=NOW),
        intake_secrets(brand=brand, rotate=True, at=LATER),
    )
    assert second[1:] == first
    assert [secret for secret in second if secret.startswith("whsec_") and len(secret) == 50] == second
    assert "whsec_" not in raw()
    assert [secret for secret in second if secret.removeprefix("whsec_")[:8] in raw()] == []
    assert [row.last4 for row in IntakeSecret.objects.order_by("-pk")] == [secret[-4:] for secret in second]


def test_the_database_refuses_one_in_clear(brand: Brand) -> None:
    with pytest.raises(IntegrityError, match="intake_secret_is_sealed"), transaction.atomic():
        IntakeSecret.objects.create(brand=brand, secret_sealed=NEW, last4=NEW[-4:], made_at=NOW)


def test_the_command_prints_the_live_ones_newest_first(brand: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    keep_secret(shop=Shop(brand), secret=OLD, at=NOW)
    keep_secret(shop=Shop(brand), secret=NEW, at=LATER)
    call_command("intake_secret", brand="lumi")
    assert capsys.readouterr().out.splitlines() == [NEW, OLD]
    call_command("intake_secret", brand="lumi", rotate=True)
    fresh, before = capsys.readouterr().out.splitlines()
    assert (fresh not in {NEW, OLD}, before) == (True, NEW)
    assert deliver(paid(), secret=fresh).status_code == 202
    assert deliver(paid("A-2"), name="m2", secret=OLD).status_code == 401


def test_the_admin_shows_only_how_they_end(brand: Brand, client: Client) -> None:
    row = keep_secret(shop=Shop(brand), secret=NEW, at=NOW)
    client.force_login(make_staff(brand))
    for url in (
        reverse("admin:commissions_intakesecret_changelist"),
        reverse("admin:commissions_intakesecret_change", args=[row.pk]),
    ):
        shown = client.get(url).content.decode()
        assert f"…{NEW[-4:]}" in shown
        assert [secret for secret in (NEW, NEW[6:20], row.secret_sealed) if secret in shown] == []


def test_after_a_rotation_of_keys_the_old_key_may_go(
    brand: Brand, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_secret(shop=Shop(brand), secret=OLD, at=NOW)
    settings.PAYEE_KEYS = [a_key(), *settings.PAYEE_KEYS]
    keep_secret(shop=Shop(brand), secret=NEW, at=LATER)
    call_command("rotate_payee_keys")
    assert "intake secrets: 1 resealed, 1 unchanged, 0 unreadable" in capsys.readouterr().out
    sealed = raw()
    assert rotate_secret_keys() == (0, 2, ())
    assert raw() == sealed
    settings.PAYEE_KEYS = settings.PAYEE_KEYS[:1]
    assert [deliver(paid(secret), name=secret, secret=secret).status_code for secret in (OLD, NEW)] == [202, 202]
    assert intake_secrets(brand=brand, rotate=False, at=LATER) == [NEW, OLD]


def test_a_secret_whose_key_is_gone_is_a_fault_of_ours_until_the_key_is_back(
    brand: Brand, settings: LazySettings
) -> None:
    """The shop delivers again after a 500, and gives up after a 401."""
    keep_secret(shop=Shop(brand), secret=OLD, at=NOW)
    keys = settings.PAYEE_KEYS
    settings.PAYEE_KEYS = [a_key()]
    assert deliver(paid(), secret=OLD).status_code == 500
    with pytest.raises(Unreadable):
        call_command("intake_secret", brand="lumi")
    with pytest.raises(Unreadable, match="intake secrets"):
        call_command("rotate_payee_keys")
    (fresh,) = intake_secrets(brand=brand, rotate=True, at=LATER)
    assert deliver(paid(), secret=fresh).status_code == 202
    assert deliver(paid("A-2"), name="m2", secret=OLD).status_code == 500
    settings.PAYEE_KEYS = [*settings.PAYEE_KEYS, *keys]
    assert deliver(paid("A-2"), name="m2", secret=OLD).status_code == 202


def test_a_secret_is_opened_once_and_not_at_every_delivery(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bytes] = []
    decrypt = Fernet.decrypt

    def counted(self: Fernet, token: bytes, ttl: int | None = None) -> bytes:
        opened.append(token)
        return decrypt(self, token, ttl)

    keep_secret(shop=Shop(brand), secret=f"whsec_{'A' * 43}=", at=NOW)
    monkeypatch.setattr("foundation.sealing.MultiFernet.decrypt", lambda box, token: counted(box._fernets[0], token))
    assert [deliver(paid(f"A-{n}"), name=f"m{n}", secret=f"whsec_{'A' * 43}=").status_code for n in range(3)] == [
        202
    ] * 3
    assert len(opened) == 1
