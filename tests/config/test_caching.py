"""A cache whose Redis is gone, or hangs: pages answer all the same, and soon."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client, override_settings

from config.caching import SECONDS
from tests.support.factories import make_brand, make_staff


@pytest.fixture(params=["gone", "hanging"])
def dead_cache(request: pytest.FixtureRequest) -> Iterator[None]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        if request.param == "gone":
            server.close()
        dead = {"BACKEND": "config.caching.ForgetfulCache", "LOCATION": f"redis://127.0.0.1:{port}/0"}
        with override_settings(CACHES=settings.CACHES | {"default": dead}):
            yield


@pytest.mark.django_db
def test_staff_search_the_menu_without_the_cache(client: Client, dead_cache: None) -> None:
    client.force_login(make_staff(make_brand()))
    begin = time.monotonic()
    page = client.get("/admin/search/", {"s": "order"})
    assert (page.status_code, "Orders" in page.content.decode()) == (200, True)
    assert time.monotonic() - begin < 2 * SECONDS + 5  # without a limit it would hang for as long as Redis does


def test_it_knows_nothing_and_keeps_nothing(dead_cache: None) -> None:
    cache = caches["default"]
    cache.set("a", 1)
    assert (cache.get("a"), cache.get("a", 2)) == (None, 2)
