"""How large a text is drawn. A character is as wide as its size here, a letter half as wide."""

from hypothesis import given
from hypothesis import strategies as st

from content.posters.domain.fitting import Attempt, Fitted, fitted

ATTEMPTS = (Attempt(40, 1), Attempt(30, 1), Attempt(20, 2))


def measure(text: str, size: int) -> float:
    return sum(size / 2 if character.isascii() else size for character in text)


def fit(text: str, width: int = 120) -> Fitted:
    return fitted(text, language="zh-hans", width=width, attempts=ATTEMPTS, measure=measure)


def test_a_short_text_is_as_large_as_can_be() -> None:
    assert fit("小鹿") == Fitted(40, ("小鹿",))


def test_a_longer_one_is_smaller_then_on_two_lines_then_cut() -> None:
    assert fit("小鹿妈妈") == Fitted(30, ("小鹿妈妈",))
    assert fit("小鹿妈妈住在上海") == Fitted(20, ("小鹿妈妈", "住在上海"))
    assert fit("小鹿妈妈住在上海静安每天喝茶") == Fitted(20, ("小鹿妈妈住在", "上海静安每…"), cut=True)


def test_a_long_word_is_parted_when_there_is_no_other_way() -> None:
    assert fit("abcdefghijklmnopqr") == Fitted(20, ("abcdefghi", "jklmnopqr"))
    assert fit("abcdefghijklmnopqrstuvwxyz") == Fitted(20, ("abcdefghijkl", "mnopqrstuv…"), cut=True)


def test_what_may_be_parted_nowhere_is_cut_all_the_same() -> None:
    assert fit("。" * 20) == Fitted(20, ("。" * 6, "。" * 5 + "…"), cut=True)
    assert fit("小。鹿", width=20) == Fitted(20, ("小", "…"), cut=True)


@given(st.text(alphabet="小鹿妈，。（「 ab-¥1—…🌸", min_size=1, max_size=120).filter(lambda text: bool(text.strip())))
def test_every_text_fits(text: str) -> None:
    text = " ".join(text.split())
    found = fit(text)
    assert Attempt(found.size, len(found.lines)) in [
        Attempt(size, n) for size, most in ATTEMPTS for n in range(1, most + 1)
    ]
    assert all(line and measure(line, found.size) <= 120 for line in found.lines)
    shown = "".join(found.lines).replace(" ", "")
    assert text.replace(" ", "").startswith(shown[:-1] if found.cut else shown)
    assert found.cut or len(shown) == len(text.replace(" ", ""))
