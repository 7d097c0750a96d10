"""Means lie where a textbook says."""

import math
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.results.domain import FEWEST, Z_95, mean_of

amounts = st.lists(st.integers(0, 10**12), min_size=FEWEST, max_size=200)


def of(values: list[int]) -> tuple[int, int, int]:
    return len(values), sum(values), sum(value**2 for value in values)


def test_nothing_has_no_mean_and_few_have_no_interval() -> None:
    assert mean_of(0, 0, 0) is None
    assert mean_of(*of([10] * (FEWEST - 1))) == (10, None, None)


@given(amounts)
def test_the_interval_is_the_normal_one(values: list[int]) -> None:
    found = mean_of(*of(values))
    assert found
    assert found.low is not None
    assert found.high is not None
    spread = Z_95 * stdev(values) / math.sqrt(len(values))
    assert found.value == pytest.approx(mean(values))
    assert found.high == pytest.approx(mean(values) + spread)
    assert found.low == pytest.approx(max(mean(values) - spread, 0), abs=1e-6 * (1 + mean(values)))
    assert 0 <= found.low <= found.value <= found.high


def test_large_amounts_that_are_near_each_other_lose_nothing() -> None:
    found = mean_of(*of([10**15, 10**15 + 2] * 15))
    assert found
    assert found.high is not None
    assert found.high - found.value == pytest.approx(
        Z_95 * stdev([0, 2] * 15) / math.sqrt(30), abs=0.13
    )  # what a float holds
