import pytest

from growth.contests.domain import BadPrize, Prized, prizes, ranks


def test_prizes_are_read_one_a_line_and_stand_in_the_order_of_ranks() -> None:
    text = "2-10: 护肤套装\n\n 1： 三亚双人游 \n11~12: a mug"
    assert prizes(text) == [Prized(1, 1, "三亚双人游"), Prized(2, 10, "护肤套装"), Prized(11, 12, "a mug")]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1: 10 元 每邀请一人", "people may be counted, never paid for by the head"),
        ("1: 5 yuan per recruit", "people may be counted, never paid for by the head"),
        ("first: a trip", "write RANK: PRIZE, or FROM-TO: PRIZE"),
        ("0: a trip", "ranks go up from 1"),
        ("5-2: a trip", "ranks go up from 1"),
        ("1-3: a trip\n3: a mug", "a rank has a prize already"),
    ],
)
def test_a_prize_that_cannot_be_is_refused_with_its_line(text: str, fault: str) -> None:
    with pytest.raises(BadPrize, match=fault):
        prizes(text)


def test_equal_scores_share_a_rank() -> None:
    assert ranks([90, 70, 70, 10]) == [1, 2, 2, 4]
    assert ranks([]) == []
