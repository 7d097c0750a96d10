"""People with phones, and those who run Grove for them."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from tests.journeys.conftest import Servers

BRAND = """
brand: {slug: lumi, name: Lumi, currency: CNY, timezone: Asia/Shanghai, landing_url: "https://shop.example/p/{sku}"}
policy: {paid_levels: 2, level2_acknowledged_by: Compliance desk, min_payout_minor: 100, tax: none, approval: auto}
products: [{sku: S1, name: 精华, category: skincare, price_minor: 9900}]
plans: [{key: base, starts_at: "2020-01-01T00:00:00+08:00", rules: [{rate_bps: 1250, override_bps: 300}]}]
kits:
  - {key: story, title: 我的 28 天, product: S1, sections: [{kind: usage, channel: moments, text: 第 7 天，脸不干了。}, {kind: value, text: 一瓶用两个月。}]}
"""
PHONE_BROWSER = {
    "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49"
}


class Phone:
    """A person with a phone, signed in by the code that was sent to it."""

    def __init__(self, servers: Servers, client: httpx.Client, phone: str) -> None:
        self.client = client
        assert self.client.post("auth/otp", json={"phone": phone}).status_code == 202
        code = servers.sms_codes()[phone]
        tokens = self.client.post("auth/token", json={"phone": phone, "code": code}).json()
        self.client.headers["authorization"] = f"Bearer {tokens['access']}"
        self.koc = ""

    def join(self, **fields: str) -> dict[str, Any]:
        membership = self.client.post("me/memberships", json={"brand": "lumi"} | fields)
        assert membership.status_code == 201, membership.text
        self.koc = membership.json()["id"]
        found: dict[str, Any] = membership.json()
        return found

    def get(self, path: str, **query: str) -> Any:
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wallet(self) -> tuple[int, int, int, int]:
        """Pending, approved, settled, debt."""
        wallet = self.get("wallet", koc=self.koc)
        return wallet["pending_minor"], wallet["approved_minor"], wallet["settled_minor"], wallet["debt_minor"]


def soon(what: Callable[[], Any], wanted: Any) -> None:
    """The beat answers within some seconds; a slow machine may take longer."""
    deadline = time.monotonic() + 600
    while (found := what()) != wanted:
        assert time.monotonic() < deadline, f"{found} never became {wanted}"
        time.sleep(0.2)


def manage(servers: Servers, *arguments: str, stdin: str | None = None) -> str:
    done = servers.manage(*arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
