from content.kits import admin as kits
from content.media import admin as media
from content.posters import admin as posters
from content.products import admin as products
from content.review import admin as review
from content.submissions import admin as submissions
from content.suggestions import admin as suggestions

__all__ = ["kits", "media", "posters", "products", "review", "submissions", "suggestions"]
