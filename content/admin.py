from content.kits import admin as kits
from content.products import admin as products
from content.review import admin as review
from content.suggestions import admin as suggestions

__all__ = ["kits", "products", "review", "suggestions"]
