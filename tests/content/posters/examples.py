"""What the tests of posters draw."""

from io import BytesIO

from PIL import Image

from content.posters.domain.colours import BrandColours
from content.posters.domain.layouts import Design
from content.posters.domain.posters import Picture, PosterTemplate, PosterText
from content.posters.rendering.posters import template_of

TEXT = PosterText(brand="青岚", product="山茶花修护精华油 30ml", headline="用了三周，换季也不再紧绷了", price="¥199.00")
COLOURS = BrandColours.parse("#2f6b4f", "#e0a458")
LINK = "https://go.qinglan.cn/s/k3m9Qx2"
NAMES = [
    "昇",
    "小鹿",
    "㛃䶮喆堃",
    "Ö",
    "Alexandria Montgomery-Fitzgerald of São Paulo",
    "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft",
    "小鹿在上海的每一天都想早点下班回家",
    "👨\u200d👩\u200d👧\u200d👦🌸小鹿🏽",
    "「（（（（（（（（（（（（（（（（（（（（（（（（（",
    "。" * 60,
    "爱用好物的小鹿妈妈" * 13,
    "W" * 120,
    "กรุงเทพ",
    "ئۇيغۇر",
    "",
]


def picture_of(size: tuple[int, int], kind: str = "JPEG", mode: str = "RGB") -> bytes:
    """A picture in which every part differs from the next."""
    drawn = BytesIO()
    Image.radial_gradient("L").resize(size).convert(mode).save(drawn, format=kind)
    return drawn.getvalue()


def example(
    design: Design = Design.EDITORIAL,
    *,
    text: PosterText = TEXT,
    picture: bytes | Picture | None = None,
    colours: BrandColours = COLOURS,
    version: str = "1",
) -> PosterTemplate:
    return template_of(design=design, text=text, colours=colours, picture=picture, version=version)
