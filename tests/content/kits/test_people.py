"""Who may share a kit: everybody, tiers, people by name; and, where it is asked for, only who has used the product."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.brands.models import Brand, Tier
from accounts.people.models import Koc
from content.kits.domain.refusals import KitUnfit
from content.kits.models import Kit, KitVersion, Section
from content.kits.selectors.versions import faults_of
from content.kits.services.versions import clone_kit, draft_of, submit_version
from content.products.models import Product, ProductUse
from foundation.files.faults import BadFile
from referrals.shares.models import Share
from tests.support.admin_pages import page
from tests.support.brand_files import LUMI, load
from tests.support.clients import errors, me, results
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_product, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def product(brand: Brand) -> Product:
    return make_product(brand, name="Serum")


@pytest.fixture
def kit(brand: Brand, product: Product) -> Kit:
    return make_kit(brand, product=product)


@pytest.fixture
def gold(brand: Brand) -> Tier:
    return Tier.objects.create(brand=brand, key="gold", name="Gold", rank=9)


@pytest.fixture
def asking(kit: Kit) -> Kit:
    Kit.objects.filter(pk=kit.pk).update(needs_use=True)
    kit.refresh_from_db()
    return kit


def use(koc: Koc, product: Product) -> None:
    ProductUse.objects.create(
        brand=koc.brand, koc=koc, product=product, source="order", since=NOW, evidence="A-1", recorded_at=NOW
    )


def tap(koc: Koc, kit: Kit, **headers: str) -> Any:
    return me(koc).send(f"kits/{kit.public_id}/shares", {"koc": koc.public_id, "channel": "moments"}, **headers)


def seen(koc: Koc, kit: Kit) -> tuple[int, int, int]:
    """How many kits the list has, and what the one and its tap answer."""
    listed = len(results(me(koc).read("kits", koc=koc.public_id)))
    return listed, me(koc).read(f"kits/{kit.public_id}").status_code, tap(koc, kit).status_code


def test_a_kit_for_some_people_is_for_them_alone(brand: Brand, koc: Koc, kit: Kit) -> None:
    other = make_koc(brand, user=make_user())
    kit.people.set([other])
    assert seen(koc, kit) == (0, 404, 404)
    assert not Share.objects.exists()
    assert seen(other, kit) == (1, 200, 201)
    kit.people.clear()
    assert seen(koc, kit) == (1, 200, 201)


def test_a_kit_for_a_tier_and_for_people_is_for_either(brand: Brand, koc: Koc, kit: Kit, gold: Tier) -> None:
    golden, chosen = make_koc(brand, user=make_user(), tier=gold), make_koc(brand, user=make_user())
    kit.tiers.set([gold])
    kit.people.set([chosen])
    assert [seen(one, kit) for one in (golden, chosen, koc)] == [(1, 200, 201), (1, 200, 201), (0, 404, 404)]


def test_another_membership_of_the_same_user_opens_nothing(brand: Brand, koc: Koc, kit: Kit) -> None:
    elsewhere = make_koc(make_brand(), user=koc.user)
    kit.people.set([make_koc(brand), elsewhere])  # the second one cannot come by the form
    assert seen(koc, kit)[::2] == (0, 404)
    assert results(me(elsewhere).read("kits", koc=elsewhere.public_id)) == []
    assert tap(elsewhere, kit).status_code == 404


def kit_form(kit: Kit, **said: Any) -> dict[str, Any]:
    never = {f"{moment}_at_{part}": "" for moment in ("starts", "ends") for part in "01"}
    return {"language": "zh-hans", "product": kit.product_id or ""} | never | said


@pytest.fixture
def staff(brand: Brand, client: Client) -> Client:
    client.force_login(make_staff(brand))
    return client


def test_staff_choose_people_of_their_own_brand_and_no_other_s(brand: Brand, kit: Kit, staff: Client) -> None:
    own, theirs = make_koc(brand, name="Ann"), make_koc(make_brand(), name="Ann")
    assert staff.post(page(Kit, kit), kit_form(kit, people=[own.pk])).status_code == 302
    assert list(kit.people.all()) == [own]
    answer = staff.post(page(Kit, kit), kit_form(kit, people=[theirs.pk]))
    assert "people" in answer.context["adminform"].form.errors
    assert list(kit.people.all()) == [own]
    asked = {"app_label": "content", "model_name": "kit", "field_name": "people", "term": "Ann"}
    assert [row["id"] for row in staff.get(reverse("admin:autocomplete"), asked).json()["results"]] == [str(own.pk)]


def test_who_sees_all_brands_cannot_mix_them(superuser: Client, brand: Brand, kit: Kit) -> None:
    theirs = make_koc(make_brand())
    answer = superuser.post(page(Kit, kit), kit_form(kit, people=[theirs.pk]))
    assert answer.context["adminform"].form.errors["people"] == ["This KOC is another brand's."]


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def test_tiers_of_other_brands_are_no_choice(staff: Client, brand: Brand, kit: Kit) -> None:
    make_brand()
    choices = staff.get(page(Kit, kit)).context["adminform"].form.fields["tiers"].queryset
    assert {tier.brand_id for tier in choices} == {brand.pk}


def test_a_clone_is_for_the_same_people(brand: Brand, koc: Koc, asking: Kit) -> None:
    asking.people.set([koc])
    cloned = clone_kit(kit=asking, key="copy", by=make_staff(brand), at=NOW)
    assert (list(cloned.people.all()), cloned.needs_use) == ([koc], True)


def test_who_has_not_used_it_sees_the_kit_and_why_it_is_not_shared(koc: Koc, asking: Kit, product: Product) -> None:
    [listed] = results(me(koc).read("kits", koc=koc.public_id))
    assert listed == me(koc).read(f"kits/{asking.public_id}").json()
    assert (listed["needs_use"], listed["may_share"]) == (True, False)
    assert listed["why_not"].startswith("Only who has used it may recommend it: no order of yours with Serum")
    refused = tap(koc, asking)
    assert (refused.status_code, errors(refused)) == (409, [("not_used_yet", None)])
    assert refused.json()["errors"][0]["detail"] == listed["why_not"]
    assert not Share.objects.exists()
    use(koc, product)
    [listed] = results(me(koc).read("kits", koc=koc.public_id))
    assert listed == me(koc).read(f"kits/{asking.public_id}").json()
    assert (listed["needs_use"], listed["may_share"], listed["why_not"]) == (True, True, None)
    assert tap(koc, asking).status_code == 201


def test_it_says_so_in_chinese(koc: Koc, asking: Kit) -> None:
    refused = tap(koc, asking, **{"Accept-Language": "zh-CN"})
    assert refused.json()["errors"][0]["detail"].startswith("用过才能推荐")
    assert "Serum" in refused.json()["errors"][0]["detail"]


def test_a_kit_that_asks_for_nothing_is_shared_by_everybody(koc: Koc, kit: Kit) -> None:
    shown = me(koc).read(f"kits/{kit.public_id}").json()
    assert (shown["needs_use"], shown["may_share"], shown["why_not"]) == (False, True, None)
    assert tap(koc, kit).status_code == 201


def test_the_use_of_another_product_or_by_another_koc_is_none(
    brand: Brand, koc: Koc, asking: Kit, product: Product
) -> None:
    use(koc, make_product(brand, "S2"))
    use(make_koc(brand, user=make_user()), product)
    assert not me(koc).read(f"kits/{asking.public_id}").json()["may_share"]
    assert tap(koc, asking).status_code == 409


def test_what_was_shared_stays_shared_when_the_use_goes(koc: Koc, asking: Kit, product: Product) -> None:
    use(koc, product)
    shared = tap(koc, asking)
    ProductUse.objects.all().delete()
    assert tap(koc, asking).status_code == 200, "the same share of the same day"
    assert me(koc).read(f"shares/{shared.json()['id']}").status_code == 200
    other = me(koc).send(f"kits/{asking.public_id}/shares", {"koc": koc.public_id, "channel": "douyin"})
    assert (other.status_code, errors(other)) == (409, [("not_used_yet", None)])


def test_twenty_kits_that_ask_take_as_many_queries_as_one(brand: Brand, koc: Koc) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            rows = results(me(koc).read("kits", koc=koc.public_id))
        assert [row["may_share"] for row in rows].count(False) == len(rows)
        return len(captured)

    def add(number: int) -> None:
        make_kit(brand, product=make_product(brand, f"P{number}"))
        Kit.objects.update(needs_use=True)

    add(0)
    queries()
    one = queries()
    for number in range(1, 20):
        add(number)
    assert queries() == one


def test_a_kit_that_asks_for_use_and_has_no_product_is_not_published(brand: Brand, product: Product) -> None:
    kit = Kit.objects.create(brand=brand, key="k", title="x", needs_use=True, created_at=NOW)
    draft = draft_of(kit=kit, by=None, at=NOW)
    KitVersion.objects.filter(pk=draft.pk).update(channels=["moments"])
    Section.objects.create(version=draft, kind="usage", channel="any", text="好用")
    draft.refresh_from_db()
    assert faults_of(draft) == ["Only who has used the product may share this kit, and it has no product."]
    with pytest.raises(KitUnfit):
        submit_version(version=draft, at=NOW)
    Kit.objects.filter(pk=kit.pk).update(product=product)
    draft = KitVersion.objects.get()
    submit_version(version=draft, at=NOW)


def test_a_published_kit_that_asks_for_use_keeps_its_product(asking: Kit, staff: Client) -> None:
    answer = staff.post(page(Kit, asking), kit_form(asking, needs_use="on", product=""))
    assert "product" in answer.context["adminform"].form.errors
    asking.refresh_from_db()
    assert asking.product is not None
    with pytest.raises(IntegrityError, match="kit_that_needs_use_has_a_product"), transaction.atomic():
        Kit.objects.filter(pk=asking.pk).update(product=None)


def test_a_file_cannot_take_the_product_away() -> None:
    load()
    Kit.objects.update(needs_use=True)
    load()
    with pytest.raises(BadFile, match="only who has used its product may share kit serum-story"):
        load(LUMI.replace("    product: S1\n", ""))
    assert Kit.objects.get().product is not None


def test_an_applicant_is_told_of_the_membership_first(brand: Brand, asking: Kit) -> None:
    applicant = make_koc(brand, user=make_user(), status="applied")
    assert errors(tap(applicant, asking)) == [("koc_not_active", None)]
