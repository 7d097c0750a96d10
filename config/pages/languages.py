"""The language of pages: the signed-in user's, else what the switch of this browser says, else the browser's own."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from accounts.people.services.profiles import update_profile

API = "/api/"


class ReadersLanguage:
    """After LocaleMiddleware, which reads the cookie and Accept-Language, and says in every response which language it
    is in; and after the session. The API knows no cookie of ours: Accept-Language decides there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(API):
            return self.get_response(request)
        # Without a session there is nobody to ask the database for
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
        if signed_in and (chosen := getattr(request.user, "language", "")):
            translation.activate(chosen)
            request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        patch_vary_headers(response, ["Cookie"])
        return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the `language` that is posted, on the user who is signed in and in this browser's cookie, which is asked
    while nobody is; then lead back. A language that Grove does not speak changes nothing."""
    chosen = request.POST.get("language")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        update_profile(user=request.user, changes={"language": chosen}, at=timezone.now())
    return set_language(request)
