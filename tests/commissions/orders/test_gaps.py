"""What was left open when an order was told, and is said later: it is taken over, whenever it comes; what was said is never
contradicted."""

import json
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.brands.models import Brand
from accounts.people.models import Koc
from commissions.earnings.models.commissions import Commission, LineTerms, RiskReview
from commissions.earnings.services import gaps
from commissions.earnings.services.gaps import withdraw_answers
from commissions.earnings.services.reviews import reverse_commissions
from commissions.orders.domain.refusals import EventRefused
from commissions.orders.models import Doubt, Order, OrderVersion
from commissions.orders.models import Event as KeptEvent
from commissions.orders.services.doubts import dismiss_doubt
from commissions.orders.services.events import receive_event
from commissions.plans.models.campaigns import Campaign
from commissions.schedule import brands_with_facts, run_due
from referrals.coupons.models import Coupon, CouponUse
from referrals.shares.models import Share
from referrals.visits.models import Visit
from tests.support.clients import me
from tests.support.factories import NOW, make_brand_with_plan, make_koc, make_share, make_staff, make_user
from tests.support.shop_events import Event, cancelled, delivered, paid, prove, refunded, report, send

pytestmark = pytest.mark.django_db
DAY, MINUTES = timedelta(days=1), timedelta(minutes=5)
OWN_PHONE = "+8613900000001"


def brand_with_share() -> Brand:
    """New customers earn twice as much, and one KOC has a share."""
    brand = make_brand_with_plan(
        "hold", rules=[{"priority": 1, "customer": "new", "rate_bps": 2000}, {"rate_bps": 1000}]
    )
    make_share(make_koc(brand, "k", user=make_user(OWN_PHONE)), code="code")
    return brand


@pytest.fixture
def brand() -> Brand:
    return brand_with_share()


def again(event: Event, at: Any = NOW + MINUTES) -> Event:
    """The same sale, told later."""
    return event | {"timestamp": at.isoformat()}


def state() -> list[tuple[Any, ...]]:
    """Of every commission: KOC, what it is worth, its state, when its hold was over."""
    rows = Commission.objects.order_by("koc__key", "line__position", "-reversed_minor").values_list(
        "koc__key", "amount_minor", "reversed_minor", "status", "approved_at"
    )
    return [(koc, amount - back, status, at) for koc, amount, back, status, at in rows]


@pytest.mark.parametrize("is_credited", [False, True])
@pytest.mark.parametrize("has_time", [False, True])
def test_a_share_that_is_named_later_credits_its_koc(brand: Brand, is_credited: bool, has_time: bool) -> None:
    first = paid(customer={"id": "c-1"})
    told = paid(customer={"id": "c-1"}, share="code")
    send(brand, first)
    if is_credited:
        run_due(brand=brand, at=NOW)
        assert Order.objects.get().credit == "nobody"
    send(brand, again(told) if has_time else told)
    for _beat in range(2):
        run_due(brand=brand, at=NOW)
        assert state() == [("k", 1980, "pending", None)]
    assert brands_with_facts(at=NOW) == []
    prove(brand)
    report(brand, told, first)  # and once more, in any order
    assert state() == [("k", 1980, "pending", None)]
    assert not Order.objects.get().told_again


def test_a_click_a_coupon_and_a_koc_are_taken_over_too(brand: Brand) -> None:
    share = Share.objects.get()
    click = Visit.objects.create(share=share, visitor="v" * 22, visited_at=NOW - DAY)
    coupon = Coupon.objects.create(brand=brand, koc=Koc.objects.get(), code="LULU10", starts_at=NOW - DAY)
    report(brand, paid("A-1"), paid("A-2"), paid("A-3"), paid("A-4", customer={"id": "c"}))
    assert state() == []
    report(brand, paid("A-1", click=click.public_id), paid("A-2", coupon="lulu10"), paid("A-3", koc="k"))
    assert list(Order.objects.order_by("key").values_list("credit", flat=True)) == ["click", "coupon", "koc", "nobody"]
    coupon.refresh_from_db()
    assert coupon.used == 1
    # The buyer of a click is the visitor, whichever of the two was told later, together or not.
    report(brand, paid("A-1", customer={"id": "c"}))
    report(brand, paid("A-5", customer={"id": "c"}, at=NOW + DAY), at=NOW + DAY)
    assert Order.objects.get(key="A-5").credit == "click"


def test_all_that_happened_meanwhile_is_applied_to_what_is_credited_anew(brand: Brand) -> None:
    sold = [("1", "S1", 1, 10_000), ("2", "S1", 1, 5_000)]
    first = paid("A-1", *sold, customer={"id": "c"})
    fewer = again(paid("A-1", sold[0], customer={"id": "c"}), NOW + DAY)
    facts = [fewer, refunded(refund="R-1", at=NOW + 2 * DAY, l1=4_000), delivered(at=NOW + DAY)]
    report(brand, first, *facts, at=NOW + 30 * DAY)
    assert state() == []
    report(brand, again(paid("A-1", sold[0], customer={"id": "c"}, share="code"), NOW + 3 * DAY), at=NOW + 31 * DAY)
    assert [(koc, net, status) for koc, net, status, _ in state()] == [("k", 1200, "approved"), ("k", 0, "reversed")]
    prove(brand)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_telling_does_not_matter_while_nothing_was_credited(brand: Brand, order: tuple[int, ...]) -> None:
    told = [
        paid(share="code"),
        again(paid(customer={"id": "c-1"}, share="code")),
        refunded(l1=3_300),
        delivered(at=NOW + DAY),
    ]
    for place in order:
        send(brand, told[place], at=NOW + 3 * DAY)
    run_due(brand=brand, at=NOW + 30 * DAY)
    assert [(koc, net, status) for koc, net, status, _ in state()] == [("k", 1320, "approved")]
    prove(brand)


def test_a_cancelled_order_earns_nothing_either(brand: Brand) -> None:
    report(brand, paid(customer={"id": "c"}), cancelled(), at=NOW + 2 * DAY)
    report(brand, paid(customer={"id": "c"}, share="code"), at=NOW + 2 * DAY)
    assert [(net, status) for _, net, status, _ in state()] == [(0, "reversed")]
    prove(brand)


def test_an_order_is_credited_anew_as_long_as_nothing_is_approved(brand: Brand) -> None:
    """A guest's order turns out to be a new customer's, to whom another rate applies."""
    report(brand, paid(share="code"))
    assert state() == [("k", 990, "pending", None)]
    told = again(paid(customer={"id": "c-1", "phone": "+8613800000061"}, share="code"))
    for _time in range(2):
        report(brand, told)
        assert sorted(state()) == [("k", 0, "reversed", None), ("k", 1980, "pending", None)]
    order = Order.objects.select_related("customer").get()
    assert order.customer
    assert (order.customer.key, order.customer.phone, order.customer_is_new) == ("c-1", "+8613800000061", True)
    assert list(RiskReview.objects.values_list("reason", "outcome")) == [("told_again", "reversed")]
    former = order.former_answers.get()
    assert (former.credits.get().koc.key, former.terms.get().rate_bps, former.customer_is_new) == ("k", 1000, None)
    # Later orders know that the person bought before.
    report(brand, paid("A-2", customer={"id": "c-1"}, share="code", at=NOW + DAY), at=NOW + DAY)
    assert Order.objects.get(key="A-2").customer_is_new is False


def test_a_credit_of_which_something_is_approved_stands(brand: Brand) -> None:
    sold = [("1", "S1", 1, 9_900), ("2", "S1", 1, 100)]
    parcel = delivered()
    parcel["data"]["lines"] = ["1"]
    report(brand, paid("A-1", *sold, share="code"), parcel, at=NOW + 20 * DAY)
    before = [("k", 990, "approved"), ("k", 10, "pending")]
    assert [(koc, net, status) for koc, net, status, _ in state()] == before
    report(brand, again(paid("A-1", *sold, customer={"id": "c-1"}, share="code")), at=NOW + 20 * DAY)
    assert [(koc, net, status) for koc, net, status, _ in state()] == before
    assert Order.objects.get().customer_is_new is None


@pytest.mark.parametrize("reason", ["fraud", "self_purchase"])
def test_a_judgement_of_staff_outlasts_what_is_told_later(brand: Brand, reason: str) -> None:
    report(brand, paid(share="code"))
    pks = list(Commission.objects.values_list("pk", flat=True))
    reverse_commissions(brand=brand, commissions=pks, reason=reason, by=make_staff(brand), at=NOW + DAY)
    report(brand, again(paid(customer={"id": "c-1"}, share="code")), at=NOW + DAY)
    assert [(net, status) for _, net, status, _ in state()] == [(0, "reversed")]


@pytest.mark.parametrize(
    ("first", "later", "koc"),
    [
        ({"share": "code"}, {"coupon": "LULU10"}, "other"),
        ({"share": "code"}, {"koc": "other"}, "other"),
        ({"coupon": "LULU10"}, {"koc": "k"}, "k"),
        ({"coupon": "LULU10"}, {"customer": {"id": "c"}}, "other"),
        ({"coupon": "LULU10"}, {"share": "code"}, "other"),
        ({"customer": {"id": "c"}, "share": "code"}, {"coupon": "LULU10"}, "other"),
    ],
)
def test_what_brought_an_order_may_be_told_later_too(
    brand: Brand, first: dict[str, Any], later: dict[str, Any], koc: str
) -> None:
    other = make_koc(brand, "other")
    coupon = Coupon.objects.create(brand=brand, koc=other, code="LULU10", starts_at=NOW - DAY, stock=1)
    report(brand, paid(**first))
    report(brand, again(paid(**first | later)))
    assert [one[0] for one in state() if one[1]] == [koc]
    coupon.refresh_from_db()
    assert coupon.used == CouponUse.objects.count() == (Order.objects.get().credit == "coupon")


def test_a_click_that_is_told_later_goes_before_the_share(brand: Brand) -> None:
    other = make_share(make_koc(brand, "other"), code="other")
    click = Visit.objects.create(share=other, visitor="v" * 22, visited_at=NOW - DAY)
    report(brand, paid(share="code"))
    report(brand, again(paid(share="code", click=click.public_id)))
    assert sorted(state()) == [("k", 0, "reversed", None), ("other", 990, "pending", None)]


@pytest.mark.parametrize("order", list(permutations(range(5))))
def test_the_order_of_telling_does_not_matter_while_nothing_is_approved(brand: Brand, order: tuple[int, ...]) -> None:
    told = [
        again(paid(share="code"), NOW),
        again(paid(customer={"id": "c-1"}, share="code")),
        again(paid("A-1", ("1", "S1", 2, 9900), customer={"id": "c-1"}, share="code"), NOW + 2 * MINUTES),
        refunded(l1=3_300),
        delivered(at=NOW + DAY),
    ]
    for place in order:
        report(brand, told[place], at=NOW + 3 * DAY)
    report(brand, at=NOW + 30 * DAY)
    assert [(koc, net, status) for koc, net, status, _ in state() if net] == [("k", 3300, "approved")]
    order_now = Order.objects.get()
    assert (order_now.customer_is_new, order_now.told_again, order_now.gap_filled) == (True, False, False)


def test_what_a_doubt_holds_is_held_when_it_is_credited_anew(brand: Brand) -> None:
    report(brand, paid(share="code"))
    with pytest.raises(EventRefused):
        receive_event(brand=brand, webhook_id="w", body=json.dumps(refunded(l1=99_999)).encode(), at=NOW + DAY)
    report(brand, again(paid(customer={"id": "c-1"}, share="code")), at=NOW + DAY)
    assert [(net, status) for _, net, status, _ in state() if net] == [(1980, "held")]
    dismiss_doubt(doubt=Doubt.objects.get(), reason="sent twice", by=make_staff(brand), at=NOW + 2 * DAY)
    report(brand, at=NOW + 2 * DAY)
    assert [(net, status) for _, net, status, _ in state() if net] == [(1980, "pending")]


def test_a_campaign_gets_back_what_it_promised_and_promises_anew(brand: Brand) -> None:
    campaign = Campaign.objects.create(
        brand=brand, key="bounty", kind="bounty", starts_at=NOW - DAY, fixed_minor=100, budget_minor=150
    )
    report(brand, paid(share="code"))
    report(brand, again(paid(customer={"id": "c-1"}, share="code")))
    campaign.refresh_from_db()
    assert (campaign.reserved_minor, sum(net for _, net, _, _ in state())) == (100, 1980 + 100)


def test_an_order_may_be_credited_anew_more_than_once(brand: Brand) -> None:
    coupon = Coupon.objects.create(brand=brand, koc=make_koc(brand, "other"), code="LULU10", starts_at=NOW - DAY)
    report(brand, paid(share="code"))
    report(brand, again(paid(customer={"id": "c-1"}, share="code")))
    report(brand, again(paid(customer={"id": "c-1"}, share="code", coupon=coupon.code), NOW + 2 * MINUTES))
    assert sorted((koc, net) for koc, net, _, _ in state()) == [("k", 0), ("k", 0), ("other", 1980)]
    assert Order.objects.get().former_answers.count() == 2


def test_one_order_that_raises_does_not_stop_the_others(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(orders: Any, **given: Any) -> None:
        if first in orders:
            raise ValueError("poison")
        withdraw_answers(orders, **given)

    report(brand, paid("A-1", share="code"), paid("A-2", share="code"))
    first = Order.objects.get(key="A-1").pk
    monkeypatch.setattr(gaps, "withdraw_answers", fails)
    told = [again(paid(key, customer={"id": key}, share="code")) for key in ("A-1", "A-2")]
    report(brand, *told)
    assert sorted(net for _, net, _, _ in state()) == [0, 990, 1980]
    monkeypatch.undo()
    report(brand, at=NOW + DAY)
    assert sorted(net for _, net, _, _ in state()) == [0, 0, 1980, 1980]


def test_terms_are_removed_only_where_they_are_kept(brand: Brand) -> None:
    report(brand, paid(share="code"))
    with pytest.raises(IntegrityError, match="are kept"), transaction.atomic():
        LineTerms.objects.all().delete()


def test_both_answers_are_said_in_words_and_files(
    brand: Brand, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report(brand, paid(share="code"))
    report(brand, again(paid(customer={"id": "c-1"}, share="code")))
    call_command("explain", "A-1", "--brand", brand.slug, "--language", "en")
    words = capsys.readouterr().out
    assert "CN¥19.80 for k" in words
    assert "it was credited otherwise; then it was told again." in words
    assert "Taken back by review (the order was told again, and is credited anew): −CN¥9.90" in words
    for one in Commission.objects.all():
        call_command("explain", str(one.pk))
        assert me(Koc.objects.get()).read(f"commissions/{one.public_id}/explanation").status_code == 200
    out = tmp_path / "out.csv"
    call_command("export_commissions", brand=brand.slug, period="2026-03", out=str(out))
    header, *lines = (line.split(",") for line in out.read_text().splitlines())
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    assert sorted((row["rate_bps"], row["rule"], row["amount"], row["net"]) for row in rows) == [
        ("1000", "2", "9.90", "0.00"),
        ("2000", "1", "19.80", "19.80"),
    ]
    capsys.readouterr()
    call_command("reconcile", "--brand", brand.slug, "--period", "2026-03")


@pytest.mark.parametrize(
    ("first", "later", "place"),
    [
        ({"customer": {"id": "c-1"}}, {"customer": {"id": "c-2"}}, "data.customer"),
        ({"share": "code"}, {"share": "other"}, "data.share"),
        ({"koc": "k"}, {"koc": "other"}, "data.koc"),
    ],
)
def test_what_was_said_is_not_contradicted(
    brand: Brand, first: dict[str, Any], later: dict[str, Any], place: str
) -> None:
    make_share(make_koc(brand, "other"), code="other")
    report(brand, paid(**first))
    before = Order.objects.values().get()
    with pytest.raises(EventRefused, match="reported before, and differently") as refused:
        receive_event(brand=brand, webhook_id="w", body=json.dumps(again(paid(**later))).encode(), at=NOW + DAY)
    assert refused.value.place.startswith(place)
    assert Order.objects.values().get() == before
    assert KeptEvent.objects.get(webhook_id="w").status == "refused"


def test_what_is_left_open_later_contradicts_nothing_and_takes_nothing_away(brand: Brand) -> None:
    report(brand, paid(customer={"id": "c-1"}, share="code"))
    report(brand, again(paid()))
    order = Order.objects.select_related("customer", "given_share").get()
    assert order.customer
    assert order.given_share
    assert state() == [("k", 1980, "pending", None)]


def test_filled_gaps_are_said_in_words(brand: Brand, capsys: pytest.CaptureFixture[str]) -> None:
    report(brand, paid(customer={"id": "c"}))
    report(brand, again(paid(customer={"id": "c"}, share="code")))
    call_command("explain", "A-1", "--brand", brand.slug, "--language", "en")
    assert "k is credited: the shop named their share code." in capsys.readouterr().out
    assert OrderVersion.objects.count() == 2
