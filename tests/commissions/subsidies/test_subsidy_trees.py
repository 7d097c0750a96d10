"""What each yuan brought: every order of 9900 is worth 99.00 of GMV to whom it is credited."""

import csv
import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.models.credits import OrderCredit
from commissions.subsidies.models import Allocation, Subsidy
from commissions.subsidies.selectors.subsidy_trees import SubsidyNode, subsidy_tree, subsidy_trees
from commissions.subsidies.services.subsidies import allocate, expire_subsidies, grant_subsidy
from foundation.files.faults import Refusal
from tests.support.factories import NOW, make_brand, make_brand_with_plan, make_koc, make_share, make_user
from tests.support.shop_events import paid, report

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
END = NOW + 30 * DAY


@pytest.fixture
def brand() -> Brand:
    brand = make_brand_with_plan("lumi", rules=[{"rate_bps": 1000}])
    lead = make_koc(brand, "lead", name="=领队")
    mid = make_koc(brand, "mid", sponsor=lead)
    for koc in (lead, mid, make_koc(brand, "low", sponsor=mid)):
        make_share(koc, code=koc.key)
    return brand


def koc(brand: Brand, key: str) -> Koc:
    found: Koc = Koc.objects.get(brand=brand, key=key)
    return found


def grant(brand: Brand, own_minor: int = 5_000, hand_on_minor: int = 5_000) -> Subsidy:
    terms: dict[str, Any] = {"may_pass_on": True, "expires_at": END, "note": "", "by": make_user(), "at": NOW}
    return grant_subsidy(brand=brand, koc=koc(brand, "lead"), own_minor=own_minor, hand_on_minor=hand_on_minor, **terms)


def hand_on(subsidy: Subsidy, to: str, amount_minor: int, *, day: int, as_right: bool = False) -> Allocation:
    return allocate(
        subsidy=subsidy,
        to=koc(subsidy.brand, to),
        amount_minor=amount_minor,
        note="",
        as_right=as_right,
        at=NOW + day * DAY,
    )


def sell(brand: Brand, order: str, by: str, day: int, *, at: datetime = NOW) -> None:
    report(brand, paid(order, koc=by, at=at + day * DAY))


def grow(brand: Brand) -> Subsidy:
    """Granted on day 0: 50.00 and 50.00. mid gets 10.00 on day 2 and the right to 30.00 on day 4, of which low gets
    12.00 on day 6 and 3.00 on day 8."""
    subsidy = grant(brand)
    hand_on(subsidy, "mid", 1_000, day=2)
    right = hand_on(subsidy, "mid", 3_000, day=4, as_right=True).child
    assert right
    hand_on(right, "low", 1_200, day=6)
    hand_on(right, "low", 300, day=8)
    return subsidy


def shown(nodes: list[SubsidyNode]) -> list[tuple[Any, ...]]:
    return [
        (
            node.depth,
            node.giver,
            node.koc,
            node.kind,
            node.money_minor,
            node.budget_minor,
            node.left_minor,
            node.orders,
            node.gmv_minor,
        )
        for node in nodes
    ]


def test_every_node_has_the_sales_of_its_recipient_since_and_the_sum_has_each_once(brand: Brand) -> None:
    subsidy = grow(brand)
    for order, by, day in [
        ("A-1", "mid", 1),
        ("A-2", "mid", 3),
        ("A-3", "mid", 5),
        ("A-4", "low", 5),
        ("A-5", "low", 7),
        ("A-6", "lead", 1),
    ]:
        sell(brand, order, by, day)
    tree = subsidy_tree(subsidy, most=100)
    assert shown(tree.nodes) == [
        (0, None, "lead", "grant", 5_000, 5_000, 1_000, 1, 9_900),
        (1, "lead", "mid", "money", 1_000, 0, 0, 2, 19_800),
        (1, "lead", "mid", "right", 0, 3_000, 1_500, 1, 9_900),
        (2, "mid", "low", "money", 1_200, 0, 0, 1, 9_900),
        (2, "mid", "low", "money", 300, 0, 0, 0, 0),
    ]
    assert [node.is_first for node in tree.nodes] == [True, True, False, True, False]
    assert [node.above for node in tree.nodes] == [None, 0, 0, tree.nodes[2].allocation, tree.nodes[2].allocation]
    assert (tree.cost_minor, tree.left_minor, tree.returned_minor) == (5_000 + 1_000 + 1_200 + 300, 2_500, 0)
    assert tree.cost_minor + tree.left_minor == 10_000
    assert (tree.orders, tree.gmv_minor) == (4, 39_600)


def test_what_expired_is_no_cost(brand: Brand) -> None:
    subsidy = grow(brand)
    expire_subsidies(brand=brand, at=END)
    tree = subsidy_tree(subsidy, most=100)
    assert (tree.cost_minor, tree.left_minor, tree.returned_minor) == (7_500, 0, 2_500)


def test_a_sale_at_the_very_moment_counts_and_one_before_does_not(brand: Brand) -> None:
    subsidy = grant(brand)
    hand_on(subsidy, "mid", 1, day=2)
    sell(brand, "A-1", "mid", 2, at=NOW - timedelta(microseconds=1))
    assert subsidy_tree(subsidy, most=9).orders == 0
    sell(brand, "A-2", "mid", 2)
    assert subsidy_tree(subsidy, most=9).orders == 1


def test_of_a_shared_sale_each_has_their_part(brand: Brand) -> None:
    """Of 9900 credited to low and mid in halves: 4950 each."""
    subsidy = grant(brand)
    hand_on(subsidy, "mid", 1, day=1)
    hand_on(subsidy, "low", 1, day=1)
    sell(brand, "A-1", "mid", 2)
    whole = OrderCredit.objects.values().get()
    with connection.cursor() as cursor:
        # The database wants the whole credit of an order in one statement
        cursor.execute("SET LOCAL session_replication_role = replica")
        OrderCredit.objects.update(credit_bps=5_000)
        OrderCredit.objects.create(
            **whole | {"id": None, "place": 1, "koc_id": koc(brand, "low").pk, "credit_bps": 5_000}
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert [node.gmv_minor for node in subsidy_tree(subsidy, most=9).nodes] == [0, 4_950, 4_950]


def test_the_tree_of_a_right_begins_with_it(brand: Brand) -> None:
    grow(brand)
    right = Subsidy.objects.get(parent__isnull=False)
    assert shown(subsidy_tree(right, most=9).nodes)[0] == (0, None, "mid", "grant", 0, 3_000, 1_500, 0, 0)
    assert len(subsidy_tree(right, most=9).nodes) == 3
    assert len(subsidy_tree(right, most=2).nodes) == 2


def test_all_trees_of_a_brand_and_no_others_in_one_query(brand: Brand) -> None:
    grow(brand)
    grant(brand, own_minor=7, hand_on_minor=0)
    assert list(subsidy_trees(make_brand())) == []
    with CaptureQueriesContext(connection) as queries:
        trees = list(subsidy_trees(brand))
    assert [len(tree.nodes) for tree in trees] == [5, 1]
    assert len([query for query in queries if "commissions_subsidy" in query["sql"]]) == 1


def run(**options: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("subsidies", brand="lumi", stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_the_report_has_a_row_for_every_grant_and_allocation(brand: Brand) -> None:
    subsidy = grow(brand)
    sell(brand, "A-1", "mid", 3)
    out, err = run()
    assert err == "subsidies: 1 granted, 4 allocations\n"
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert rows[0] == {
        "subsidy": subsidy.public_id, "depth": "0", "kind": "grant", "giver": "", "koc": "lead", "koc_name": "'=领队", "given_at": "2026-03-01T02:00:00Z",
        "expires_at": "2026-03-31T02:00:00Z", "money": "50.00", "to_hand_on": "50.00", "allocated": "40.00", "returned": "0.00", "left": "10.00",
        "orders": "0", "gmv": "0.00", "note": "",
    }  # fmt: skip
    assert [(row["giver"], row["koc"], row["kind"], row["money"], row["orders"], row["gmv"]) for row in rows[1:3]] == [
        ("lead", "mid", "money", "10.00", "1", "99.00"), ("lead", "mid", "right", "0.00", "0", "0.00"),
    ]  # fmt: skip
    assert out.startswith("subsidy,depth,kind,")
    assert out.count("\r\n") == out.count("\n") == 6
    assert run() == (out, err)


def test_the_report_as_json_has_the_sums_of_each_tree(brand: Brand) -> None:
    subsidy = grow(brand)
    grant(brand, own_minor=7, hand_on_minor=0)
    first, second = json.loads(run(format="json")[0])
    nodes = first.pop("nodes")
    assert first == {
        "subsidy": subsidy.public_id, "koc": "lead", "currency": "CNY", "own_minor": 5_000, "hand_on_minor": 5_000, "cost_minor": 7_500,
        "returned_minor": 0, "left_minor": 2_500, "orders": 0, "gmv_minor": 0,
    }  # fmt: skip
    assert [(node["koc"], node["depth"], node["money_minor"], node["allocation"] is None) for node in nodes] == [
        ("lead", 0, 5_000, True), ("mid", 1, 1_000, False), ("mid", 1, 0, False), ("low", 2, 1_200, False), ("low", 2, 300, False),
    ]  # fmt: skip
    assert second["cost_minor"] == 7


def test_the_report_of_what_came_soon_after_joining(brand: Brand) -> None:
    Koc.objects.filter(key="lead").update(joined_at=NOW - 9 * DAY)
    grow(brand)
    out, err = run(soon_after_joining=7)
    assert err == "subsidies: 3 given within 7 days of joining\n"
    assert [(row["giver"], row["koc"], row["kind"], row["amount"]) for row in csv.DictReader(io.StringIO(out))] == [
        ("lead", "mid", "money", "10.00"), ("lead", "mid", "right", "30.00"), ("mid", "low", "money", "12.00"),
    ]  # fmt: skip
    [gift, *_] = json.loads(run(soon_after_joining=7, format="json")[0])
    assert gift == {
        "kind": "money", "id": Allocation.objects.order_by("pk")[0].public_id, "giver": "lead", "koc": "mid", "koc_name": "mid", "amount_minor": 1_000,
        "joined_at": "2026-03-01T02:00:00Z", "given_at": "2026-03-03T02:00:00Z", "shares": 1, "orders": 0,
    }  # fmt: skip


def test_a_report_of_nothing_is_empty(brand: Brand) -> None:
    assert json.loads(run(format="json")[0]) == []
    assert run()[0].count("\n") == 1
    for days in (0, 99_999):
        with pytest.raises(Refusal, match="between 1 and 36500"):
            run(soon_after_joining=days)
