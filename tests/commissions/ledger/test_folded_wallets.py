"""A brand's own wallet is the sum that was folded of its transfers, and what moved since."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.brands.models import Brand
from commissions import tasks
from commissions.ledger.models import Transfer, Wallet
from commissions.ledger.services import fold_wallets
from commissions.schedule import run_due
from tests.support.database import assert_refused_by_database
from tests.support.factories import NOW, make_brand, make_selling_brand, make_user
from tests.support.shop_events import paid, prove, refunded, report, send

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def brand() -> Brand:
    return make_selling_brand()


def fold_of(brand: Brand) -> tuple[int, int]:
    wallet = Wallet.objects.get(brand=brand, kind="commissions")
    return wallet.folded_minor, wallet.folded_to


def shown_sum(client: Client, brand: Brand) -> str:
    """What the page of the brand's wallet says that its transfers come to."""
    wallet = Wallet.objects.get(brand=brand, kind="commissions")
    page = client.get(reverse("admin:commissions_wallet_change", args=[wallet.pk]))
    return str(page.context["adminform"].model_admin.folded(wallet))


def test_a_fold_adds_what_moved_since_the_last_one(brand: Brand) -> None:
    report(brand, paid("A-1", share="code"), refunded("A-1"))
    assert fold_wallets(brand=brand) == 1
    assert fold_of(brand) == (-660, Transfer.objects.latest("pk").pk)
    assert fold_wallets(brand=brand) == 0
    report(brand, paid("A-2", share="code", at=NOW + HOUR))
    assert fold_of(brand)[0] == -660
    tasks.check_ledgers_of_the_night()
    assert fold_of(brand) == (-1650, Transfer.objects.latest("pk").pk)
    prove(brand)


def test_a_brand_without_money_has_nothing_to_fold(brand: Brand) -> None:
    assert fold_wallets(brand=brand) == fold_wallets(brand=make_brand()) == 0
    assert not Wallet.objects.exists()


def test_a_page_reads_no_transfer_that_is_folded(brand: Brand, client: Client) -> None:
    """The transfers that were folded are taken away: the page shows the same, and what came after."""
    client.force_login(make_user(is_staff=True, is_superuser=True))
    report(brand, paid("A-1", share="code"), refunded("A-1"))
    assert shown_sum(client, brand) == "-CN¥6.60"
    fold_wallets(brand=brand)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; DELETE FROM commissions_transfer")
        cursor.execute("SET session_replication_role = origin")
    assert shown_sum(client, brand) == "-CN¥6.60"
    send(brand, paid("A-2", share="code", at=NOW + HOUR))
    run_due(brand=brand, at=NOW + HOUR)
    assert shown_sum(client, brand) == "-CN¥16.50"


def test_a_wallet_of_a_koc_is_not_folded(brand: Brand) -> None:
    report(brand, paid(share="code"))
    assert_refused_by_database("UPDATE commissions_wallet SET folded_minor = 1 WHERE koc_id IS NOT NULL")
