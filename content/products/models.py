"""What a brand sells."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from accounts.brands.domain.landing_urls import LONGEST_URL
from accounts.brands.models import Brand, validate_landing_url
from content.media.models import Media, picture_of_the_brand
from foundation.ids.models import PublicModel
from foundation.postgres.fields import ProtectedForeignKey


class Product(PublicModel, prefix="prd"):
    """What the brand sells. Its landing page is its own, or the brand's with the SKU put in."""

    brand = ProtectedForeignKey(Brand)
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
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
