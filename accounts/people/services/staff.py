"""Logins of the people who work here: with a password, for the back office."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.brands.models import Brand
from accounts.people.models import Staff, User
from foundation.files.faults import Refusal
from foundation.phones import e164
from foundation.postgres.transactions import in_transaction


@in_transaction
def open_admin_login(*, phone: str, name: str, password: str) -> User:
    """Make a login that sees everything. A phone that has a login already is refused: no login is promoted. Raises
    Refusal."""
    return _open(phone, name, password, is_superuser=True)


@in_transaction
def open_staff_login(*, brand: Brand, phone: str, name: str, password: str) -> User:
    """Make a login that works for a brand: sees that brand's rows in the back office, and no other's. Raises
    Refusal."""
    user = _open(phone, name, password, is_superuser=False)
    Staff.objects.create(brand=brand, user=user)
    return user


def _open(phone: str, name: str, password: str, *, is_superuser: bool) -> User:
    number = e164(phone)
    if number is None:
        raise Refusal(f"{phone} is not a phone number")
    if User.objects.filter(phone=number).exists():
        raise Refusal(f"{number} has a login already")
    user = User(phone=number, name=name, is_staff=True, is_superuser=is_superuser)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from None
    user.set_password(password)
    user.save()
    return user
