"""What is shared: kits and their sections."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.models import Brand
from content.products.models import Product
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.names import pairs_of


class Channel(models.TextChoices):
    ANY = "any", _("any")
    MOMENTS = "moments", _("Moments")
    COMMUNITY = "community", _("community")
    XIAOHONGSHU = "xiaohongshu", _("Xiaohongshu")
    DOUYIN = "douyin", _("Douyin")


class Kit(PublicModel, prefix="kit"):
    """Content that is ready to share. The brand writes it centrally; it must not sound central."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        ENDED = "ended", _("ended")

    brand = ProtectedForeignKey(Brand)
    key = models.SlugField(max_length=64)
    title = models.CharField(max_length=200)
    product = ProtectedForeignKey(Product, related_name="kits", null=True, blank=True)
    audience_size = models.PositiveBigIntegerField(
        null=True, blank=True, help_text=_("how many people could see it; coverage is measured against it")
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PUBLISHED)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["brand", "key"], name="kit_key_once_per_brand")]
        indexes = [
            Index(fields=["brand", "status", "-created_at"], name="kit_by_status"),
            GinIndex(pairs_of("brand_id", "title"), name="kit_by_title_part"),
        ]

    def __str__(self) -> str:
        return self.title


class Section(models.Model):
    """One text of a kit: what it was like, how one was served, or what it is worth; per channel or for any."""

    class Kind(models.TextChoices):
        USAGE = "usage", _("usage experience")
        SERVICE = "service", _("service experience")
        VALUE = "value", _("value description")

    kit = models.ForeignKey(Kit, on_delete=models.CASCADE, related_name="sections")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    channel = models.CharField(max_length=12, choices=Channel.choices, default=Channel.ANY)
    text = models.TextField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["kit", "position", "pk"]
        constraints = [CheckConstraint(condition=~Q(text=""), name="section_says_something")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_channel_display()}"
