from backoffice.spread import admin as spread

__all__ = ["spread"]
