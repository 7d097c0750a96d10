from content.kits import admin as kits
from content.products import admin as products

__all__ = ["kits", "products"]
