"""Pages speak the language of the user, else of the switch, else of the browser; and say which it is."""

import re

import pytest
from django.test import Client

from accounts.brands.models import Brand
from tests.support.factories import make_brand, make_staff

pytestmark = pytest.mark.django_db
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
FRENCH = {"Accept-Language": "fr"}


@pytest.fixture
def lumi() -> Brand:
    return make_brand("lumi")


def language_of(client: Client, path: str = "/admin/", **headers: str) -> str:
    """What a page says that it is in, in its header and in its root alike."""
    page = client.get(path, headers=headers, follow=True)
    said = page.headers["Content-Language"]
    assert re.search(r'<html lang="([^"]*)"', page.content.decode())[1] == said  # type: ignore[index]
    assert {"Accept-Language", "Cookie"} <= set(re.split(r", *", page.headers["Vary"]))
    return said


def switch(client: Client, language: str) -> str:
    return str(client.post("/language", {"language": language, "next": "/admin/"})["Location"])


@pytest.mark.parametrize("path", ["/admin/login/", "/s/nobody"])
def test_nobodys_pages_follow_the_browser_and_the_switch(client: Client, path: str) -> None:
    assert [language_of(client, path, **CHINESE), language_of(client, path, **FRENCH)] == ["zh-hans", "en"]
    assert switch(client, "en") == "/admin/"
    assert language_of(client, path, **CHINESE) == "en"


def test_a_users_choice_rules_on_every_device(lumi: Brand) -> None:
    user = make_staff(lumi)
    here, there = Client(), Client()
    for device in (here, there):
        device.force_login(user)
    assert [language_of(here, **CHINESE), language_of(here, **FRENCH)] == ["zh-hans", "en"]
    switch(here, "zh-hans")
    assert [language_of(here, **FRENCH), language_of(there, **FRENCH)] == ["zh-hans", "zh-hans"]
    user.refresh_from_db()
    assert user.language == "zh-hans"


def test_the_browser_remembers_after_the_user_signed_out(lumi: Brand, client: Client) -> None:
    client.force_login(make_staff(lumi))
    switch(client, "en")
    client.post("/admin/logout/")
    assert language_of(client, "/admin/login/", **CHINESE) == "en"


def test_a_language_that_grove_does_not_speak_changes_nothing(lumi: Brand, client: Client) -> None:
    user = make_staff(lumi, language="en")
    client.force_login(user)
    assert switch(client, "fr") == "/admin/"
    user.refresh_from_db()
    assert (user.language, language_of(client, **CHINESE)) == ("en", "en")


def test_the_switch_is_a_post_with_a_token_and_leads_nowhere_else(lumi: Brand) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user := make_staff(lumi))
    assert strict.get("/language").status_code == 405
    assert strict.post("/language", {"language": "en"}).status_code == 403
    user.refresh_from_db()
    assert user.language == ""
    away = Client().post("/language", {"language": "en", "next": "https://elsewhere.example/"})
    assert away["Location"] == "/"


def test_both_switches_stand_where_one_looks_for_them(lumi: Brand, client: Client) -> None:
    for _signed_in in range(2):
        page = client.get("/admin/", follow=True).content.decode()
        assert re.findall(r'name="language" type="hidden" value="([^"]*)"', page) == ["en", "zh-hans"]
        client.force_login(make_staff(lumi))
