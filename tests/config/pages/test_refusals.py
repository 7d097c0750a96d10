"""What a browser is shown in the place of a page: one of the product, in the reader's language, that leads back."""

import re
from html import unescape
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from config import urls
from tests.config.test_unavailable import no_database
from tests.support.clients import Person
from tests.support.factories import make_brand, make_staff

CHINESE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "zh-CN"}
ENGLISH = CHINESE | {"Accept-Language": "en"}


def fail(request: HttpRequest) -> HttpResponse:
    raise LookupError("a secret of the server")


urlpatterns = [path("broken", fail), path("admin/broken", fail), path("", include(urls))]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


@pytest.fixture
def browser(settings: Settings) -> Client:
    """One whose server has two pages that fail."""
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


def told(response: Any) -> tuple[int, str, list[str]]:
    """The status, the title, and where the page leads."""
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    page = response.content.decode()
    title = re.search(r"<h1>(.*?)</h1>", page)
    assert title
    assert f'<html lang="{response.headers["Content-Language"]}">' in page
    return response.status_code, unescape(title[1]), re.findall(r'<a href="(.*?)"', page)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "english", "chinese"),
    [
        ("/nowhere", (404, "This page does not exist", ["/"]), "页面不存在"),
        ("/admin/login/?next=%00", (400, "This request cannot be read", ["/"]), "无法读取此请求"),
        ("/broken", (500, "Something went wrong here", ["/broken", "/"]), "系统出错了"),
        ("/admin/broken", (500, "Something went wrong here", ["/admin/broken", "/"]), "系统出错了"),
    ],
)
def test_a_refused_page_leads_back(
    browser: Client, address: str, english: tuple[int, str, list[str]], chinese: str
) -> None:
    assert told(browser.get(address, headers=ENGLISH)) == english
    answer = browser.get(address, headers=CHINESE)
    assert told(answer)[:2] == (english[0], chinese)
    assert "secret" not in answer.content.decode()


@pytest.mark.django_db
def test_staff_may_not_open_pages_of_superusers(browser: Client) -> None:
    browser.force_login(make_staff(make_brand()))
    assert told(browser.get("/admin/accounts/user/", headers=CHINESE)) == (403, "无权打开此页面", ["/"])


@pytest.mark.django_db
def test_a_form_without_its_token_can_be_opened_again() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert told(strict.post("/admin/login/?next=/admin/", {}, headers=ENGLISH)) == (
        403,
        "This form is no longer valid",
        ["/admin/login/", "/"],
    )


@pytest.mark.parametrize("address", ["/admin/", "/s/abcdefgh"])
def test_without_a_database_a_browser_is_told_when_to_come_back(committed: None, browser: Client, address: str) -> None:
    browser.force_login(make_staff(make_brand()))
    browser.post("/language", {"language": "zh-hans"})
    with no_database():
        answer = browser.get(address, headers=ENGLISH)
    assert told(answer) == (503, "系统繁忙或暂不可用", [address, "/"])
    assert answer["Retry-After"] == "5"


@pytest.mark.django_db
def test_a_program_gets_json_and_so_does_everybody_from_the_api(browser: Client) -> None:
    for address, headers in [("/nowhere", {"Accept": "*/*"}), ("/api/v1/nowhere", ENGLISH), ("/api/v1/me", ENGLISH)]:
        assert browser.get(address, headers=headers).json()["type"] == "client_error"
    assert browser.get("/broken").json()["errors"][0]["code"] == "error"
    assert Person().get("/s/nobody").headers["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_the_root_leads_staff_to_the_front_page_and_strangers_to_the_sign_in(client: Client) -> None:
    assert client.get("/", follow=True).redirect_chain[-1] == ("/admin/login/?next=/admin/", 302)
    client.force_login(make_staff(make_brand()))
    answer = client.get("/", follow=True)
    assert (answer.redirect_chain, answer.status_code) == ([("/admin/", 302)], 200)


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "kind"), [("/favicon.ico", "image/x-icon"), ("/favicon.svg", "image/svg+xml")])
def test_every_page_has_the_icon_of_the_product(client: Client, address: str, kind: str) -> None:
    answer: Any = client.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
    assert b"".join(answer.streaming_content)
    for page in ("/admin/login/", "/api/v1/docs", "/s/nobody", "/nowhere"):
        assert 'href="/favicon.svg"' in client.get(page, headers=ENGLISH).content.decode(), page
