"""How the channels count, and what does not fit them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.channels.domain.counting import beginning, length
from content.channels.domain.limits import ChannelLimits, PictureLimit, Post, TagLimit, TextLimit, fitting, misfits
from content.channels.selectors import channel_limits

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("text", "characters", "width", "bytes_"),
    [
        ("", 0, 0, 0),
        ("28 天", 4, 3, 6),
        ("abcde", 5, 3, 5),
        ("精华ab", 4, 3, 8),
        ("，。", 2, 2, 6),
        (FAMILY, 1, 1, 18),
        ("👍🏽👍", 2, 2, 12),
        ("e\u0301", 1, 1, 3),
        ("A" * 40, 40, 20, 40),
        ("字" * 20, 20, 20, 60),
    ],
)
def test_a_text_is_as_long_as_the_channel_counts(text: str, characters: int, width: int, bytes_: int) -> None:
    assert [length(text, unit) for unit in ("characters", "width", "bytes")] == [characters, width, bytes_]


def test_nothing_is_counted_otherwise() -> None:
    with pytest.raises(ValueError, match="words"):
        length("a", "words")


@given(st.text(max_size=40), st.sampled_from(["characters", "width", "bytes"]), st.integers(0, 30))
def test_the_beginning_of_a_text_fits_and_is_the_longest_that_does(text: str, unit: str, most: int) -> None:
    kept = beginning(text, unit, most)
    assert text.startswith(kept)
    assert length(kept, unit) <= most
    if kept != text:
        longer = next(text[:end] for end in range(len(kept) + 1, len(text) + 1) if length(text[:end], "characters") > length(kept, "characters"))  # fmt: skip
        assert length(longer, unit) > most


def test_what_does_not_fit_is_named() -> None:
    limits = channel_limits()["xiaohongshu"]
    assert list(misfits(Post("正文", "A" * 40, ["x"] * 10, 18), limits)) == []
    found = dict(misfits(Post("字" * 1001, "字" * 21, ["x"] * 11, 19), limits))
    assert found == {
        "title": "21 full-width characters are too long: at most 20",
        "text": "1001 characters are too long: at most 1000",
        "tags": "11 are too many: at most 10",
        "pictures": "19 are too many: at most 18",
    }


def test_a_channel_may_count_tags_as_text_limit_bytes_too_and_want_a_least() -> None:
    douyin, wecom, channels = (channel_limits()[name] for name in ("douyin", "wecom_moments", "channels"))
    assert list(misfits(Post("字" * 998, tags=["好"]), douyin)) == [
        ("text", "1001 characters are too long: at most 1000")
    ]
    assert list(misfits(Post("字" * 1500), wecom)) == [("text", "4500 bytes are too long: at most 4000")]
    assert [fault for _, fault in misfits(Post("x", "28 天"), channels)] == [
        "4 characters are too short: at least 6",
        "this channel takes no   here",
    ]
    assert list(misfits(Post("x", "《二十八天》实录"), channels)) == []


def test_a_post_fits_the_channels_that_take_it() -> None:
    limits = {"long": _taking(10), "short": _taking(3)}
    assert fitting(Post("四个字的"), limits) == ["long"]


def _taking(most: int) -> ChannelLimits:
    return ChannelLimits(TextLimit(most), PictureLimit(9, 1), "a test", "2026-11-30", "code", tags=TagLimit(1))


def test_every_channel_says_who_says_so() -> None:
    assert set(channel_limits()) == {"moments", "wecom_moments", "wecom_group", "community", "xiaohongshu", "douyin", "channels", "weibo"}  # fmt: skip
    assert all(limits.pictures.most >= 9 for limits in channel_limits().values())


def test_posts_lie_on_the_channel_s_own_hosts_alone() -> None:
    limits = msgspec.structs.replace(channel_limits()["weibo"], hosts=frozenset({"weibo.com"}))
    for host in ("weibo.com", "m.weibo.com", "WWW.Weibo.com", "weibo.com."):
        assert limits.has_post_at(host), host
    for host in ("", "notweibo.com", "weibo.com.example", "com", "weibo"):
        assert not limits.has_post_at(host), host
    assert not channel_limits()["moments"].has_post_at("weixin.qq.com")
