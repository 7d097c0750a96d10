"""The users who may act for a brand."""

from accounts.brands.models import Brand
from accounts.people.models import Staff, User
from foundation.files.faults import Refusal
from foundation.phones import e164


def works_for(user: User, brand: Brand) -> bool:
    """Whether a user may act for a brand: its own staff, and superusers."""
    return (
        user.is_active
        and user.is_staff
        and (user.is_superuser or Staff.objects.filter(user=user, brand=brand).exists())
    )


def staff_by_phone(brand: Brand, phone: str) -> User:
    """The person of this phone who works for the brand. Raises Refusal when there is none."""
    user = User.objects.filter(phone=e164(phone) or phone).first()
    if user is None or not works_for(user, brand):
        raise Refusal(f"nobody with the phone {phone} works for {brand.slug}")
    return user
