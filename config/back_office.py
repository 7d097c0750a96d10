"""The admin's site: after too many tries of a password it responds 429."""

from functools import partial
from http import HTTPStatus
from typing import Any

from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from accounts.access.permissions.passwords import OwnPasswordForm, SignInForm
from accounts.limits.domain.refusals import TooManyTries
from foundation.http.client_address import address_of


class BackOffice(UnfoldAdminSite):
    login_form = SignInForm
    index_title = _("Front page")
    empty_value_display = "—"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return with_refusal_status(super().login(request, extra_context))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Unfold's own, with a form that counts tries: there is no setting for it."""
        request.current_app = self.name
        view = PasswordChangeView.as_view(
            form_class=partial(OwnPasswordForm, address=address_of(request)),
            success_url=reverse(f"{self.name}:password_change_done", current_app=self.name),
            extra_context=self.each_context(request) | (extra_context or {}),
        )
        return with_refusal_status(view(request))


def with_refusal_status(page: Any) -> HttpResponse:
    """The page of a form; with the status of a refusal, if the form was refused."""
    form = (getattr(page, "context_data", None) or {}).get("form")
    refusal: TooManyTries | None = getattr(form, "refusal", None)
    if refusal:
        page.status_code, page.headers["Retry-After"] = HTTPStatus.TOO_MANY_REQUESTS, str(refusal.retry_after)
    response: HttpResponse = page
    return response
