"""Pictures of a brand: staff upload many at once, say what they show, and see what KOCs uploaded."""

from functools import partial
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from accounts.access.permissions.staff import EditableAdmin, OnlyOwn, own_brands
from accounts.access.permissions.stepping import ConfirmedActions, OfBrand
from accounts.people.models import User
from content.media.domain.headers import scale_of
from content.media.domain.limits import LONGEST_ALT, MIB, MOST_BYTES, MOST_PICTURES, MOST_STAFF_BYTES
from content.media.domain.refusals import PictureRefused
from content.media.models import Media
from content.media.rendering.addresses import address_of
from content.media.rendering.pictures import inspected
from content.media.services.pictures import describe_picture, store_picture
from foundation.admin.pages import list_of
from foundation.files.faults import LONGEST, Refusal, beginning, on_one_line
from foundation.texts.translation import translated_messages


class PicturesWidget(forms.ClearableFileInput):
    """Shows what was chosen before it is sent."""

    template_name = "content/pictures_input.html"
    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__({"accept": "image/jpeg,image/png,image/webp,image/heic,.heic"})


class ChosenPictures(forms.FileField):
    """One or several pictures, judged by their first bytes and headers; each refusal names its file."""

    widget = PicturesWidget

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = [super(ChosenPictures, self).clean(one, initial) for one in data or [None]]
        if len(files) > MOST_PICTURES:
            raise ValidationError(_("At most %(most)s pictures at once.") % {"most": MOST_PICTURES}, code="too_many")
        faults = []
        for file in files:
            try:
                scale_of(inspected(file))
            except PictureRefused as refusal:
                faults.append(f"{shown_name(file)}: {' '.join(translated_messages(refusal))}")
        if faults:
            raise ValidationError([ValidationError(fault, code="picture") for fault in faults])
        return files


def shown_name(file: Any) -> str:
    return on_one_line(beginning(str(file.name), LONGEST))


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
    list_display = ["thumbnail", "alt", "size", "koc", "brand", "is_private", "created_at"]
    list_display_links = ["thumbnail"]
    list_filter = [("brand", OnlyOwn)]
    fields = [
        "preview", "alt", "is_private", ("brand", "koc"), ("uploaded_by", "created_at"), ("format", "size"), "digest", "public_id",
    ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["preview", "brand", "koc", "uploaded_by", "created_at", "format", "size", "digest", "public_id"]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Several pictures at once, each a row of its own. One that turns out to be damaged keeps no other, and is
        named."""
        return self.step(
            request,
            partial(self._store, request),
            title=_("Upload pictures"),
            texts=[
                _(
                    "JPEG, PNG, WebP or HEIC, at most %(most)s at once of %(size)s MiB each. Place and camera are removed from them."
                )
                % {"most": MOST_PICTURES, "size": MOST_BYTES // MIB}
            ],
            submit=_("Upload"),
            back=list_of(Media),
            form=partial(Uploading, brands=own_brands(request.user)),
        )

    vars()["add_view"].most_bytes = MOST_STAFF_BYTES  # a larger form is refused before it is read

    def _store(self, request: HttpRequest, asked: Uploading) -> str:
        said, stored = asked.cleaned_data, 0
        faults: list[str] = []
        for file in said["pictures"]:
            try:
                store_picture(
                    brand=said["brand"],
                    file=file,
                    alt=said["alt"],
                    by=cast(User, request.user),
                    is_private=said["is_private"],
                    at=timezone.now(),
                )
                stored += 1
            except PictureRefused as refusal:
                faults.append(f"{shown_name(file)}: {' '.join(translated_messages(refusal))}")
        if not stored:
            raise Refusal("\n".join(faults))
        for fault in faults:
            messages.error(request, fault)
        return ngettext("%(count)s picture is stored.", "%(count)s pictures are stored.", stored) % {"count": stored}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        describe_picture(media=obj, alt=obj.alt, is_private=obj.is_private)

    @display(description=gettext_lazy("picture"))
    def thumbnail(self, media: Media) -> SafeString:
        return _shown(media, width=320, style="height: 3.5rem; max-width: 6rem; object-fit: contain")

    @display(description=gettext_lazy("picture"))
    def preview(self, media: Media) -> SafeString:
        return _shown(media, width=1080, style="max-height: 28rem; max-width: 100%")

    @display(description=gettext_lazy("size"))
    def size(self, media: Media) -> str:
        return f"{media.width:,} × {media.height:,} · {filesizeformat(media.bytes)}"


def _shown(media: Media, *, width: int, style: str) -> SafeString:
    return format_html(
        '<img src="{}" alt="{}" loading="lazy" style="{}">',
        address_of(media, at=timezone.now(), width=width),
        media.alt or str(media),
        style,
    )
