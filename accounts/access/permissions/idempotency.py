"""The Idempotency-Key of a request that creates."""

import hashlib
import json
from collections.abc import Callable
from functools import partial

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access.domain.refusals import BadIdempotencyKey
from accounts.access.models import IdempotentAnswer
from accounts.access.permissions.own import asker
from accounts.access.services.idempotency import answer_once

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The same key with the same request gets the first answer again, with `Idempotency-Replayed: true`; with another, 409. Kept for 8 days.",
)
idempotent = partial(extend_schema, parameters=[IDEMPOTENCY_KEY])  # the schema of a request that is answered `once`


def once(request: Request, answer: Callable[[], Response]) -> Response:
    """The response to a request that creates; with an Idempotency-Key, the same request always gets its first
    response."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return answer()
    if not (0 < len(key) <= 255 and key.isprintable()):
        raise BadIdempotencyKey(_("An Idempotency-Key has 1 to 255 printable characters."))

    def status_and_body() -> tuple[int, object]:
        response = answer()
        return response.status_code, response.data

    stored = answer_once(
        user=asker(request), key=key, request_digest=_digest(request), at=timezone.now(), answer=status_and_body
    )
    return Response(
        stored.body, status=stored.status, headers={"Idempotency-Replayed": "true"} if stored.replayed else None
    )


def is_answered(request: Request) -> bool:
    """Whether the Idempotency-Key of a request has an answer, so that what is costly need not be done again."""
    key = request.headers.get("Idempotency-Key")
    return key is not None and IdempotentAnswer.objects.filter(user=asker(request), key=key).exists()


def _digest(request: Request) -> str:
    sent = dict(request.data.lists()) if isinstance(request.data, MultiValueDict) else request.data
    content = [request.method, request.path, sent]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True, default=_of_file).encode()).hexdigest()


def _of_file(file: UploadedFile) -> str:
    """A file of a form is the same as another one with the same bytes. Left at its start."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
