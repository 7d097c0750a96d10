"""The whole thing, through its own doors."""

import urllib.request

from tests.journeys.conftest import Servers


def test_the_servers_answer(servers: Servers) -> None:
    for path in ["/healthz", "/readyz", "/admin/login/"]:
        with urllib.request.urlopen(servers.url + path) as answer:
            assert answer.status == 200
    assert servers.manage("check").returncode == 0
    assert servers.sms_codes() == {}
    assert "Grove is running" in servers.log()
