"""A name shows something, and nothing in it moves what stands beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.brands.models import Brand
from accounts.people.models import Customer, Koc
from content.kits.models import Kit
from content.products.models import Product
from foundation.files.faults import BadFile
from referrals.communities.models import Community
from tests.support.admin_pages import page
from tests.support.clients import Person
from tests.support.factories import make_brand, make_koc, make_staff, make_user

pytestmark = pytest.mark.django_db
NOTHING = ["   ", "\u200b\u200b", "\u2060", "\u3164", "\u2800", "\u202e\u202c", "\ufe0f"]
SEEN = {
    "\u202e员理管\u202c": "员理管",
    " 小\u200b林\n二 ": "小林 二",
    "👨\u200d👩\u200d👧": "👨\u200d👩\u200d👧",
    "e\u0301" * 60: "e\u0301" * 60,
    "名" * 120: "名" * 120,
}
AT = "2026-03-01T10:00:00+08:00"
FILES: dict[str, tuple[str, Callable[[], Any]]] = {
    "kocs": (f"koc,phone,name,sponsor,joined_at\nA1,,{{}},,{AT}\n", lambda: Koc.objects.get().name),
    "customers": ("customer,phone,name\nC1,,{}\n", lambda: Customer.objects.get().name),
    "products": ("sku,name,price_minor\nS1,{},100\n", lambda: Product.objects.get().name),
}


def write(path: Path, what: str, name: str) -> None:
    path.write_text(FILES[what][0].format(f'"{name}"'), encoding="utf-8")


@pytest.mark.parametrize("name", NOTHING)
@pytest.mark.parametrize("what", ["kocs", "products"])
def test_a_file_with_a_name_that_shows_nothing_is_refused(tmp_path: Path, what: str, name: str) -> None:
    path = tmp_path / "f.csv"
    write(path, what, name)
    with pytest.raises(BadFile, match=r"f\.csv:2: name (is empty|has no visible character)"):
        call_command(f"import_{what}", str(path), brand=make_brand().slug)


@pytest.mark.parametrize(("name", "kept"), SEEN.items())
@pytest.mark.parametrize("what", FILES)
def test_a_file_keeps_a_name_as_it_is_seen(tmp_path: Path, what: str, name: str, kept: str) -> None:
    path, brand = tmp_path / "f.csv", make_brand()
    write(path, what, name)
    for tally in ("1 created, 0 updated, 0 unchanged", "0 created, 0 updated, 1 unchanged"):
        call_command(f"import_{what}", str(path), brand=brand.slug)
        assert FILES[what][1]() == kept, tally


@pytest.mark.parametrize("name", NOTHING)
def test_a_person_has_no_invisible_name(name: str) -> None:
    user = make_user(name="小林")
    response = Person(user).patch("/api/v1/me", {"name": name}, format="json")
    user.refresh_from_db()
    if name.strip():
        assert (response.status_code, response.json()["errors"][0]["attr"]) == (400, "name")
        assert user.name == "小林"
    else:
        assert (response.status_code, user.name) == (200, ""), "no name at all is one's own choice"


@pytest.mark.parametrize(("name", "kept"), SEEN.items())
def test_a_person_is_called_as_it_is_seen(name: str, kept: str) -> None:
    response = Person(make_user()).patch("/api/v1/me", {"name": name}, format="json")
    assert (response.status_code, response.json()["name"]) == (200, kept)


def test_a_community_has_a_name() -> None:
    koc = make_koc(make_brand(), user=make_user())
    person = Person(koc.user)
    refused = person.post("/api/v1/communities", {"koc": koc.public_id, "name": "\u200b"}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "name")
    made = person.post("/api/v1/communities", {"koc": koc.public_id, "name": "夜\u202e跑\n团"}, format="json")
    assert (made.status_code, Community.objects.get().name) == (201, "夜跑 团")


def test_the_admin_takes_no_invisible_name(client: Client) -> None:
    brand: Brand = make_brand()
    client.force_login(make_staff(brand, is_superuser=True))
    form = {"brand": brand.pk, "sku": "S1", "price_minor": "1.00", "in_stock": "on"}
    for name in ("\u200b", "\u202e品\n质"):
        client.post(page(Product, action="add"), form | {"name": name})
    assert list(Product.objects.values_list("name", flat=True)) == ["品 质"]


YAML = """
brand: {{slug: lumi, name: "{brand}", currency: CNY, landing_url: "https://shop.example/{{sku}}"}}
tiers: [{{key: seed, name: "{tier}"}}]
products: [{{sku: S1, name: "{product}", price_minor: 100}}]
kits: [{{key: k, title: "{kit}", product: S1, sections: [{{kind: usage, text: x}}]}}]
"""
NAMED = {"brand": "brand.name", "tier": "tiers.0.name", "product": "products.0.name", "kit": "kits.0.title"}


@pytest.mark.parametrize("part", NAMED)
def test_a_brand_file_has_no_invisible_name(tmp_path: Path, part: str) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(YAML.format(**dict.fromkeys(NAMED, "x") | {part: r"\u200b"}), encoding="utf-8")
    with pytest.raises(BadFile, match=f"has no visible character.*{NAMED[part]}"):
        call_command("import_brand", str(path))
    path.write_text(YAML.format(**dict.fromkeys(NAMED, r"品\u202e\n质")), encoding="utf-8")
    call_command("import_brand", str(path))
    assert {Brand.objects.get().name, Product.objects.get().name, Kit.objects.get().title} == {"品 质"}
