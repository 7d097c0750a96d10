from content.media.admin.media import MediaAdmin

__all__ = ["MediaAdmin"]
