"""Pictures of a brand: staff upload many at once, say what they show, and see what KOCs uploaded."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn, own_brands
from accounts.access.permissions.stepping import ConfirmedActions, OfBrand
from content.media.admin.choosing import ChosenPictures, shown_picture, store_chosen, thumbnail_of, what_is_taken
from content.media.domain.limits import LONGEST_ALT, MOST_STAFF_BYTES
from content.media.models import Avatar, Media
from content.media.services.avatars import remove_avatar
from content.media.services.pictures import describe_picture
from foundation.admin.pages import list_of, moment


class Uploading(OfBrand):
    pictures = ChosenPictures(label=gettext_lazy("pictures"))
    alt = forms.CharField(
        label=gettext_lazy("what they show, for who cannot see them"),
        required=False,
        max_length=LONGEST_ALT,
        widget=UnfoldAdminTextInputWidget,
    )
    is_private = forms.BooleanField(
        label=gettext_lazy("private: only an address that is signed and expires shows them"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )


@admin.register(Media)
class MediaAdmin(ConfirmedActions, EditableAdmin):
    list_per_page = 6  # a page of pictures is as light as others
    list_display = ["thumbnail", "alt", "size", "koc", "brand", "is_private", "created_at"]
    list_display_links = ["thumbnail"]
    list_filter = [("brand", OnlyOwn)]
    fields = [
        "preview", "alt", "is_private", ("brand", "koc"), ("uploaded_by", "created_at"), "avatar_since", ("format", "size"), "digest",
        "public_id",
    ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [
            "preview",
            "brand",
            "koc",
            "uploaded_by",
            "created_at",
            "avatar_since",
            "format",
            "size",
            "digest",
            "public_id",
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Several pictures at once, each a row of its own. One that turns out to be damaged keeps no other, and is
        named."""
        return self.step(
            request,
            partial(self._store, request),
            title=_("Upload pictures"),
            texts=[what_is_taken()],
            submit=_("Upload"),
            back=list_of(Media),
            form=partial(Uploading, brands=own_brands(request.user)),
        )

    vars()["add_view"].most_bytes = MOST_STAFF_BYTES  # a larger form is refused before it is read

    def _store(self, request: HttpRequest, asked: Uploading) -> str:
        stored = len(store_chosen(request, asked.cleaned_data["brand"], asked.cleaned_data))
        return ngettext("%(count)s picture is stored.", "%(count)s pictures are stored.", stored) % {"count": stored}

    actions_detail = ["no_avatar"]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Where it is one."""
        media = self.get_object(request, object_id)
        is_shown = media is not None and Avatar.objects.filter(media=media).exists()
        return super().get_actions_detail(request, object_id) if is_shown else []

    @action(description=gettext_lazy("Take off the posters"), url_path="no-avatar", icon="block")
    def no_avatar(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """A picture that a KOC shows of themselves, and that the brand does not want to be seen."""
        media = self.found(request, object_id)

        def act(_said: Any) -> str:
            remove_avatar(koc=media.koc, media=media)
            return _("It is not shown any more.")

        texts = [
            _(
                "The posters and pages of the KOC show the first letter of the name instead. They may choose another picture."
            )
        ]
        return self.step(
            request,
            act,
            title=_("Take an avatar off the posters"),
            texts=texts,
            submit=_("Take off"),
            back=list_of(Media),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        describe_picture(media=obj, alt=obj.alt, is_private=obj.is_private)

    @display(description=gettext_lazy("picture"))
    def thumbnail(self, media: Media) -> SafeString:
        return thumbnail_of(media)

    @display(description=gettext_lazy("picture"))
    def preview(self, media: Media) -> SafeString:
        return shown_picture(media, width=1080, style="max-height: 28rem; max-width: 100%")

    @display(description=gettext_lazy("avatar since"))
    def avatar_since(self, media: Media) -> str:
        avatar = Avatar.objects.filter(media=media).first()
        return moment(avatar.set_at) if avatar else "—"

    @display(description=gettext_lazy("size"))
    def size(self, media: Media) -> str:
        return f"{media.width:,} × {media.height:,} · {filesizeformat(media.bytes)}"
