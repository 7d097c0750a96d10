"""How staff choose pictures on a form, and how they are shown to them."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.access.permissions.staff import EditableInline
from accounts.brands.models import Brand
from accounts.people.models import User
from content.media.domain.headers import scale_of
from content.media.domain.limits import LONGEST_ALT, MIB, MOST_BYTES, MOST_PICTURES
from content.media.domain.refusals import PictureRefused
from content.media.models import Media
from content.media.rendering.addresses import address_of
from content.media.rendering.pictures import inspected
from content.media.services.pictures import store_picture
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


class AddingPictures(forms.Form):
    """Pictures for something that shows them."""

    pictures = ChosenPictures(label=gettext_lazy("pictures"))
    alt = forms.CharField(
        required=False,
        max_length=LONGEST_ALT,
        label=gettext_lazy("what they show, for who cannot see them"),
        widget=UnfoldAdminTextInputWidget,
    )


class PicturesInOrder(EditableInline):
    """Pictures are added on a page of their own; here they are put in order and taken out."""

    fields = ["thumbnail", "position"]
    readonly_fields = ["thumbnail"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=gettext_lazy("picture"))
    def thumbnail(self, row: Any) -> SafeString:
        return thumbnail_of(row.media)


def what_is_taken() -> str:
    return _(
        "JPEG, PNG, WebP or HEIC, at most %(most)s at once of %(size)s MiB each. Place and camera are removed from them."
    ) % {"most": MOST_PICTURES, "size": MOST_BYTES // MIB}


def store_chosen(request: HttpRequest, brand: Brand, said: dict[str, Any]) -> list[Media]:
    """Store the `pictures` of a form with their `alt`; private where it says `is_private`. One that turns out to be
    damaged keeps no other, and is named. Raises Refusal when none is stored."""
    stored: list[Media] = []
    faults: list[str] = []
    for file in said["pictures"]:
        try:
            stored.append(
                store_picture(
                    brand=brand, file=file, alt=said["alt"], by=cast(User, request.user),
                    is_private=said.get("is_private", False), at=timezone.now(),
                )
            )  # fmt: skip
        except PictureRefused as refusal:
            faults.append(f"{shown_name(file)}: {' '.join(translated_messages(refusal))}")
    if not stored:
        raise Refusal("\n".join(faults))
    for fault in faults:
        messages.error(request, fault)
    return stored


def thumbnail_of(media: Media) -> SafeString:
    return shown_picture(media, width=320, style="height: 3.5rem; max-width: 6rem; object-fit: contain")


def shown_picture(media: Media, *, width: int, style: str) -> SafeString:
    return format_html(
        '<img src="{}" alt="{}" loading="lazy" style="{}">',
        address_of(media, at=timezone.now(), width=width),
        media.alt or str(media),
        style,
    )
