"""Shares that are committed in another order than that of their ids, and several who fold at one moment."""

import threading

import pytest
from django.db import connection, connections, transaction
from django.db.models import F, Max

from accounts.brands.models import Brand
from foundation.postgres.arrays import whole_numbers
from foundation.postgres.transactions import one_transaction
from referrals.propagation.models import Cascade, PendingAggregate, ShareAggregate
from referrals.propagation.selectors.aggregates import aggregated_cascades
from referrals.propagation.selectors.propagation import share_cascades
from referrals.propagation.services import aggregation
from referrals.propagation.services.aggregation import aggregate_spread
from referrals.propagation.services.rebuilding import check_propagation
from referrals.shares.models import Share
from referrals.shares.services.sharing import share_kit
from referrals.visits.models import Visit
from referrals.visits.services.visits import record_visit
from tests.support.concurrency import Rendezvous, run_at_once
from tests.support.factories import NOW, make_brand, make_kit, make_koc, make_share


def by_watermark(brand: Brand, mark: int) -> int:
    """What aggregation would count that looks for ids above the last one it has seen; the new last one."""
    fresh = Share.objects.filter(brand=brand, pk__gt=mark)
    Cascade.objects.filter(brand=brand).update(shares=F("shares") + fresh.count())
    return fresh.aggregate(last=Max("pk"))["last"] or mark


@pytest.mark.parametrize("guard", ["queue", "watermark"])
def test_a_share_that_is_committed_after_a_later_one_was_folded_is_counted(committed: None, guard: str) -> None:
    """The id is drawn when the row is written and seen when it is committed. By a watermark on ids the early one is
    lost; by the queue it is not."""
    brand = make_brand()
    kit, koc = make_kit(brand), make_koc(brand)
    root = make_share(koc, kit)
    aggregate_spread(brand=brand, at=NOW)
    mark = root.pk
    written, folded = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            make_share(koc, kit, parent=root, key="early")
            written.set()
            folded.wait()
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    written.wait()
    late = make_share(koc, kit, parent=root, key="late")
    mark = by_watermark(brand, mark) if guard == "watermark" else mark
    if guard == "queue":
        aggregate_spread(brand=brand, at=NOW)
    assert Cascade.objects.get().shares == 2
    folded.set()
    thread.join()
    assert Share.objects.get(key="early").pk < late.pk
    if guard == "watermark":
        by_watermark(brand, mark)
        assert (Cascade.objects.get().shares, Share.objects.count()) == (2, 3)
    else:
        aggregate_spread(brand=brand, at=NOW)
        assert Cascade.objects.get().shares == 3
        assert check_propagation(brand=brand).differences == []


@pytest.mark.parametrize("guarded", [True, False])
def test_of_two_who_fold_at_one_moment_each_share_is_counted_once(
    committed: None, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Without the lock each reads the sizes before the other has written them, and one count is lost."""
    brand = make_brand()
    kit, koc = make_kit(brand), make_koc(brand)
    root = make_share(koc, kit)
    aggregate_spread(brand=brand, at=NOW)
    for _ in range(2):
        make_share(koc, kit, parent=root)
    monkeypatch.setattr(aggregation, "BATCH", 1)
    if not guarded:
        monkeypatch.setattr(aggregation, "lock_aggregation", lambda brand: None)
        # Each takes another one.
        monkeypatch.setattr(aggregation, "NEXT", f"{aggregation.NEXT} FOR UPDATE SKIP LOCKED")
        monkeypatch.setattr(aggregation, "whole_numbers", Rendezvous(whole_numbers))
        run_at_once(*[lambda: aggregation._aggregate_batch(brand, at=NOW)] * 2)
        assert ShareAggregate.objects.get(share=root).size == 2  # of 3
        return
    assert run_at_once(*[lambda: aggregate_spread(brand=brand, at=NOW)] * 2) == [True, True]
    assert ShareAggregate.objects.get(share=root).size == 3


def test_under_one_viral_root_hands_share_and_open_while_others_fold(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aggregation, "BATCH", 4)
    brand = make_brand()
    kit = make_kit(brand)
    root = make_share(make_koc(brand), kit)
    hands = [[make_koc(brand) for _ in range(5)] for _ in range(3)]

    def share(number: int) -> None:
        via = root.code
        for koc in hands[number]:
            made = share_kit(koc=koc, kit=kit, channel="moments", via=via, at=NOW).share
            record_visit(share=made, visitor=f"v{number}", robot=False, at=NOW)
            via = made.code if number else root.code

    def fold() -> None:
        for _ in range(8):
            aggregate_spread(brand=brand, at=NOW)

    assert run_at_once(*[lambda number=number: share(number) for number in range(3)], fold, fold) == [None] * 5
    aggregate_spread(brand=brand, at=NOW)
    assert (Cascade.objects.get().shares, Visit.objects.count(), PendingAggregate.objects.count()) == (16, 15, 0)
    assert aggregated_cascades(brand) == share_cascades(brand)
    assert check_propagation(brand=brand).differences == []


def test_who_shares_does_not_wait_for_who_folds(committed: None) -> None:
    """Folding holds only rows of its own: a share under the same root is made while a batch is open."""
    brand = make_brand()
    kit, koc, another = make_kit(brand), make_koc(brand), make_koc(brand)
    root = make_share(koc, kit)

    def share() -> object:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        return share_kit(koc=another, kit=kit, channel="moments", via=root.code, at=NOW)

    with one_transaction():
        aggregation._aggregate_batch(brand, at=NOW)
        [made] = run_at_once(share)
    assert made.fresh
    aggregate_spread(brand=brand, at=NOW)
    assert Cascade.objects.get().shares == 2
