"""Pages that a browser shows in the place of one that was refused. They need no database, no session and no file: they
are shown when those fail."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from foundation.texts.translation import Text

API = "/api/"
TOLD: dict[int, tuple[Text, Text]] = {
    400: (
        _("This request cannot be read"),
        _("Its address or its form holds something that no page here asks for. Nothing was changed."),
    ),
    403: (
        _("You may not open this page"),
        _("It is for other roles or for another brand. Ask your administrator, or sign in with another account."),
    ),
    404: (_("This page does not exist"), _("The address may be mistyped, or the link may be old.")),
    405: (_("This page cannot be opened in this way"), _("Go to the front page and find it from there.")),
    409: (_("This cannot be done now"), _("Somebody else may have changed it meanwhile. Nothing was changed.")),
    413: (_("This is too large"), _("Nothing was saved. Send fewer files at once, or smaller ones.")),
    429: (_("Too many tries"), _("Wait for a while, then try again.")),
    500: (
        _("Something went wrong here"),
        _("You did nothing wrong, and the error was recorded. Try again later, or tell your administrator the time."),
    ),
    503: (
        _("The service is busy or not available"),
        _("Nothing was done. Try again in a few seconds."),
    ),
}
FORM_EXPIRED: tuple[Text, Text] = (
    _("This form is no longer valid"),
    _("You signed in or out after it was opened, or cookies are off. Nothing was saved: open it again and send it."),
)


def in_back_office(request: HttpRequest) -> bool:
    """Staff always get pages."""
    return request.path.startswith("/admin/")


def wants_page(request: HttpRequest) -> bool:
    """Whoever asks for HTML by name is a browser; the API is JSON for browsers too."""
    asked = request.headers.get("Accept", "")
    return in_back_office(request) or ("text/html" in asked and not request.path.startswith(API))


def refusal_page(request: HttpRequest, status: int) -> HttpResponse:
    """The page of a status, in the language that is active, which leads back to the front page, or to the same page when
    it is worth another try."""
    at_fault = HTTPStatus.INTERNAL_SERVER_ERROR if status > HTTPStatus.INTERNAL_SERVER_ERROR else HTTPStatus.BAD_REQUEST
    return _page(request, status, TOLD.get(status) or TOLD[at_fault])


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django calls this of a form without its token."""
    return _page(request, 403, FORM_EXPIRED, again=request.path)


def _page(request: HttpRequest, status: int, told: tuple[Text, Text], again: str = "") -> HttpResponse:
    if status in {429, 500, 503} and request.method == "GET":
        again = request.get_full_path()
    title, text = told
    page = render_to_string("refusal.html", {"status": status, "title": title, "text": text, "again": again})
    return HttpResponse(page, status=status)
