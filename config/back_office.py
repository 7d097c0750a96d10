"""The admin's site: after too many tries of a password it responds 429."""

import time
from functools import partial
from http import HTTPStatus
from typing import Any

from django.contrib.auth.views import PasswordChangeView
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from accounts.access.permissions.passwords import OwnPasswordForm, SignInForm
from accounts.access.permissions.staff import own_brands
from accounts.limits.domain.refusals import TooManyTries
from backoffice.search import rendering
from backoffice.search.selectors import found
from foundation.http.client_address import address_of


class BackOffice(UnfoldAdminSite):
    login_form = SignInForm
    index_title = _("Front page")
    empty_value_display = "—"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return with_refusal_status(super().login(request, extra_context))

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Pages and rows by what is typed, as it is typed and as things are now: Unfold's own lowers the case, in which
        ids and codes mean something else, and keeps what it found for five minutes."""
        started, text = time.monotonic(), request.GET.get("s", "").strip()
        if not text:
            return HttpResponse()
        lines = self._search_apps(self.get_app_list(request), text.lower())
        if is_extended := "extended" in request.GET:
            lines += rendering.lines(found(own_brands(request.user), text))
        pages = Paginator(lines, max(1, len(lines)))
        context = {"page_obj": pages, "results": pages.page(1), "page_counter": 0}
        return TemplateResponse(
            request,
            f"unfold/helpers/{'command' if is_extended else 'search'}_results.html",
            context | {"execution_time": time.monotonic() - started},
            headers={"HX-Trigger": "search", "Cache-Control": "no-store"},
        )

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
