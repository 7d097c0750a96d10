from datetime import datetime

from accounts.people.models import User
from foundation.postgres.transactions import in_transaction


@in_transaction
def update_profile(*, user: User, changes: dict[str, str], at: datetime) -> User:
    """Change one's own name or language; nothing else can be changed by oneself."""
    fields = {field: value for field, value in changes.items() if field in {"name", "language"}}
    User.objects.filter(pk=user.pk).update(**fields)
    return User.objects.get(pk=user.pk)
