from content.kits.models import Channel, Kit, Section
from content.products.models import Product

__all__ = ["Channel", "Kit", "Product", "Section"]
