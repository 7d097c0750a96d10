"""How a brand's posters look."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from content.kits.models import Kit
from content.posters.domain.layouts import Design
from foundation.postgres.fields import ProtectedForeignKey
from foundation.texts.names import named_by

IS_COLOUR = RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("A colour is written as #rrggbb."))


class PosterStyle(models.Model):
    """The look of the posters of a brand, or of one of its kits. A brand without a row has the first design, in green."""

    class Designs(models.TextChoices):
        EDITORIAL = Design.EDITORIAL, _("editorial")
        BOLD = Design.BOLD, _("bold")
        NIGHT = Design.NIGHT, _("night")

    brand = ProtectedForeignKey(Brand)
    kit = ProtectedForeignKey(Kit, null=True, blank=True, help_text=_("empty: all kits that have no look of their own"))
    design = models.CharField(max_length=12, choices=Designs.choices, default=Designs.EDITORIAL)
    colour = models.CharField(max_length=7, default="#2f6b4f", validators=[IS_COLOUR])
    accent = models.CharField(max_length=7, default="#e0a458", validators=[IS_COLOUR])
    headline = models.CharField(max_length=60, blank=True, help_text=_("empty: the title of the kit"))

    class Meta:
        constraints = [
            UniqueConstraint(fields=["brand", "kit"], nulls_distinct=False, name="poster_style_once"),
            CheckConstraint(
                condition=Q(colour__regex="^#[0-9a-fA-F]{6}$", accent__regex="^#[0-9a-fA-F]{6}$"),
                name="poster_style_has_colours",
            ),
        ]

    @named_by("kit", "brand")
    def __str__(self) -> str:
        return str(self.kit or self.brand)
