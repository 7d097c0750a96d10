"""The poster of a share: whose it is, what it recommends, and the look that the brand chose."""

import io
from typing import Any

import pytest
import zxingcpp
from django.test import Client
from PIL import Image

from accounts.people.models import Koc
from content.posters.domain.layouts import Design
from content.posters.models import PosterStyle
from content.posters.rendering.kits import poster_template
from content.posters.selectors import style_of
from referrals.shares.models import Share
from referrals.shares.rendering import url_of
from tests.support.admin_pages import page
from tests.support.clients import check_against_schema
from tests.support.factories import make_brand, make_kit, make_koc, make_product, make_share, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def share() -> Share:
    brand = make_brand(name="青岚")
    return make_share(make_koc(brand, name="小美"), make_kit(brand, product=make_product(brand, name="精华油")))


def opened(share: Share) -> Any:
    response = Client().get(f"/s/{share.code}/poster.jpg")
    check_against_schema(response)
    return response


def test_the_poster_of_a_share_leads_to_its_link(share: Share) -> None:
    response = opened(share)
    picture = Image.open(io.BytesIO(response.content))
    assert (picture.format, picture.size) == ("JPEG", (1080, 1440))
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [url_of(share)]
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert opened(share).content == response.content


def test_nobody_s_code_has_no_poster() -> None:
    assert Client().get("/s/nobody/poster.jpg").status_code == 404


def test_another_name_is_another_poster(share: Share) -> None:
    before = opened(share).content
    Koc.objects.filter(pk=share.koc_id).update(name="大壮")
    assert opened(share).content != before


def test_the_look_is_the_kits_own_else_the_brands_else_the_first(share: Share) -> None:
    assert style_of(share.kit).design == Design.EDITORIAL
    PosterStyle.objects.create(brand=share.brand, design="bold", colour="#b3261e")
    assert style_of(share.kit).design == Design.BOLD
    PosterStyle.objects.create(brand=share.brand, kit=share.kit, design="night", headline="夜里也好用")
    template = poster_template(share.kit, title="28 天")
    assert (template.design, template.text.headline, template.text.price) == (Design.NIGHT, "夜里也好用", "¥99.00")
    other = make_kit(share.brand, title="别的")
    assert (poster_template(other, title="别的").text.product, style_of(other).design) == ("别的", Design.BOLD)
    assert len({opened(share).content, Client().get(f"/s/{make_share(share.koc, other).code}/poster.jpg").content}) == 2


def test_what_cannot_be_drawn_stands_in_letters_that_can() -> None:
    brand = make_brand("thai", name="กรุงเทพ")
    kit = make_kit(brand, title="ไทย", product=make_product(brand, "S1", name="ไทย"))
    text = poster_template(kit, title="ไทย").text
    assert (text.brand, text.product, text.headline) == ("thai", "S1", "thai")
    assert opened(make_share(make_koc(brand, name="ไทย"), kit)).status_code == 200


def test_staff_see_the_poster_and_colours_are_colours(share: Share, client: Client) -> None:
    client.force_login(make_staff(share.brand))
    said = {"brand": share.brand.pk, "kit": "", "design": "bold", "colour": "red", "accent": "#e0a458", "headline": ""}
    refused = client.post(page(PosterStyle, action="add"), said)
    assert refused.context["adminform"].form.errors["colour"] == ["A colour is written as #rrggbb."]
    client.post(page(PosterStyle, action="add"), said | {"colour": "#2f6b4f"})
    shown = client.get(page(PosterStyle, PosterStyle.objects.get())).content.decode()
    assert "data:image/jpeg;base64," in shown
    loud = client.post(page(PosterStyle, action="add"), said | {"colour": "#2f6b4f", "headline": "全网最好的精华"})
    assert "最好" in loud.context["adminform"].form.errors["headline"][0]
    theirs = make_kit(make_brand())
    refused = client.post(page(PosterStyle, action="add"), said | {"colour": "#2f6b4f", "kit": theirs.pk})
    assert "kit" in refused.context["adminform"].form.errors
