"""From touches to credit: the shared models by hand, and what must hold for any touches."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.attribution.domain.attribution import SHARED, Credit, Touch, credits, weights
from tests.support.factories import NOW

DAY = timedelta(days=1)


def by(*kocs: int, ago: list[float] | None = None) -> list[Touch]:
    """Touches of these KOCs in time order, the last one a day before the payment; each through a share of its own."""
    days = ago or list(range(len(kocs), 0, -1))
    return [Touch(koc, 100 + place, NOW - days[place] * DAY) for place, koc in enumerate(kocs)]


def divided(model: str, touches: list[Touch]) -> list[tuple[int, int]]:
    return [(credit.koc, credit.bps) for credit in credits(model, touches, paid_at=NOW)]


def test_linear_counts_every_touch_alike() -> None:
    assert divided("linear", by(1, 2)) == [(1, 5000), (2, 5000)]
    assert divided("linear", by(1, 2, 3)) == [(1, 3334), (2, 3333), (3, 3333)]
    assert divided("linear", by(1, 2, 1)) == [(1, 6667), (2, 3333)]


def test_position_gives_forty_to_the_first_and_the_last_and_twenty_between() -> None:
    assert divided("position", by(1, 2, 3)) == [(1, 4000), (2, 2000), (3, 4000)]
    assert divided("position", by(1, 2, 3, 4)) == [(1, 4000), (2, 1000), (3, 1000), (4, 4000)]
    assert divided("position", by(1, 2, 2, 2, 1)) == [(1, 8000), (2, 2000)]
    assert divided("position", by(1, 2, 3, 4, 5)) == [(1, 4000), (2, 667), (3, 667), (4, 666), (5, 4000)]


def test_position_of_two_is_even_and_of_one_is_all() -> None:
    assert divided("position", by(1, 2)) == [(1, 5000), (2, 5000)]
    assert divided("position", by(1)) == [(1, 10_000)]


def test_time_decay_halves_every_seven_days() -> None:
    """Fourteen, seven and no days: 1, 2 and 4 of 7."""
    assert divided("time_decay", by(1, 2, 3, ago=[14, 7, 0])) == [(1, 1429), (2, 2857), (3, 5714)]
    assert divided("time_decay", by(1, 2, ago=[8, 1])) == [(1, 3333), (2, 6667)]
    assert divided("time_decay", by(1, 2, ago=[3.5, 0])) == [(1, 4142), (2, 5858)]  # 1 and √2


def test_a_touch_that_decayed_to_less_than_a_basis_point_gets_no_credit() -> None:
    assert divided("time_decay", by(1, 2, ago=[365, 0])) == [(2, 10_000)]
    # Never nothing: who is alone has all of it
    assert weights("time_decay", by(1, 2, ago=[3650, 0]), paid_at=NOW) == [
        1,
        10**18,
    ]
    assert divided("time_decay", by(1, ago=[3650])) == [(1, 10_000)]


def test_whose_first_touch_was_earliest_stands_first_and_the_last_share_is_named() -> None:
    assert credits("linear", by(2, 1, 2), paid_at=NOW) == [Credit(2, 102, 6667), Credit(1, 101, 3333)]


@pytest.mark.parametrize("model", SHARED)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 60)), min_size=1, max_size=12))
def test_credit_sums_to_all_of_it_and_names_each_koc_once(model: str, seen: list[tuple[int, int]]) -> None:
    touches = [
        Touch(koc, place, NOW - days * DAY) for place, (koc, days) in enumerate(sorted(seen, key=lambda one: -one[1]))
    ]
    parts = credits(model, touches, paid_at=NOW)
    assert sum(part.bps for part in parts) == 10_000
    assert min(part.bps for part in parts) > 0
    kocs = [part.koc for part in parts]
    assert len(set(kocs)) == len(kocs)
    firsts = list(dict.fromkeys(touch.koc for touch in touches))
    assert kocs == [koc for koc in firsts if koc in kocs]
