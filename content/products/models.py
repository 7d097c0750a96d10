"""What a brand sells."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from accounts.brands.domain.landing_urls import LONGEST_URL
from accounts.brands.models import Brand, validate_landing_url
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

    class Meta:
        constraints = [
            UniqueConstraint(fields=["brand", "sku"], name="product_sku_once_per_brand"),
            CheckConstraint(
                condition=Q(landing_url="") | Q(landing_url__iregex="^https?://"), name="product_landing_url_is_http"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"
