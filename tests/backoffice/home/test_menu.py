"""The menu: what is of use to whom, and how much waits where."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from fontTools.ttLib import TTFont

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from backoffice.home.admin import MENU
from config.pages.fonts import ICONS, OURS, names_of_icons
from tests.support.admin_pages import page, sell
from tests.support.factories import make_brand, make_koc, make_staff, make_user

pytestmark = pytest.mark.django_db


def groups(client: Client, path: str = "/admin/") -> dict[str, list[tuple[str, str]]]:
    """The lines of the menu with their counts, by the title of their group."""
    menu: Any = client.get(path).context["sidebar_navigation"]
    return {str(group["title"]): [(str(line["title"]), line["badge"]) for line in group["items"]] for group in menu}


def counts(client: Client, path: str = "/admin/") -> dict[str, str]:
    return {title: badge for lines in groups(client, path).values() for title, badge in lines if badge}


@pytest.fixture
def staff(client: Client, lumi: Brand) -> Client:
    client.force_login(make_staff(lumi))
    return client


def test_the_menu_counts_what_waits_at_ones_own_brands(staff: Client, lumi: Brand) -> None:
    for brand in (lumi, make_brand("other")):
        sell(brand, 2)
        make_koc(brand, status="applied")
    assert counts(staff) == {
        "KOCs": "1", "Submissions": "2", "Doubts": "2", "Held for review": "2", "Fraud signals": "2"
    }  # fmt: skip


def test_all_counts_of_the_menu_are_one_query_in_some_seconds(staff: Client, lumi: Brand) -> None:
    make_koc(lumi, status="applied")
    staff.get(page(Koc))
    cache.clear()
    with CaptureQueriesContext(connection) as first:
        assert counts(staff, page(Koc)) == {"KOCs": "1"}
    with CaptureQueriesContext(connection) as later:
        assert counts(staff, page(Koc)) == {"KOCs": "1"}
    assert len(first) - len(later) == 1


def test_the_front_page_counts_anew(staff: Client, lumi: Brand) -> None:
    staff.get("/admin/")
    make_koc(lumi, status="applied")
    assert next(item["count"] for item in staff.get("/admin/").context["waiting"]) == 1
    assert counts(staff, page(Koc)) == {"KOCs": "1"}


def test_pages_of_superusers_are_in_their_menu_alone(staff: Client) -> None:
    superusers = {"Users", "Heartbeats"}
    assert superusers & {title for title, _badge in groups(staff)["Settings"]} == set()
    root = Client()
    root.force_login(User.objects.create_superuser("+8613900000000"))
    assert superusers <= {title for title, _badge in groups(root)["Settings"]}


def test_who_works_for_no_brand_is_offered_the_front_page(client: Client) -> None:
    client.force_login(make_user(is_staff=True))
    assert groups(client) == {"Today": [("Front page", "")]}


def test_one_line_is_where_one_is(staff: Client, lumi: Brand) -> None:
    for path in ("/admin/", page(Koc), reverse("admin:commissions_spread_change", args=[lumi.pk])):
        menu: Any = staff.get(path).context["sidebar_navigation"]
        active = [str(line["title"]) for group in menu for line in group["items"] if line["active"]]
        assert active == {"/admin/": ["Front page"], page(Koc): ["KOCs"]}.get(path, ["Charts"])


def test_every_line_leads_to_a_page_with_an_icon_that_is_there(lumi: Brand) -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("+8613900000000"))
    known = names_of_icons(TTFont(OURS / ICONS))
    lines = [line for group in root.get("/admin/").context["sidebar_navigation"] for line in group["items"]]
    assert len(lines) == sum(len(items) for _title, items in MENU)
    assert [line["icon"] for line in lines if line["icon"] not in known] == []
    assert [line["link"] for line in lines if root.get(line["link"]).status_code not in {200, 302}] == []
    assert len({line["icon"] for line in lines}) == len(lines), "one icon, one meaning"
