"""How posters look, with the picture beside the choice."""

from base64 import b64encode
from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminColorInputWidget

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn
from content.kits.domain.objections import Objection
from content.kits.domain.texts import ANY
from content.kits.models import Kit
from content.kits.selectors.versions import in_words, pictures_of
from content.posters.domain.posters import Sharer
from content.posters.models import PosterStyle
from content.posters.rendering.kits import poster_preview, poster_template
from content.posters.rendering.posters import texts_cut
from content.review.domain.scanning import scan
from content.review.domain.word_lists import shipped_lists

SHOWN_NAME, SHOWN_LINK = "小美", "https://example.com/s/k3m9Qx2"
PREVIEW = (
    '<img src="data:image/jpeg;base64,{}" alt="{}" style="border-radius:1rem;max-width:22rem;width:100%"><p>{}</p>'
)
PARTS = {
    "brand": _("The name of the brand is cut."),
    "product": _("The name of the product is cut."),
    "headline": _("The headline is cut."),
    "price": _("The price is cut."),
}


class StyleForm(ModelForm):
    class Meta:
        widgets = {"colour": UnfoldAdminColorInputWidget, "accent": UnfoldAdminColorInputWidget}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        brand = cleaned.get("brand") or (self.instance.brand if self.instance.pk else None)
        if brand and cleaned.get("kit") and cleaned["kit"].brand_id != brand.pk:
            self.add_error("kit", _("This kit is another brand's."))
        for hit in scan(cleaned.get("headline") or "", lists=shipped_lists(), channel=ANY):
            self.add_error("headline", in_words(Objection(cleaned["headline"], hit)))
        return cleaned


@admin.register(PosterStyle)
class PosterStyleAdmin(EditableAdmin):
    is_small = True
    form = StyleForm
    list_display = ["__str__", "brand", "design", "colours"]
    list_filter = ["design", ("brand", OnlyOwn)]
    autocomplete_fields = ["kit"]
    fields = [("brand", "kit"), "design", ("colour", "accent"), "headline", "picture"]
    readonly_fields = ["picture"]

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[str]:
        return ["brand", "kit", "picture"] if obj else ["picture"]

    @display(description=_("colours"))
    def colours(self, style: PosterStyle) -> SafeString:
        swatch = '<span style="background:{};border-radius:50%;display:inline-block;height:1rem;margin-right:.25rem;width:1rem"></span>'
        return format_html_join("", swatch, [(style.colour,), (style.accent,)])

    @display(description=_("poster"))
    def picture(self, style: PosterStyle) -> SafeString | str:
        """As it was saved, with the newest kit that has this look."""
        if not style.pk:
            return "—"
        kit = (
            style.kit
            or Kit.objects.filter(brand=style.brand)
            .exclude(version=None)
            .select_related("brand", "product")
            .order_by("-created_at")
            .first()
        )
        if kit is None:
            return "—"
        pictures = pictures_of(kit.version) if kit.version else []
        template = poster_template(kit, title=kit.title, media=pictures[0] if pictures else None)
        drawn = b64encode(poster_preview(template, Sharer(SHOWN_NAME, SHOWN_LINK))).decode()
        cut = " ".join(str(PARTS[part]) for part in texts_cut(template) if part in PARTS)
        return format_html(PREVIEW, drawn, _("poster"), cut)
