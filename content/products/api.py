"""Products, as a kit shows them."""

from content.products.models import Product
from foundation.http.rows import RowSerializer


class ProductSerializer(RowSerializer[Product]):
    class Meta:
        model = Product
        fields = ("id", "sku", "name", "category", "price_minor", "in_stock")
