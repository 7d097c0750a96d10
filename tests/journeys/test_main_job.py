"""The main job, the whole way over HTTP, against real servers: every number was worked out by hand."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.journeys.actors import BRAND, PHONE_BROWSER, Phone, manage, soon
from tests.journeys.conftest import Servers
from tests.journeys.shops import Shop


@pytest.fixture
def shop(servers: Servers) -> Shop:
    return Shop.of(servers, BRAND)


@pytest.fixture
def sign_in(servers: Servers) -> Iterator[Callable[[str], Phone]]:
    with ExitStack() as clients:
        yield lambda phone: Phone(
            servers, clients.enter_context(httpx.Client(base_url=f"{servers.url}/api/v1/", timeout=300)), phone
        )


def test_from_the_first_code_to_the_debt_after_a_statement(
    servers: Servers, shop: Shop, sign_in: Callable[[str], Phone]
) -> None:
    now = datetime.now(UTC)

    # Two people join by the code that is sent to their phones; the second one under the first.
    sponsor, sharer = sign_in("+8613800000001"), sign_in("+8613800000002")
    sharer.join(invite_code=sponsor.join()["invite_code"])

    # One tap: everything that is needed to post.
    kit = sharer.get("kits", koc=sharer.koc)["results"][0]
    share = sharer.client.post(f"kits/{kit['id']}/shares", json={"koc": sharer.koc, "channel": "moments"})
    assert share.status_code == 201, share.text
    assert [text["text"] for text in share.json()["texts"]] == ["第 7 天，脸不干了。", "一瓶用两个月。"]
    assert "广告" in share.json()["post_text"]
    assert httpx.get(share.json()["qr_url"]).headers["content-type"].startswith("image/svg+xml")

    # Somebody opens it and lands in the shop.
    visit = httpx.get(share.json()["url"], headers=PHONE_BROWSER)
    assert visit.status_code == 302
    assert visit.headers["location"].startswith("https://shop.example/p/S1?")
    click = parse_qs(urlsplit(visit.headers["location"]).query)["grove_click"][0]

    # The shop reports the sale, twice; a forged report is turned away.
    line = {"line": "1", "sku": "S1", "quantity": 1, "unit_price_minor": 9900, "discount_minor": 0}
    sale: dict[str, Any] = {
        "order": "A-1",
        "paid_at": datetime.now(UTC).isoformat(),
        "currency": "CNY",
        "customer": {"id": "c-1"},
        "click": click,
        "lines": [line],
    }
    assert shop.send("order.paid", signed=False, **sale).status_code == 401
    first = shop.send("order.paid", webhook_id="msg_1", **sale)
    again = shop.send("order.paid", webhook_id="msg_1", **sale)
    assert (first.status_code, first.json()["duplicate"], again.status_code, again.json()["duplicate"]) == (
        202,
        False,
        200,
        True,
    )
    soon(
        lambda: [
            (line["level"], line["amount_minor"], line["status"])
            for line in sharer.get("commissions", koc=sharer.koc)["results"]
        ],
        [(1, 1238, "pending")],
    )
    assert sponsor.wallet() == (297, 0, 0, 0)  # 3 % of 9900; the sharer's 12.5 % are 1237.5

    # Delivered, and the seven days after the next midnight pass.
    assert shop.send("order.delivered", order="A-1", delivered_at=now.isoformat()).status_code == 202
    manage(servers, "run_due", "--at", (now + timedelta(days=10)).isoformat())
    assert (sharer.wallet(), sponsor.wallet()) == ((0, 1238, 0, 0), (0, 297, 0, 0))

    # Finance settles the month in which the hold ended, and exports it.
    local = now.astimezone(ZoneInfo("Asia/Shanghai"))
    period = f"{(local.replace(hour=0, minute=0) + timedelta(days=8)):%Y-%m}"
    assert "2 statements, gross 15.35 CNY, tax 0.00 CNY, net 15.35 CNY" in manage(
        servers, "settle", "--brand", "lumi", "--period", period
    )
    rows = list(
        csv.DictReader(io.StringIO(manage(servers, "export_statements", "--brand", "lumi", "--period", period)))
    )
    assert sorted(row["net"] for row in rows) == ["12.38", "2.97"]
    assert (sharer.wallet(), sponsor.wallet()) == ((0, 0, 1238, 0), (0, 0, 297, 0))

    # A third goes back after the statement: 1238 − 825 and 297 − 198 become debts, once, however often the shop says
    # so.
    refund: dict[str, Any] = {
        "order": "A-1",
        "refund": "R-1",
        "refunded_at": datetime.now(UTC).isoformat(),
        "lines": [{"line": "1", "amount_minor": 3300}],
    }
    assert [shop.send("order.refunded", **refund).status_code for _ in range(2)] == [202, 202]
    soon(sharer.wallet, (0, 0, 1238, 413))
    soon(sponsor.wallet, (0, 0, 297, 99))
    assert manage(servers, "check_ledger", "--brand", "lumi").endswith("0 faults")
    assert "was settled before, nothing changed" in manage(servers, "settle", "--brand", "lumi", "--period", period)

    # And the spread is measured.
    spread = sharer.get(f"shares/{share.json()['id']}/propagation")
    assert (spread["size"], spread["reach"]) == (1, 2)
    assert "+8613800000002" not in servers.log()
