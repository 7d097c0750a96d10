"""Whatever a text is, its hits lie in it."""

from hypothesis import given
from hypothesis import strategies as st

from content.review.domain.disclosure import missing_disclosure
from content.review.domain.prices import Prices
from content.review.domain.scanning import scan
from content.review.domain.word_lists import shipped_lists

WORDS = [word for words in shipped_lists().lists for group in words.groups for word in group.words]
NOISE = [
    "",
    " ",
    "\u200b",
    "，",
    "。",
    "🔥",
    "㍿",
    "ﷺ",
    "\ud800",
    "zui",
    "hao",
    "１",
    "—",
    "\u0301",
    "¥199",
    "九块九",
    "https://a.example/b",
]
scan("", lists=shipped_lists(), channel="douyin")  # compiles, which is no example's time
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(NOISE) | st.sampled_from(WORDS) | st.characters(), max_size=30).map("".join),
)


@given(TEXTS)
def test_every_hit_lies_in_the_text_and_no_two_overlap(text: str) -> None:
    hits = scan(text, lists=shipped_lists(), channel="douyin", prices=Prices(frozenset({100})))
    end = 0
    for hit in hits:
        assert end <= hit.start < hit.end <= len(text)
        assert hit.found == text[hit.start : hit.end]
        end = hit.end
    assert hits == scan(text, lists=shipped_lists(), channel="douyin", prices=Prices(frozenset({100})))


@given(TEXTS)
def test_a_missing_mark_is_reported_at_a_link(text: str) -> None:
    for hit in missing_disclosure(text):
        assert hit.found == text[hit.start : hit.end] != ""


@given(
    st.sampled_from(WORDS), st.sampled_from([" ", "\u200b", "🔥", "*", "·", "\u00ad"]), st.text("我们去看", max_size=5)
)
def test_whatever_hides_between_its_letters_a_word_is_found_or_excepted_as_without(
    word: str, between: str, around: str
) -> None:
    def places(text: str) -> list[str]:
        return [hit.word for hit in scan(text, lists=shipped_lists(), channel="douyin", by_sound=False)]

    assert places(around + between.join(word) + around) == places(around + word + around)
