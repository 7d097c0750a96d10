"""Authentication by a password, which may be tried only so often."""

from typing import Any

from asgiref.sync import sync_to_async
from django import forms
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm

from accounts.access.services.passwords import count_try, forgive_tries
from accounts.limits.domain.refusals import TooManyTries
from accounts.people.models import User
from foundation.http.client_address import address_of


class PasswordBackend(ModelBackend):
    """A phone and its password. Every try is counted before it is checked, so a try too many costs no hash."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **credentials: Any
    ) -> User | None:
        """The user, if the password is right and they may sign in. Raises TooManyTries."""
        phone = username or credentials.get(User.USERNAME_FIELD)
        if not phone or password is None:
            return None
        address, at = address_of(request) if request else "", timezone.now()
        count_try(phone=phone, address=address, at=at)
        user: Any = super().authenticate(request, username=phone, password=password)
        if user is not None and user.is_staff:  # others learn nothing from a right password
            forgive_tries(phone=phone, address=address, at=at)
        return user

    async def aauthenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:  # type: ignore[override]
        """The same; Django's own would bypass the count."""
        return await sync_to_async(self.authenticate)(request, **credentials)


def wait_for(refusal: TooManyTries) -> forms.ValidationError:
    return forms.ValidationError(
        _("Too many tries. Minutes until the next one: %(minutes)s.") % {"minutes": -(-refusal.retry_after // 60)},
        code=refusal.code,
    )


class SignInForm(AuthenticationForm):
    """`refusal` is set after too many tries."""

    refusal: TooManyTries | None = None

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except TooManyTries as refusal:
            self.refusal = refusal
            raise wait_for(refusal) from None
        return cleaned


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """One's own password, changed by giving the old one, which counts as a try like one at sign-in. `refusal` is set
    after too many tries."""

    refusal: TooManyTries | None = None

    def __init__(self, user: User, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.address = address

    def clean_old_password(self) -> str:
        at = timezone.now()
        try:
            count_try(phone=self.user.phone, address=self.address, at=at)
        except TooManyTries as refusal:
            self.refusal = refusal
            raise wait_for(refusal) from None
        old: str = super().clean_old_password()
        forgive_tries(phone=self.user.phone, address=self.address, at=at)
        return old
