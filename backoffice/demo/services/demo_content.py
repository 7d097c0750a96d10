"""What staff and KOCs do with content in the demo: pictures of every product, looks of posters, a second version that
another person published, a text that was sent back, a kit for who has used its product, suggestions with answers, and
posts that are live."""

import io
from datetime import datetime, timedelta

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from backoffice.demo.rendering.pictures import product_picture
from commissions.orders.services.uses import refresh_uses
from content.kits.models import Heading, Kit, KitVersion, Section
from content.kits.services.versions import add_pictures, draft_of, publish_version, send_back_version, submit_version
from content.media.models import Media
from content.media.services.pictures import store_picture
from content.posters.models import PosterStyle
from content.products.models import Product
from content.products.services import add_product_pictures, record_use
from content.review.models import ReviewPolicy
from content.suggestions.services import answer_suggestion, suggest
from referrals.shares.models import Share
from referrals.shares.services.proofs import decide_proof, send_proof

STYLES = {
    "white-tea-28-days": ("editorial", "#2f6b4f", "#e0a458"),
    "commute-sunscreen": ("bold", "#d9793b", "#fff1d6"),
    "camellia-winter": ("night", "#7a2e3b", "#e8b7a0"),
}
REWRITTEN = "commute-sunscreen"
TITLES = {"xiaohongshu": ("早八人的三分钟防晒", ["通勤", "防晒", "早八人"]), "any": ("早八人的通勤防晒", [])}
OTHER_WORDS = "{name}的早八流程：洗脸、防晒、出门。它推开就透，{days|好几}天下来没搓过泥，口罩里也不闷。"
SENT_BACK = "gentle-cleanser"
TOO_LOUD = "全网最好用的洁面，用过的都说好，{name}强烈推荐！"
FOR_USERS = "moss-lotion-oily"
SAMPLE = "寄过一瓶试用装，单号 SF2026-0117"
SUGGESTIONS = [
    ("精华能不能出个 10ml 的小瓶？出差不想带大的。", "planned", "已经在打样，明年春天见。"),
    ("快递盒里少放点填充纸吧。", "adopted", "从这个月起改用蜂窝纸。"),
    ("防晒想要带颜色的。", "declined", "我们只做不调色的配方，怕过敏的人也能用。"),
    ("面膜可以拆单片卖吗？", "", ""),
]


def fill_content(*, brand: Brand, staff: User, finance: User, at: datetime) -> None:
    """Everything of content, as it is at the end of the story."""
    ReviewPolicy.objects.create(brand=brand, needs_second_person=True)
    picture_products(brand=brand, at=at)
    for key, (design, colour, accent) in STYLES.items():
        kit = Kit.objects.get(brand=brand, key=key)
        PosterStyle.objects.create(brand=brand, kit=kit, design=design, colour=colour, accent=accent)
    rewrite(brand=brand, author=staff, publisher=finance, at=at)
    send_back(brand=brand, author=staff, at=at)
    ask_for_use(brand=brand, staff=staff, at=at)
    for number, (koc, (text, status, answer)) in enumerate(zip(_kocs(brand), SUGGESTIONS, strict=False)):
        made = suggest(koc=koc, text=text, at=at - timedelta(days=20 - 4 * number))
        if status:
            answer_suggestion(suggestion=made, status=status, answer=answer, by=staff, at=at - timedelta(days=1))
    shares = Share.objects.filter(brand=brand, channel="xiaohongshu").order_by("-shared_at")[:3]
    for number, share in enumerate(shares):
        url = f"https://www.xiaohongshu.com/explore/qinglan{number}"
        proof, _fresh = send_proof(share=share, url=url, picture=None, is_marked=number < 2, at=at)
        if number == 0:
            decide_proof(proof=proof, confirm=True, reason="", by=staff, at=at)


def picture_products(*, brand: Brand, at: datetime) -> None:
    for number, product in enumerate(Product.objects.filter(brand=brand).order_by("sku")):
        add_product_pictures(product=product, pictures=[_stored(brand, product, number, view, at) for view in range(2)])


def _stored(brand: Brand, product: Product, number: int, view: int, at: datetime) -> Media:
    file = io.BytesIO(product_picture(number, view))
    return store_picture(brand=brand, file=file, alt=product.name, by=None, is_private=False, at=at)


def rewrite(*, brand: Brand, author: User, publisher: User, at: datetime) -> KitVersion:
    """The next version of a kit: a title and tags for Xiaohongshu, pictures of its own, a checklist, two variants of a text;
    published by another person than who wrote it."""
    kit = Kit.objects.get(brand=brand, key=REWRITTEN)
    draft = draft_of(kit=kit, by=author, at=at - timedelta(days=9))
    KitVersion.objects.filter(pk=draft.pk).update(
        channels=["moments", "community", "xiaohongshu", "douyin"],
        usage_rights="可在个人账号发布，期限一年；不得用于其他商业用途。",
        checklist=["文案里已写「广告」", "配图不超过 9 张", "没有修改价格"],
    )
    for channel, (title, tags) in TITLES.items():
        Heading.objects.create(version=draft, channel=channel, title=title, tags=tags)
    Section.objects.filter(version=draft, kind="usage", channel="any").update(variant="A")
    Section.objects.create(version=draft, kind="usage", channel="any", variant="B", text=OTHER_WORDS, position=9)
    product = kit.product
    if product is not None:
        add_pictures(version=draft, pictures=[_stored(brand, product, 10, view, at) for view in range(3)])
    draft.refresh_from_db()
    submit_version(version=draft, at=at - timedelta(days=8))
    publish_version(version=draft, by=publisher, at=at - timedelta(days=7))
    return draft


def send_back(*, brand: Brand, author: User, at: datetime) -> KitVersion:
    """A text that the reviewer sent back, and which the review objects to since it was written anew: it cannot be
    submitted."""
    kit = Kit.objects.get(brand=brand, key=SENT_BACK)
    draft = draft_of(kit=kit, by=author, at=at - timedelta(days=3))
    KitVersion.objects.filter(pk=draft.pk).update(channels=["moments"])
    draft.refresh_from_db()
    submit_version(version=draft, at=at - timedelta(days=2))
    send_back_version(version=draft, reason="读起来像广告语，请换成自己的话。")
    Section.objects.filter(version=draft, kind="usage", channel="any").update(text=TOO_LOUD)
    return draft


def ask_for_use(*, brand: Brand, staff: User, at: datetime) -> None:
    """A kit that only who has used its product may share: some bought it, one was sent a sample, the others have not."""
    kit = Kit.objects.get(brand=brand, key=FOR_USERS)
    Kit.objects.filter(pk=kit.pk).update(needs_use=True)
    refresh_uses(brand=brand, at=at)
    if kit.product is not None:
        sampled = _kocs(brand)[-1]
        record_use(koc=sampled, product=kit.product, since=at - timedelta(days=40), reason=SAMPLE, by=staff, at=at)


def _kocs(brand: Brand) -> list[Koc]:
    return list(Koc.objects.filter(brand=brand, status=Koc.Status.ACTIVE).order_by("joined_at")[: len(SUGGESTIONS)])
