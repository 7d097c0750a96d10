"""PostgreSQL goes away, or freezes, and comes back while the servers run: what needs it says when to come back, links lead on as far
as they are known, nothing that was accepted is lost or doubled, and all goes on by itself."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psutil
import psycopg
import pytest

from tests.journeys.actors import BRAND, PHONE_BROWSER, Phone, manage, soon
from tests.journeys.conftest import Servers, serving
from tests.journeys.shops import Shop
from tests.support.processes.postgres import Postgres, own_postgres

pytestmark = pytest.mark.heavy
LONGEST_SECONDS = 15  # no answer takes as long, however busy the machine
PASSWORD = "correct horse battery"
OPEN_ADMIN = f"""
from accounts.people.services.staff import open_admin_login
open_admin_login(phone="+8613900000009", name="Ann", password="{PASSWORD}")
"""
CLICKS = (
    "from referrals.visits.models import Visit; print(*Visit.public_ids_of(Visit.objects.values_list('pk', flat=True)))"
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with own_postgres() as postgres:
        yield postgres


@pytest.fixture(scope="module")
def servers(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Servers]:
    with serving(postgres.url, tmp_path_factory.mktemp("servers"), worker_id) as running:
        yield running


@dataclass(frozen=True)
class Kind:
    """A kind of page: how it is asked for, what it answers, and what it answers without a database."""

    ask: Callable[[], httpx.Response]
    good: set[int]
    away: int = 503


@dataclass
class World:
    """A brand with a KOC, a shop, a member of staff, and a link that goes round."""

    servers: Servers
    shop: Shop
    link: str
    kinds: dict[str, Kind]
    sales: dict[str, dict[str, Any]] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=count)

    def read(self) -> httpx.Response:
        """A new reader opens the link."""
        return httpx.get(self.link, headers=PHONE_BROWSER, timeout=300)

    def sell(self) -> httpx.Response:
        number = next(self.numbers)
        self.sales[f"msg_{number}"] = sale(number)
        answer = self.shop.send("order.paid", webhook_id=f"msg_{number}", **sale(number))
        if answer.status_code == 202:
            self.accepted.add(f"msg_{number}")
        return answer


def sale(number: int) -> dict[str, Any]:
    line = {"line": "1", "sku": "S1", "quantity": 1, "unit_price_minor": 9900, "discount_minor": 0}
    paid_at = datetime(2026, 3, 1, tzinfo=UTC).isoformat()
    return {"order": f"A-{number}", "paid_at": paid_at, "currency": "CNY", "lines": [line]}


@pytest.fixture(scope="module")
def world(servers: Servers) -> Iterator[World]:
    manage(servers, "import_brand", "-", stdin=BRAND)
    manage(servers, "shell", "-c", OPEN_ADMIN)
    with ExitStack() as clients:
        open_client = lambda **options: clients.enter_context(httpx.Client(timeout=300, **options))  # noqa: E731
        phone = Phone(servers, open_client(base_url=f"{servers.url}/api/v1/"), "+8613800000001")
        code = phone.join()["invite_code"]
        kit = phone.get("kits", koc=phone.koc)["results"][0]["id"]
        tap = lambda: phone.client.post(f"kits/{kit}/shares", json={"koc": phone.koc, "channel": "moments"})  # noqa: E731
        link = tap().json()["url"]
        shop = Shop(servers, manage(servers, "intake_secret", "--brand", "lumi").splitlines()[0])
        public = open_client(base_url=servers.url, headers=PHONE_BROWSER)
        staff = open_client(base_url=servers.url)
        form = {"username": "+8613900000009", "password": PASSWORD, "next": "/admin/"}
        form["csrfmiddlewaretoken"] = token = staff.get("/admin/login/").cookies["csrftoken"]
        assert staff.post("/admin/login/", data=form).status_code == 302

        def log_in() -> httpx.Response:
            with httpx.Client(base_url=servers.url, timeout=300, cookies={"csrftoken": token}) as stranger:
                return stranger.post("/admin/login/", data=form)

        world = World(servers, shop, link, {})
        world.kinds |= {
            "alive": Kind(lambda: public.get("/healthz"), {200}, 200),
            "ready": Kind(lambda: public.get("/readyz"), {200}),
            "static file": Kind(lambda: public.get("/static/admin/css/base.css"), {200}, 200),
            "API read": Kind(lambda: phone.client.get("me"), {200}),
            "API list": Kind(lambda: phone.client.get("shares", params={"koc": phone.koc}), {200}),
            "API write": Kind(tap, {200, 201}),
            "sign-in code": Kind(lambda: phone.client.post("auth/token", json={"phone": "+8613800000002", "code": "1"}), {400, 429}),
            "intake": Kind(world.sell, {202}),
            "admin log-in": Kind(log_in, {302}),
            "admin page": Kind(lambda: staff.get("/admin/"), {200}),
            "admin list": Kind(lambda: staff.get("/admin/commissions/order/"), {200}),
            "invitation": Kind(lambda: public.get(f"/i/{code}"), {200}),
            "known link": Kind(lambda: public.get(urlsplit(link).path), {302}, 302),
            "unknown link": Kind(lambda: public.get("/s/nobody7"), {404}),
            "picture of a link": Kind(lambda: public.get(f"{urlsplit(link).path}/qr.svg"), {200}),
        }  # fmt: skip
        yield world


class Hammer:
    """Somebody who asks again and again until the end, and keeps every answer."""

    def __init__(self, ask: Callable[[], httpx.Response]) -> None:
        self.ask, self.over = ask, threading.Event()
        self.answers: list[httpx.Response] = []  # one at least, before anybody looks
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.over.is_set():
            with suppress(httpx.TransportError):  # the web process was killed: until the next one listens
                self.answers.append(self.ask())
            time.sleep(0.005)

    def stop(self) -> list[httpx.Response]:
        self.over.set()
        self.thread.join(300)
        return self.answers


@contextmanager
def hammers(*asks: Callable[[], httpx.Response]) -> Iterator[list[Hammer]]:
    running = [Hammer(ask) for ask in asks]
    try:
        yield running
    finally:
        for one in running:
            one.stop()


def click_of(answer: httpx.Response) -> str:
    """The click's id that a redirect leads on with; empty when it leads on without one."""
    return parse_qs(urlsplit(answer.headers.get("location", "")).query).get("grove_click", [""])[0]


def until(what: str, holds: Callable[[], bool]) -> float:
    """How long it took, in seconds."""
    begin = time.monotonic()
    while not holds():
        assert time.monotonic() - begin < 300, what
        time.sleep(0.02)
    return time.monotonic() - begin


def assert_away(world: World) -> dict[str, float]:
    """Every kind of page answers as it should without a database; how long each took at most."""
    longest = dict.fromkeys(world.kinds, 0.0)
    for _ in range(5):
        for name, kind in world.kinds.items():
            begin = time.monotonic()
            answer = kind.ask()
            longest[name] = max(longest[name], time.monotonic() - begin)
            assert answer.status_code == kind.away, (name, answer.status_code, answer.text[:200])
            if kind.away == 503:
                assert answer.headers.get("retry-after") == "5", name
    assert max(longest.values()) < LONGEST_SECONDS, longest
    return longest


def first_good_answers(world: World) -> dict[str, float]:
    """How long after now each kind of page answers well, asked for all the time."""
    begin, found = time.monotonic(), dict[str, float]()
    while len(found) < len(world.kinds):
        assert time.monotonic() - begin < 300, set(world.kinds) - set(found)
        for name in set(world.kinds) - set(found):
            with suppress(httpx.TransportError):
                if world.kinds[name].ask().status_code in world.kinds[name].good:
                    found[name] = time.monotonic() - begin
    return found


def web_worker(servers: Servers) -> psutil.Process:
    """The process that answers: the child of `web`."""
    children = psutil.Process(servers.process.pid).children()
    web = next(child for child in children if "granian" in " ".join(child.cmdline()))
    return web.children()[0]


def count_rows(postgres: Postgres, table: str, condition: str = "true") -> int:
    with psycopg.connect(postgres.url) as connection:
        (number,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone() or (0,)
        return int(number)


def slowest(answers: list[httpx.Response]) -> float:
    return max(answer.elapsed.total_seconds() for answer in answers)


def tell(title: str, seconds: dict[str, float]) -> None:
    print(f"\n{title}: " + ", ".join(f"{name} {took:.2f} s" for name, took in seconds.items()))


@pytest.mark.parametrize("how", ["stop", "kill", "kill, and the web process too", "freeze"])
def test_an_outage_loses_nothing_doubles_nothing_and_is_over_when_the_database_is_back(
    world: World, postgres: Postgres, how: str
) -> None:
    for name, kind in world.kinds.items():
        assert kind.ask().status_code in kind.good, name

    with hammers(world.read, world.read, world.sell) as (reader, other_reader, seller):
        until("sold and clicked", lambda: len(seller.answers) > 20 and len(reader.answers) > 200)
        {"stop": postgres.stop, "freeze": postgres.freeze}.get(how, postgres.kill)()
        until("away", lambda: world.kinds["ready"].ask().status_code == 503)
        tell(f"The slowest answers after {how}", assert_away(world))

        # The stock of numbers runs dry, and the link leads to the shop all the same.
        until("no number is left", lambda: reader.answers[-1].status_code == 302 and not click_of(reader.answers[-1]))
        assert reader.answers[-1].headers["location"] == "https://shop.example/p/S1"
        if "web" in how:
            web_worker(world.servers).kill()
            nobody_knows = lambda: reader.answers[-1].status_code == 503  # noqa: E731
            until("the next process knows no link", nobody_knows)
            assert reader.answers[-1].headers["retry-after"] == "5"

        (postgres.thaw if how == "freeze" else postgres.start)()
        tell(f"First good answers after {how}", first_good_answers(world))
        until("links have numbers again", lambda: bool(click_of(reader.answers[-1])))

    reads = reader.answers + other_reader.answers
    longest = {"link": slowest(reads), "order": slowest(seller.answers)}
    tell(f"The slowest answer of all, before, during and after {how}", longest)
    assert max(longest.values()) < LONGEST_SECONDS
    assert {answer.status_code for answer in reads} <= ({302, 503} if "web" in how else {302})
    assert {answer.status_code for answer in seller.answers} <= {202, 503}
    assert {answer.status_code for answer in seller.answers[:10] + seller.answers[-1:]} == {202}

    # The shop sends everything again: what was accepted is there, and the rest comes now, unless only its answer was lost.
    for webhook_id, facts in world.sales.items():
        again = world.shop.send("order.paid", webhook_id=webhook_id, **facts).status_code
        assert again in ({200} if webhook_id in world.accepted else {200, 202})
    assert count_rows(postgres, "commissions_event") == len(world.sales)
    assert count_rows(postgres, "commissions_order") == len(world.sales)
    # Worker and beat go on: what was sold is credited, and what was clicked is in the table, whichever process wrote it down.
    soon(lambda: count_rows(postgres, "commissions_order", "credited_at IS NULL"), 0)
    answered = {click_of(answer) for answer in reads} - {""}
    assert len(answered) > 200
    soon(lambda: answered - set(manage(world.servers, "shell", "-c", CLICKS).split()), set())
    assert world.servers.manage("check_ledger").returncode == 0
    assert world.servers.process.poll() is None, world.servers.log()
