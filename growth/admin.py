from growth.contests import admin as contests

__all__ = ["contests"]
