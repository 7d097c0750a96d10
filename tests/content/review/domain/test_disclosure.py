import pytest

from content.review.domain.disclosure import missing_disclosure


@pytest.mark.parametrize(
    "post",
    [
        "广告 https://shop.example/s/abc", "好用。【广告】https://shop.example/a", "#广告 www.shop.cn/a", "「廣告」 http://a.example",
        "没有链接的笔记", "广告：shop.com/a", "写信给 me@shop.com", "版本1.2.com2",
    ],
)  # fmt: skip
def test_a_marked_post_and_one_without_a_link_are_fine(post: str) -> None:
    assert missing_disclosure(post) == []


@pytest.mark.parametrize(
    ("post", "link"),
    [
        ("好用 https://shop.example/s/abc，快去", "https://shop.example/s/abc"),
        ("这不是广告 https://shop.example", "https://shop.example"),
        ("广告语不错 shop.com/a 看看", "shop.com/a"),
        ("复制 ￥AbCd1234xy￥ 打开", "￥AbCd1234xy￥"),
    ],
)
def test_a_link_without_the_mark_is_a_hit(post: str, link: str) -> None:
    (hit,) = missing_disclosure(post)
    assert hit.found == link == post[hit.start : hit.end]
    assert (hit.category, hit.word) == ("disclosure", "广告")
