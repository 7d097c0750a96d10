"""Pages of the admin at a brand of a million orders and 100,000 KOCs: few queries, and none that reads a large table."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.people.models import User
from commissions.settlement.models.statements import Settlement
from tests.support.admin_pages import APPS, page, sell
from tests.support.factories import make_brand, make_staff
from tests.support.volume.large_brand import make_large_brand
from tests.support.volume.query_plans import rows_read

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]
ORDERS, KOCS = 1_000_000, 100_000
MOST_QUERIES, MOST_ROWS = 30, 30_000
OWN_ROWS: dict[Any, int] = {Settlement: KOCS}  # its sums are those of its own statements
SEARCHED = ["A-77777", "k7777", "小", "李女", "13912345678", "nothing of the kind"]


@pytest.fixture(scope="module")
def staff_of(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, User]]:
    """Staff of a large brand and of a small one beside it; one transaction around all tests of the module."""
    with django_db_blocker.unblock():
        connection.ensure_connection()
        connection.set_autocommit(False)
        try:
            brand = make_brand("large")
            staff = make_staff(brand)
            make_large_brand(brand, staff, orders=ORDERS, kocs=KOCS)
            with connection.cursor() as cursor:  # rows that three processes of a plan read would be counted thrice
                cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
            small = make_brand("small")
            sell(small, 3)
            yield {"large": staff, "small": make_staff(small)}
        finally:
            connection.rollback()
            connection.set_autocommit(True)


def faults_of(
    client: Client, address: str, asked: dict[str, str] | None = None, *, most_rows: int | None = None
) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address, asked or {})
    place = f"{address} {asked or ''}".strip()
    faults = [] if response.status_code == 200 else [f"{place}: {response.status_code}"]
    if len(queries) > MOST_QUERIES:
        faults.append(f"{place}: {len(queries)} queries")
    for query in queries:
        if not query["sql"].startswith(("SELECT", "(SELECT", "WITH")):
            continue
        for table, rows in rows_read(query["sql"]).items():
            if rows > (most_rows or MOST_ROWS):
                faults.append(f"{place}: {rows:,} rows of {table} by {query['sql'][:300]}")
    return faults


def pages(client: Client, model: Any) -> Iterator[tuple[str, dict[str, str]]]:
    yield page(model), {}
    row = next(iter(client.get(page(model)).context["cl"].result_list), None)
    if row is not None:
        yield page(model, row), {}
        if admin.site.get_model_admin(model).search_fields:
            for text in SEARCHED:
                yield page(model), {"q": text}


def test_lists_of_a_small_brand_do_not_read_those_of_a_large_one(staff_of: dict[str, User]) -> None:
    client = Client()
    client.force_login(staff_of["small"])
    models = [model for model in admin.site._registry if model._meta.app_label in APPS]
    faults = [
        fault
        for model in models
        if client.get(page(model)).status_code == 200  # others are for superusers
        for asked in ({}, {"q": "A-77777"}, {"q": "小"})
        for fault in faults_of(client, page(model), asked)
    ]
    assert not faults, "\n".join(faults)


def test_every_page_reads_few_rows_in_few_queries(staff_of: dict[str, User]) -> None:
    client = Client()
    client.force_login(staff_of["large"])
    # The front page sums 30 days of a year, once a minute: two commissions an order, and the order of each
    faults = faults_of(client, reverse("admin:index"), most_rows=ORDERS // 5)
    faults += faults_of(client, reverse("admin:index"))
    models = [model for model in admin.site._registry if model._meta.app_label in APPS]
    for model in models:
        if client.get(page(model), {"q": "nothing of the kind"}).status_code == 403:  # it is for superusers
            continue
        for address, asked in pages(client, model):
            faults += faults_of(
                client, address, asked, most_rows=OWN_ROWS.get(model) if address != page(model) else None
            )
    for text in SEARCHED:
        faults += faults_of(client, reverse("admin:search"), {"s": text, "extended": "1"})
    assert not faults, "\n".join(faults)
