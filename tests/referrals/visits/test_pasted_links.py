"""Links with what hangs behind them when somebody pastes them, or typed from paper."""

import pytest
from django.test import Client

from foundation.ids.codes import spellings
from referrals.communities.models import Community
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.accounts.brands.test_landing_urls import SOUND
from tests.support.clients import BROWSER
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_product, make_share
from tests.support.processes.open_door import OpenDoor

pytestmark = pytest.mark.django_db
BEHIND = [
    "/",
    ".",
    "。",
    "，",
    "）",
    "%20",
    "!",
    "！",
    "”",
    "…",
    "//",
    "。）",
    "、",
    "%0A",
    "\u200b",
    "，快来看",
    "？",
    ":",
    ";",
    "'",
    '"',
    ">",
    "】",
    "-",
    "_",
    "%E3%80%80",
]


@pytest.fixture
def browser() -> Client:
    return Client(headers={"User-Agent": BROWSER})


@pytest.mark.parametrize("behind", BEHIND)
def test_what_hangs_behind_a_link_is_tolerated(browser: Client, share: Share, behind: str) -> None:
    response = browser.get(f"/s/abc{behind}")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("https://shop.example/p/S1?grove_click=clk_")
    assert Visit.objects.get().share == share


@pytest.mark.parametrize("behind", BEHIND)
def test_what_hangs_behind_an_invitation_and_a_community_is_tolerated(browser: Client, behind: str) -> None:
    koc = make_koc(make_brand(), invite_code="k3m90x1abc", name="露露")
    community = Community.objects.create(brand=koc.brand, leader=koc, name="夜跑", code="c0mm1", opened_at=NOW)
    assert "露露" in browser.get(f"/i/k3m90x1abc{behind}").content.decode()
    assert community.name in browser.get(f"/c/c0mm1{behind}").content.decode()


@pytest.mark.parametrize("typed", ["k3m90x1", "K3M90X1", "k3m9ox1", "k3m90xl", "K3M9OXI", "ｋ3m90x1"])
def test_a_code_is_read_as_it_looks(opened: OpenDoor, browser: Client, typed: str) -> None:
    brand = make_brand()
    share = make_share(make_koc(brand), make_kit(brand, product=make_product(brand)), code="k3m90x1")
    assert browser.get(f"/s/{typed}").status_code == 302
    if typed.isascii():  # the door knows them too, and keeps the click of the share
        assert "Location" in opened.open(f"/s/{typed}")
        assert opened.ingest() == 1
    assert set(Visit.objects.values_list("share", flat=True)) == {share.pk}


def test_a_code_that_differs_by_case_alone_is_read_to_the_letter(browser: Client, share: Share) -> None:
    other = make_share(share.koc, code="ABC")
    assert browser.get("/s/abc").status_code == browser.get("/s/ABC").status_code == 302
    assert list(Visit.objects.order_by("pk").values_list("share", flat=True)) == [share.pk, other.pk]
    assert browser.get("/s/Abc").status_code == 404, "it may be the one or the other"


@pytest.mark.parametrize(
    "path", ["/s/abcd", "/s/ab", "/s/abc.d", "/s/abc/x", "/s/abc%20d", "/s/", "/s/。", "/s/x。abc", "/i/abc/qr.svg"]
)
def test_what_may_be_another_code_is_unknown(browser: Client, share: Share, path: str) -> None:
    response = browser.get(path)
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html") or path == "/s/"


@pytest.mark.parametrize("url", [url for url in SOUND if "localhost" not in url])
def test_the_door_and_the_view_send_on_to_the_same_bytes(opened: OpenDoor, browser: Client, url: str) -> None:
    brand = make_brand(landing_url=url)
    make_share(make_koc(brand), make_kit(brand, product=make_product(brand, "S 1/é品")), code="abc")
    by_door = opened.open("/s/abc")["Location"]
    by_view = browser.get("/s/abc").headers["Location"]
    assert by_door.isascii()
    assert by_door.partition("clk_")[0] == by_view.partition("clk_")[0]
    assert "clk_" in by_view


def test_the_likeliest_spelling_comes_first() -> None:
    assert spellings("K3m9OX1-。")[:2] == ["K3m9OX1-", "K3m9OX1"]
    assert "k3m90x1" in spellings("K3m9OX1-。")
    assert spellings("") == spellings("。") == spellings("a b1") == []
