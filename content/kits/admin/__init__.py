from content.kits.admin.kits import KitAdmin
from content.kits.admin.versions import KitVersionAdmin

__all__ = ["KitAdmin", "KitVersionAdmin"]
