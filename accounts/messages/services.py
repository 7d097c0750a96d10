"""Text messages. A message is sent outside of any transaction: a slow provider must not keep a row locked."""

import asyncio
import json
import logging
import os
import ssl
import sys
from datetime import datetime
from http import HTTPStatus
from uuid import uuid4

import httpx
import stamina
from django.conf import settings
from django.utils.translation import gettext as _

from accounts.messages.domain.refusals import MessageNotSent
from foundation.files.exported_cells import moment

PATIENCE_SECONDS = 5  # for all attempts together, since a request of a person waits
CONNECT_SECONDS = 1.5
ATTEMPTS = 3
MOST_BYTES = 64 << 10  # of a response

logger = logging.getLogger(__name__)


class _Refused(Exception):
    """The provider responded, and did not accept the message."""

    def __init__(self, reason: str, *, may_be_repeated: bool = False) -> None:
        super().__init__(reason)
        self.may_be_repeated = may_be_repeated


def send_code(*, phone: str, code: str, at: datetime) -> None:
    """Send a sign-in code to a phone by the backend of `SMS_BACKEND`. Raises MessageNotSent when it does not accept the
    message within 5 seconds; no frame of that exception holds the code, and no log."""
    message = json.dumps({"phone": phone, "code": code, "at": moment(at)})
    if settings.SMS_BACKEND == "http":
        is_sent = _post(message.encode())
    elif settings.SMS_BACKEND == "file":
        is_sent = _append(message)
    else:
        sys.stdout.write(message + "\n")
        sys.stdout.flush()
        is_sent = True
    del code, message
    if not is_sent:
        raise MessageNotSent(_("The message could not be sent. Try again later."))


def _append(message: str) -> bool:
    # one write in append mode: lines of several workers do not mix; codes are for the owner's eyes
    try:
        with os.fdopen(os.open(settings.SMS_FILE, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "w") as file:
            file.write(message + "\n")
    except OSError as error:
        logger.warning("A text message was not written: %s", error.strerror)
        return False
    return True


def _post(body: bytes) -> bool:
    """Whether the provider accepted the message. The log names the error's class only: its text, and the frames of a
    traceback, may hold the code."""
    try:
        asyncio.run(_deliver(body))  # asyncio for its deadline: one over all steps, also of a response that trickles in
    except _Refused as refused:
        logger.warning("The SMS provider did not take a message: %s", refused)
    except Exception as error:  # noqa: BLE001  the provider's response decides what a library raises
        logger.warning("The SMS provider did not take a message: %s", type(error).__name__)
    else:
        return True
    return False


async def _deliver(body: bytes) -> None:
    """Post a message, up to three times within the deadline.

    It is posted again only when it cannot have been sent (no connection), or when the provider says that it failed
    (5xx, but not the 502 and 504 of a gateway that cannot tell). After a response that does not come or breaks off it
    may have been sent, and is not posted again. All attempts carry one Idempotency-Key, for providers that support
    it."""
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {settings.SMS_HTTP_TOKEN}",
        "Idempotency-Key": str(uuid4()),
    }
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        httpx.AsyncClient(
            verify=ssl.create_default_context(),  # the certificates that the machine trusts
            timeout=httpx.Timeout(PATIENCE_SECONDS, connect=CONNECT_SECONDS),
        ) as client,
    ):
        async for attempt in stamina.retry_context(
            on=_may_be_repeated, attempts=ATTEMPTS, timeout=PATIENCE_SECONDS, wait_jitter=0.4
        ):
            with attempt:
                await _post_once(client, headers, body)


def _may_be_repeated(error: Exception) -> bool:
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) or (
        isinstance(error, _Refused) and error.may_be_repeated
    )


async def _post_once(client: httpx.AsyncClient, headers: dict[str, str], body: bytes) -> None:
    """Post a message once. It is accepted when a 2xx comes with a whole response of no more than 64 KiB; a redirect is
    not followed, since the code and the token are for this address only."""
    async with client.stream("POST", settings.SMS_HTTP_URL, content=body, headers=headers) as response:
        status = response.status_code
        if not response.is_success:
            unknown = (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)
            raise _Refused(f"status {status}", may_be_repeated=response.is_server_error and status not in unknown)
        size = 0
        async for part in response.aiter_raw():
            size += len(part)
            if size > MOST_BYTES:
                raise _Refused("an answer without end")
