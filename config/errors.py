"""One shape for every error response, from whatever layer: `{"type", "errors": [{"code", "detail", "attr"}]}`; and the
one table from exception to status."""

import logging
import sys
from http import HTTPStatus
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from drf_standardized_errors.handler import ExceptionHandler, exception_handler
from rest_framework import serializers
from rest_framework.exceptions import APIException, ErrorDetail, ParseError, ValidationError

from accounts.access.domain.refusals import BadIdempotencyKey, BadPhone, BadRefresh, FreshOtpRequired, WrongCode
from accounts.limits.domain.refusals import TooManyTries
from accounts.messages.domain.refusals import MessageNotSent
from commissions.orders.domain.refusals import EventRefused, MalformedEvent
from commissions.payees.domain.refusals import PayeeRefused
from commissions.subsidies.domain.refusals import UnknownRecipient
from config.pages.refusals import refusal_page, wants_page
from content.kits.domain.refusals import KitEnded
from content.media.domain.refusals import AltTooLong, PictureRefused, PicturesBusy, PictureTooLarge
from content.posters.domain.refusals import PosterRefused
from content.submissions.domain import UnknownProduct
from foundation.files.faults import BadFile, Refusal
from foundation.sealing import Unreadable
from foundation.texts.translation import translated_messages
from referrals.communities.domain.refusals import NotOfTheTeam
from referrals.shares.domain.refusals import BadProofAddress, UnknownVia
from referrals.tree.domain.refusals import InvitationUsedUp, UnknownInvitation

logger = logging.getLogger(__name__)

__all__ = ["ErrorResponseSerializer", "RefusalHandler", "exception_handler"]

STATUSES: dict[type[Refusal], HTTPStatus] = {
    Refusal: HTTPStatus.CONFLICT,
    BadFile: HTTPStatus.BAD_REQUEST,
    BadPhone: HTTPStatus.BAD_REQUEST,
    WrongCode: HTTPStatus.BAD_REQUEST,
    FreshOtpRequired: HTTPStatus.FORBIDDEN,
    BadIdempotencyKey: HTTPStatus.BAD_REQUEST,
    BadRefresh: HTTPStatus.UNAUTHORIZED,
    TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
    MessageNotSent: HTTPStatus.SERVICE_UNAVAILABLE,
    KitEnded: HTTPStatus.CONFLICT,
    PosterRefused: HTTPStatus.BAD_REQUEST,
    PictureRefused: HTTPStatus.BAD_REQUEST,
    PictureTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    PicturesBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    AltTooLong: HTTPStatus.BAD_REQUEST,
    UnknownProduct: HTTPStatus.BAD_REQUEST,
    UnknownInvitation: HTTPStatus.BAD_REQUEST,
    InvitationUsedUp: HTTPStatus.BAD_REQUEST,
    UnknownVia: HTTPStatus.BAD_REQUEST,
    BadProofAddress: HTTPStatus.BAD_REQUEST,
    NotOfTheTeam: HTTPStatus.NOT_FOUND,
    MalformedEvent: HTTPStatus.BAD_REQUEST,
    EventRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    PayeeRefused: HTTPStatus.BAD_REQUEST,
    Unreadable: HTTPStatus.INTERNAL_SERVER_ERROR,
    UnknownRecipient: HTTPStatus.BAD_REQUEST,
}


def status_of(refusal: Refusal) -> HTTPStatus:
    """The status of a refusal: its own, else its nearest parent's. One that the table does not name is a conflict with
    the current state."""
    return next(STATUSES[kind] for kind in type(refusal).__mro__ if kind in STATUSES)


class Refused(APIException):
    """A refusal of the domain as an exception of the API."""

    def __init__(self, refusal: Refusal) -> None:
        text = " ".join(translated_messages(refusal))
        super().__init__(
            detail={place: [ErrorDetail(text, code=refusal.code)]} if (place := refusal.place) else text,
            code=refusal.code,
        )
        self.status_code = status_of(refusal)
        self.wait = getattr(refusal, "retry_after", None)


def as_api_exception(refusal: Refusal) -> APIException:
    """A refusal that blames one field of the request is a validation error of that field; any other is a client
    error."""
    if status_of(refusal) == HTTPStatus.BAD_REQUEST and refusal.place:
        return ValidationError(
            {refusal.place: [ErrorDetail(" ".join(translated_messages(refusal)), code=refusal.code)]}
        )
    return Refused(refusal)


UNAVAILABLE = (OperationalError, InterfaceError)
"""No connection, a lock that was not had in time, a deadlock, a statement that took too long: nothing that the request
could mend, and nothing that was done."""
RETRY_AFTER_SECONDS = 5


class Unavailable(APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_code = "unavailable"
    wait = RETRY_AFTER_SECONDS


def unavailable_text() -> str:
    return _("The service is busy or not available. Nothing was done. Try again in a few seconds.")


class RefusalHandler(ExceptionHandler):
    def run(self) -> Any:
        """JSON in the one shape; but links and invitations are pages, and a browser that opens one is shown a page."""
        response = super().run()
        request: Any = self.context["request"]
        if response is None or not wants_page(request):
            return response
        page = refusal_page(request, response.status_code)
        if retry_after := response.headers.get("Retry-After"):
            page["Retry-After"] = retry_after
        return page

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, Refusal):
            return as_api_exception(exc)
        if isinstance(exc, UNAVAILABLE):
            logger.warning("the database was not available: %s", type(exc.__cause__ or exc).__name__)
            return Unavailable(unavailable_text())
        if isinstance(exc, RecursionError):  # JSON that is nested deeper than Python can read
            return ParseError(_("The request is nested too deeply."))
        if isinstance(exc, SuspiciousOperation):  # more fields than any client needs
            return ParseError(_("Bad request."))
        converted: Exception = super().convert_known_exceptions(exc)
        return converted

    def convert_unhandled_exceptions(self, exc: Exception) -> APIException:
        """An error of the server is reported as that and no more; the log has the details."""
        return exc if isinstance(exc, APIException) else APIException(_("Server error."))


class ErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="what a program looks at")
    detail = serializers.CharField(help_text="what a person reads, in the language of Accept-Language")
    attr = serializers.CharField(
        allow_null=True, help_text="the field that is to blame, such as `data.lines.0.quantity`"
    )


class ErrorResponseSerializer(serializers.Serializer[Any]):
    """Every answer with a status of 400 or more."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]  # the name of a property of every serializer, and of the format


def error_response(status: int, code: str, detail: str) -> JsonResponse:
    kind = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "client_error"
    return JsonResponse({"type": kind, "errors": [{"code": code, "detail": detail, "attr": None}]}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refused(request, 400, "bad_request", _("Bad request."))


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refused(request, 403, "permission_denied", _("You may not do this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refused(request, 404, "not_found", _("Not found."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls this while the error is being handled: of every page that is not the API's."""
    if isinstance(sys.exception(), UNAVAILABLE):
        return unavailable(request)
    return refused(request, 500, "error", _("Server error."))


def unavailable(request: HttpRequest) -> HttpResponse:
    response = refused(request, 503, Unavailable.default_code, unavailable_text())
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def refused(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    """A page for a browser, JSON for a program."""
    return refusal_page(request, status) if wants_page(request) else error_response(status, code, detail)
