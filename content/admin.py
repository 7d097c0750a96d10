from content.kits import admin as kits
from content.products import admin as products
from content.review import admin as review

__all__ = ["kits", "products", "review"]
