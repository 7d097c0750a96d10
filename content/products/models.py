"""What a brand sells."""

import pgtrigger
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.domain.landing_urls import LONGEST_URL
from accounts.brands.models import Brand, validate_landing_url
from accounts.people.models import Koc, User
from content.media.models import Media, picture_of_the_brand
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey
from foundation.postgres.text_fields import KeyField, NameField
from foundation.postgres.triggers import rows_checked
from foundation.texts.names import named_by

USE_OF_ANOTHER_BRAND = (
    "NOT EXISTS (SELECT FROM accounts_koc WHERE id = NEW.koc_id AND brand_id = NEW.brand_id) "
    "OR NOT EXISTS (SELECT FROM content_product WHERE id = NEW.product_id AND brand_id = NEW.brand_id)"
)


class Product(PublicModel, prefix="prd"):
    """What the brand sells. Its landing page is its own, or the brand's with the SKU put in."""

    brand = ProtectedForeignKey(Brand)
    sku = KeyField(max_length=64)
    name = NameField(max_length=200)
    category = models.CharField(max_length=64, blank=True)
    price_minor = models.PositiveBigIntegerField()
    landing_url = models.CharField(max_length=LONGEST_URL, blank=True, validators=[validate_landing_url])
    in_stock = models.BooleanField(
        default=True, db_default=True, help_text=_("what is out of stock is still shared, and says so")
    )

    class Meta:
        constraints = [
            UniqueConstraint(fields=["brand", "sku"], name="product_sku_once_per_brand"),
            CheckConstraint(
                condition=Q(landing_url="") | Q(landing_url__iregex="^https?://"), name="product_landing_url_is_http"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"


class ProductPicture(models.Model):
    """A picture of a product, in the order in which they are shown."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="pictures")
    media = ProtectedForeignKey(Media)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["product", "position", "pk"]
        constraints = [UniqueConstraint(fields=["product", "media"], name="product_picture_once")]
        triggers = [
            picture_of_the_brand("product_picture_is_of_the_brand", "content_product WHERE id = NEW.product_id")
        ]

    def __str__(self) -> str:
        return str(self.media)


class ProductUse(models.Model):
    """A KOC has used a product since then, and what shows it: an order of their own that was delivered, or what staff
    know (广告法, Art. 38: who endorses has used it). Those of orders come and go with the orders; those of staff stay."""

    class Source(models.TextChoices):
        ORDER = "order", _("own order")
        HAND = "hand", _("by hand")

    brand = ProtectedForeignKey(Brand, db_index=False)
    koc = ProtectedForeignKey(Koc, db_index=False)
    product = ProtectedForeignKey(Product)
    source = models.CharField(max_length=5, choices=Source.choices)
    since = models.DateTimeField(help_text=_("when it was delivered, or since when the KOC has had it"))
    evidence = models.CharField(max_length=200, help_text=_("the shop's order number, or how staff know"))
    by = ProtectedForeignKey(User, null=True, blank=True, help_text=_("empty: by an order"))
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["koc", "product", "source"], name="product_use_once"),
            CheckConstraint(condition=~Q(evidence=""), name="product_use_is_shown"),
            CheckConstraint(
                condition=Q(source="order", by=None) | Q(source="hand", by__isnull=False),
                name="product_use_by_hand_of_staff",
            ),
        ]
        indexes = [Index(fields=["brand", "-since"], name="product_use_by_brand")]
        triggers = [
            rows_checked(
                "product_use_stays_in_one_brand",
                pgtrigger.Insert | pgtrigger.UpdateOf("brand_id", "koc_id", "product_id"),
                USE_OF_ANOTHER_BRAND,
                "a use is of its KOC's brand, and so is its product",
            )
        ]

    @named_by("koc", "product")
    def __str__(self) -> str:
        return f"{self.koc.called} · {self.product.name}"
