"""A brand's shop that speaks to real servers."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any, Self

import httpx

from tests.journeys.conftest import Servers

BRAND = """
brand: {slug: lumi, name: Lumi, currency: CNY, timezone: Asia/Shanghai, landing_url: "https://shop.example/p/{sku}"}
products: [{sku: S1, name: 精华, category: skincare, price_minor: 9900}]
"""
"""The least that a shop can report sales to."""


class Shop:
    """The brand's shop: it signs what it reports as Standard Webhooks."""

    def __init__(self, servers: Servers, secret: str, *, slug: str = "lumi") -> None:
        self.url, self.key = (
            f"{servers.url}/api/v1/intake/{slug}/orders",
            base64.b64decode(secret.removeprefix("whsec_")),
        )

    @classmethod
    def of(cls, servers: Servers, brand: str, *, slug: str = "lumi") -> Self:
        """The shop of a brand, which is made."""
        done = servers.manage("import_brand", "-", stdin=brand)
        assert done.returncode == 0, done.stderr
        return cls(servers, servers.manage("intake_secret", "--brand", slug).stdout.split()[0], slug=slug)

    def send(self, type: str, *, webhook_id: str | None = None, signed: bool = True, **facts: Any) -> httpx.Response:
        webhook_id = webhook_id or str(uuid.uuid4())
        body = json.dumps({"type": type, "data": facts})
        stamp = str(int(time.time()))
        signature = base64.b64encode(
            hmac.digest(self.key if signed else b"guess", f"{webhook_id}.{stamp}.{body}".encode(), hashlib.sha256)
        ).decode()
        headers = {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{signature}",
        }
        return httpx.post(self.url, content=body, headers=headers, timeout=300)


def sale(order: str) -> dict[str, Any]:
    """One that is paid now."""
    line = {"line": "1", "sku": "S1", "quantity": 1, "unit_price_minor": 9900, "discount_minor": 0}
    now = datetime.now(UTC).isoformat()
    return {"order": order, "paid_at": now, "currency": "CNY", "customer": {"id": "c-1"}, "lines": [line]}
