from growth.contests.models import Contest, Prize

__all__ = ["Contest", "Prize"]
