"""The front page says which work of the clock is late."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.heartbeats.models import Heartbeat
from accounts.heartbeats.services import expect_all, record_heartbeat
from tests.support.clock import STOPPED_AT
from tests.support.factories import make_brand, make_staff, make_user

pytestmark = pytest.mark.django_db
FRONT = reverse("admin:index")


@pytest.fixture(autouse=True)
def all_is_done(stopped_clock: None) -> None:
    Heartbeat.objects.all().delete()
    expect_all(at=STOPPED_AT)


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(make_staff(make_brand()))
    return client


def done(work: str, ago: timedelta) -> None:
    record_heartbeat(Heartbeat.Work(work), began_at=STOPPED_AT - ago, done_at=STOPPED_AT - ago)


@pytest.mark.parametrize(
    ("work", "ago", "english", "chinese"),
    [
        (
            "credit",
            timedelta(minutes=12, seconds=40),
            "Orders are credited: last done 12 min ago, should be every 3 s",
            "订单入账：上次完成于 12 分钟前，应每 3 秒一次",
        ),
        (
            "ledgers",
            timedelta(hours=5),
            "Ledgers are proved at night: last done 5 h ago, should be every 10 min",
            "每夜核对账本：上次完成于 5 小时前，应每 10 分钟一次",
        ),
        (
            "old_rows",
            timedelta(days=3),
            "What is old is forgotten: last done 3 days ago, should be every 1 h",
            "清理过期数据：上次完成于 3 天前，应每 1 小时一次",
        ),
    ],
)
def test_staff_read_since_when_in_their_language(
    staff: Client, work: str, ago: timedelta, english: str, chinese: str
) -> None:
    assert staff.get(FRONT).context["late"] == []
    done(work, ago)
    for language, line in (("en", english), ("zh-hans", chinese)):
        page = staff.get(FRONT, headers={"Accept-Language": language})
        assert page.context["late"] == [line]
        assert line in page.content.decode()


def test_what_never_ran_is_said_as_such(staff: Client) -> None:
    Heartbeat.objects.filter(work="clicks").update(expected_since=STOPPED_AT - timedelta(hours=1))
    assert staff.get(FRONT).context["late"] == ["Clicks are taken in: never done yet, should be every 1 min"]


def test_who_is_no_staff_reads_nothing(client: Client) -> None:
    done("credit", timedelta(hours=1))
    client.force_login(make_user())
    assert client.get(FRONT).status_code == 302
