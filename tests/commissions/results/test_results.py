"""What content brought: counted as a person would count it, kept, and shown to whom it concerns."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.results.models import AuthorResult, KitResult
from commissions.results.selectors import brands_with_results_due
from commissions.results.services import refresh_results
from commissions.tasks import count_results_of_content
from content.kits.models import Kit
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.clients import Person, results
from tests.support.factories import NOW, make_kit, make_koc, make_selling_brand, make_share, make_staff, make_user
from tests.support.shop_events import cancelled, paid, refunded, report

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


@pytest.fixture
def brand() -> Brand:
    return make_selling_brand("lumi")


@pytest.fixture
def author(brand: Brand) -> Koc:
    return make_koc(brand, "writer", user=make_user())


@pytest.fixture
def kit(brand: Brand, author: Koc) -> Kit:
    return make_kit(brand, author=author)


def opened(share: Share, *hours: float, **fields: Any) -> None:
    for hour in hours:
        visitor = f"{share.code}-{hour}"
        Visit.objects.create(share=share, visitor=visitor, visited_at=share.shared_at + timedelta(hours=hour), **fields)


def counted(brand: Brand, kit: Kit, at: datetime = LATER) -> KitResult:
    aggregate_spread(brand=brand, at=at)
    refresh_results(brand=brand, at=at)
    return KitResult.objects.get(kit=kit)


def test_shares_sharers_depth_and_reach(brand: Brand, kit: Kit) -> None:
    first, second = make_koc(brand), make_koc(brand)
    root = make_share(first, kit)
    make_share(first, kit, channel="weibo")
    child = make_share(second, kit, parent=root)
    opened(root, 1, 2)
    opened(child, 3, 4, 30, uncounted="repeat")
    found = counted(brand, kit)
    assert (found.shares, found.kocs, found.again, found.depth) == (3, 2, 1, 1)
    assert found.people == 4, "two who shared, two who opened; repeats reach nobody"
    assert found.active == Koc.objects.filter(brand=brand, status="active").count()


def test_half_of_all_visits_had_come_after_the_half_life(brand: Brand, kit: Kit) -> None:
    share = make_share(make_koc(brand), kit)
    assert counted(brand, kit).half_life is None
    opened(share, 1, 2, 9, 100, 200)
    found = counted(brand, kit)
    assert (found.visits, found.half_life) == (5, timedelta(hours=9))


def test_sales_count_without_what_was_cancelled_or_given_back(brand: Brand, kit: Kit) -> None:
    share, quiet = make_share(make_koc(brand), kit), make_share(make_koc(brand), kit)
    for order in ("A-1", "A-2", "A-3", "A-4"):
        report(brand, paid(order, share=share.code))
    report(brand, cancelled("A-2"), refunded("A-3", "R-3", l1=9900), refunded("A-4", "R-4", l1=900), at=LATER)
    found = counted(brand, kit)
    assert (found.shares, found.orders, found.gmv_minor) == (2, 2, 9900 + 9000)
    assert found.gmv_squares == (9900 + 9000) ** 2
    assert found.per_share
    assert found.per_share.value == 18_900 / 2
    assert KitResult.objects.filter(kit=quiet.kit).count() == 1


def test_an_author_has_the_sums_of_their_kits_and_people_count_once(brand: Brand, kit: Kit, author: Koc) -> None:
    other, brands_own = make_kit(brand, author=author), make_kit(brand)
    koc = make_koc(brand)
    for shared in (kit, other, brands_own):
        report(brand, paid(f"A-{shared.pk}", share=make_share(koc, shared).code))
    counted(brand, kit)
    found = AuthorResult.objects.get()
    assert (found.author, found.kits, found.shares, found.kocs, found.again) == (author, 2, 2, 1, 0)
    assert (found.orders, found.gmv_minor) == (2, 19_800)


def test_counting_again_replaces_and_another_brand_is_not_seen(brand: Brand, kit: Kit) -> None:
    other = make_selling_brand("other", code="elsewhere")
    make_share(make_koc(brand), kit)
    first = counted(brand, kit)
    make_share(make_koc(brand), kit)
    second = counted(brand, kit, LATER + timedelta(hours=1))
    assert (first.pk, first.shares) == (second.pk, 1)
    assert second.shares == 2
    assert not KitResult.objects.filter(brand=other).exists()
    assert counted(brand, kit, NOW - timedelta(days=1)).shares == 2, "nothing was shared by then: what is known stays"


def test_a_brand_is_due_within_the_hour_when_something_came_else_within_the_day(brand: Brand, kit: Kit) -> None:
    def due(**after: float) -> bool:
        return brand in brands_with_results_due(at=LATER + timedelta(**after))

    assert due()
    make_share(make_koc(brand), kit)
    counted(brand, kit)
    assert not due(hours=2)
    make_share(make_koc(brand), kit)
    assert not due(minutes=59)
    assert due(hours=1)
    counted(brand, kit)
    report(brand, paid("A-9", share="code"))
    assert due(hours=1)
    counted(brand, kit)
    assert not due(hours=23)
    assert due(days=1)


def test_the_clock_counts(brand: Brand, kit: Kit) -> None:
    make_share(make_koc(brand), kit)
    count_results_of_content()
    assert KitResult.objects.get(kit=kit).shares == 1


def test_one_query_count_for_one_kit_and_for_many(brand: Brand, author: Koc) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            refresh_results(brand=brand, at=LATER)
        return len(seen)

    make_share(make_koc(brand), make_kit(brand, author=author))
    queries()
    first = queries()
    for _more in range(9):
        make_share(make_koc(brand), make_kit(brand, author=author))
    assert queries() == first


def test_an_author_reads_what_their_content_brought_and_no_single_sharer_s_sales(
    brand: Brand, kit: Kit, author: Koc
) -> None:
    stranger = make_koc(brand, "stranger", user=make_user())
    report(brand, paid("A-1", share=make_share(stranger, kit).code))
    counted(brand, kit)
    [told] = results(Person(author.user).read("results", koc=author.public_id))
    assert (told["kit"], told["shares"], told["orders"], told["gmv_minor"]) == (kit.public_id, 1, None, None)
    for _more in range(2):
        make_share(make_koc(brand), kit)
    counted(brand, kit)
    [told] = results(Person(author.user).read("results", koc=author.public_id))
    assert (told["kocs"], told["orders"], told["gmv_minor"], told["currency"]) == (3, 1, 9900, "CNY")
    assert results(Person(stranger.user).read("results", koc=stranger.public_id)) == []
    assert Person(stranger.user).read("results", koc=author.public_id).status_code == 404
    assert Person().read("results", koc=author.public_id).status_code == 401


def test_staff_see_kits_beside_each_other_with_sizes_intervals_and_a_picture(
    brand: Brand, kit: Kit, author: Koc, client: Client
) -> None:
    koc = make_koc(brand)
    for number in range(30):
        report(brand, paid(f"A-{number}", share=make_share(koc, kit, channel="moments").code))
    counted(brand, kit)
    other = make_selling_brand("other", code="elsewhere")
    theirs = make_kit(other, title="别家的")
    make_share(make_koc(other), theirs)
    counted(other, theirs)
    client.force_login(make_staff(brand))
    listed = client.get(reverse("admin:commissions_kitresult_changelist")).content.decode()
    for piece in ["¥99.00", "¥2,970.00", "100.0% of 1 (20.7% – 100.0%)", "<svg", kit.title]:
        assert piece in listed, piece
    assert "别家的" not in listed
    assert author.name in client.get(reverse("admin:commissions_authorresult_changelist")).content.decode()
    page = reverse("admin:commissions_kitresult_change", args=[KitResult.objects.get(kit=kit).pk])
    assert "¥2,970.00" in client.get(page).content.decode()
    assert client.get(page.replace(str(KitResult.objects.get(kit=kit).pk), str(KitResult.objects.get(kit=theirs).pk))).status_code in (302, 404)  # fmt: skip


def test_an_empty_list_has_no_picture(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(brand))
    shown = client.get(reverse("admin:commissions_kitresult_changelist"))
    assert shown.status_code == 200
    assert "shares</text>" not in shown.content.decode()
