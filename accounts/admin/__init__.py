from accounts.admin import brands, people, sessions

__all__ = ["brands", "people", "sessions"]
