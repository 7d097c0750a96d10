"""Pictures: what staff and KOCs uploaded, as it was drawn anew."""

import pgtrigger
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from accounts.people.models import Koc, User
from content.media.domain.formats import EXTENSIONS
from content.media.domain.limits import LONGEST_ALT
from content.media.domain.sizes import file_name, stored_widths, width_for
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey, ProtectedOneToOneField
from foundation.postgres.triggers import Trigger, rows_checked, unchanged
from foundation.texts.names import named_by

OF_ANOTHER_BRAND = "NOT EXISTS (SELECT FROM accounts_koc WHERE id = NEW.koc_id AND brand_id = NEW.brand_id)"
OF_ANOTHER_KOC = "(SELECT koc_id FROM content_media WHERE id = NEW.media_id) IS DISTINCT FROM NEW.koc_id"
STAYS = ("brand_id", "koc_id", "digest", "stem", "format", "width", "height", "bytes")


class Media(PublicModel, prefix="med"):
    """A picture of a brand. Who uploads the same one twice has one row: its digest is that of the stored file. A row is
    there only when its files are."""

    class Format(models.TextChoices):
        JPEG = "jpeg", "JPEG"
        PNG = "png", "PNG"

    brand = ProtectedForeignKey(Brand)
    koc = ProtectedForeignKey(Koc, null=True, blank=True, help_text=_("who uploaded it; empty: the brand's staff"))
    uploaded_by = ProtectedForeignKey(User, null=True, blank=True)
    digest = models.CharField(max_length=64, help_text=_("SHA-256 of the stored file"))
    stem = models.CharField(
        max_length=64, unique=True, help_text=_("its files' name in the storage, without an ending")
    )
    format = models.CharField(max_length=4, choices=Format.choices)
    width = models.PositiveIntegerField(help_text=_("in pixels"))
    height = models.PositiveIntegerField(help_text=_("in pixels"))
    bytes = models.PositiveIntegerField()
    alt = models.CharField(max_length=LONGEST_ALT, blank=True, help_text=_("what it shows, for who cannot see it"))
    is_private = models.BooleanField(
        default=True, help_text=_("only an address that is signed and expires shows a private picture")
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [
            UniqueConstraint(
                fields=["brand", "koc", "digest"], nulls_distinct=False, name="media_digest_once_per_uploader"
            ),
            CheckConstraint(condition=Q(digest__regex="^[0-9a-f]{64}$"), name="media_digest_is_sha256"),
            CheckConstraint(condition=Q(width__gt=0, height__gt=0, bytes__gt=0), name="media_shows_something"),
        ]
        indexes = [
            Index(fields=["brand", "-created_at"], name="media_by_time"),
            Index(F("koc"), condition=Q(koc__isnull=False), name="media_by_koc"),
        ]

        triggers = [
            unchanged("media_is_what_it_is", *STAYS),
            rows_checked(
                "media_stays_in_one_brand",
                pgtrigger.Insert,
                OF_ANOTHER_BRAND,
                "a picture is of its KOC's brand",
                condition="NEW.koc_id IS NOT NULL",
            ),
        ]

    def __str__(self) -> str:
        return self.alt or f"{self.get_format_display()} {self.width} × {self.height}"

    def name_at(self, width: int | None = None) -> str:
        """The file in the storage that shows at least so many pixels across."""
        return file_name(self.stem, EXTENSIONS[self.format], width_for(width, self.width))

    @property
    def names(self) -> list[str]:
        """All its files."""
        return [file_name(self.stem, EXTENSIONS[self.format], width) for width in (None, *stored_widths(self.width))]


class Avatar(models.Model):
    """The picture that a KOC shows of themselves, on their posters and on the pages of their shares."""

    koc = ProtectedOneToOneField(Koc, primary_key=True)
    media = ProtectedForeignKey(Media)
    set_at = models.DateTimeField()

    class Meta:
        triggers = [
            rows_checked(
                "avatar_is_of_its_koc",
                pgtrigger.Insert | pgtrigger.Update,
                OF_ANOTHER_KOC,
                "an avatar is a picture of its KOC",
            ),
        ]

    @named_by("koc")
    def __str__(self) -> str:
        return _("avatar of %(koc)s") % {"koc": self.koc}


def picture_of_the_brand(name: str, of: str) -> Trigger:
    """Rows that show a picture are of its brand; `of` says which row has their brand."""
    wrong = f"(SELECT brand_id FROM content_media WHERE id = NEW.media_id) IS DISTINCT FROM (SELECT brand_id FROM {of})"  # noqa: S608  constants
    return rows_checked(name, pgtrigger.Insert, wrong, "a picture is shown by its own brand")
