"""What becomes of a code when the SMS provider errs, stalls or lies: real HTTP over a real socket."""

import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import stamina
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.conf import LazySettings

from accounts.access.models import OneTimeCode
from accounts.access.services.sign_in import request_code, sign_in
from accounts.messages import services
from accounts.messages.domain.refusals import MessageNotSent
from tests.support.clients import Person
from tests.support.factories import NOW

pytestmark = pytest.mark.django_db
PHONE = "+8613800138000"
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answer = bytes | Callable[[socket.socket], None]


def status(number: int, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {number} Said", "Content-Length: 0", *headers, "", ""]).encode()


class Provider:
    """A server that answers the first connection with the first answer, and so on, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[tuple[dict[str, str], dict[str, str]]] = []
        self.tls: ssl.SSLContext | None = None
        self.hellos = 0  # of TLS
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def _serve(self) -> None:
        with suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = self.listener.accept()
                with connection, suppress(OSError):
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        if connection.recv(1, socket.MSG_PEEK) == b"\x16":
            self.hellos += 1
            if self.tls is None:
                connection.sendall(status(400))
                return
            connection = self.tls.wrap_socket(connection, server_side=True)
        request = connection.makefile("rb")
        request.readline()
        headers = dict(line.decode().strip().lower().split(": ", 1) for line in iter(request.readline, b"\r\n"))
        self.requests.append((headers, json.loads(request.read(int(headers["content-length"])))))
        answer = self.answers.pop(0)
        if isinstance(answer, bytes):
            connection.sendall(answer)
        else:
            answer(connection)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)
        assert not self.thread.is_alive()


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    server = Provider()
    settings.SMS_BACKEND, settings.SMS_HTTP_TOKEN = "http", "t0ken"
    settings.SMS_HTTP_URL = f"http://127.0.0.1:{server.port}/send"
    yield server
    server.close()


def own_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW + timedelta(days=36_500))
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = built.add_extension(address, critical=False).sign(key, hashes.SHA256())
    path = folder / "own.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + signed.public_bytes(Encoding.PEM))
    return path


def stalls(connection: socket.socket) -> None:
    connection.recv(1)  # until the other side gives up


def trickles(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Wait: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def never_ends(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")


def hangs_up(connection: socket.socket) -> None:
    pass


LIES: dict[str, Answer] = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "no status": b"HTTP/1.1 two hundred\r\n\r\n",
    "nothing": hangs_up,
    "a broken chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "a body without end": never_ends,
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X-More: x\r\n" * 20_000,
    "a redirect": status(302, "Location: http://127.0.0.1:9/elsewhere"),
    "a redirect to nowhere": status(307, "Location: http://[::1"),
    "a refusal": status(422),
    "a gateway that does not know": status(502),
    "a gateway that waited": status(504),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_what_is_no_yes_is_a_503_and_is_not_posted_again(provider: Provider, lie: Answer) -> None:
    provider.answers = [lie, TAKEN]
    response = Person().send("auth/otp", {"phone": PHONE})
    assert (response.status_code, response.json()["errors"][0]["code"]) == (503, "sms_unavailable")
    assert len(provider.requests) == 1


@pytest.mark.parametrize("slow", [stalls, trickles])
def test_a_provider_that_stalls_is_given_up_and_not_asked_again(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, slow: Answer
) -> None:
    """The message may have been sent. One deadline counts for all, however often a byte comes."""
    monkeypatch.setattr(services, "PATIENCE_SECONDS", 0.5)
    provider.answers = [slow, TAKEN]
    with pytest.raises(MessageNotSent):
        request_code(phone=PHONE, address="a", at=NOW)
    assert len(provider.requests) == 1


def test_a_provider_that_failed_is_asked_again_with_the_same_key(provider: Provider) -> None:
    provider.answers = [status(503), status(500), TAKEN]
    request_code(phone=PHONE, address="a", at=NOW)
    (first, message), (second, again), (third, _) = provider.requests
    assert message == again
    assert first["idempotency-key"] == second["idempotency-key"] == third["idempotency-key"]
    assert first["authorization"] == "bearer t0ken"
    assert sign_in(phone=PHONE, code=message["code"], at=NOW).access


def test_a_provider_that_goes_on_failing_is_asked_three_times(provider: Provider) -> None:
    provider.answers = [status(500)] * 4
    with pytest.raises(MessageNotSent):
        request_code(phone=PHONE, address="a", at=NOW)
    assert len(provider.requests) == 3


def test_another_message_has_another_key(provider: Provider) -> None:
    provider.answers = [TAKEN, TAKEN]
    for _ in range(2):
        request_code(phone=PHONE, address="a", at=NOW)
    assert len({headers["idempotency-key"] for headers, _ in provider.requests}) == 2


def test_without_a_connection_three_are_tried(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings.SMS_BACKEND, settings.SMS_HTTP_URL = "http", f"http://127.0.0.1:{port}/send"
    tries: list[int] = []
    stamina.instrumentation.set_on_retry_hooks([lambda details: tries.append(details.retry_num)])
    try:
        with pytest.raises(MessageNotSent):
            request_code(phone=PHONE, address="a", at=NOW)
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)
    assert tries == [1, 2]
    assert "did not take a message: ConnectError" in caplog.text


@pytest.mark.parametrize("certificate", ["none", "nobody trusts it"])
def test_a_provider_that_cannot_prove_itself_gets_nothing(
    provider: Provider, settings: LazySettings, tmp_path: Path, certificate: str
) -> None:
    if certificate != "none":
        provider.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        provider.tls.load_cert_chain(own_certificate(tmp_path))
    settings.SMS_HTTP_URL = f"https://127.0.0.1:{provider.port}/send"
    provider.answers = [TAKEN] * 3
    assert Person().send("auth/otp", {"phone": PHONE}).status_code == 503
    assert (provider.hellos, provider.requests) == (3, [])


@pytest.mark.parametrize("lie", [status(500), b"HTTP/1.1 what \r\n\r\n", status(302, "Location: /x")])
def test_the_code_is_in_no_log_and_no_frame(provider: Provider, lie: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """A provider may say in its answer what it was sent; a reporter of errors keeps what every frame holds."""
    caplog.set_level(logging.DEBUG)

    def repeats(connection: socket.socket) -> None:
        connection.sendall(lie.replace(b"what", provider.requests[-1][1]["code"].encode()))

    provider.answers = [repeats] * 3
    with pytest.raises(MessageNotSent) as caught:
        request_code(phone=PHONE, address="a", at=NOW)
    code = provider.requests[0][1]["code"]
    seen: list[str] = [
        record.getMessage() + repr(record.__dict__) for record in caplog.records if record.name != "django.db.backends"
    ]
    error: BaseException | None = caught.value
    assert error is not None
    assert error.__cause__ is error.__context__ is None
    trace = error.__traceback__
    trace = trace.tb_next if trace else None  # the test's own frame
    while trace:
        seen.append(f"{trace.tb_frame.f_code.co_name} {trace.tb_frame.f_locals!r}")
        trace = trace.tb_next
    assert [text.split()[0] for text in seen if "send_code {" in text] == ["send_code"]
    assert [text for text in seen if code in text] == []
    assert OneTimeCode.objects.count() == 1


def test_a_file_that_cannot_be_written_is_said(settings: LazySettings, tmp_path: Path) -> None:
    settings.SMS_BACKEND, settings.SMS_FILE = "file", f"{tmp_path}/missing/sms.jsonl"
    with pytest.raises(MessageNotSent):
        services.send_code(phone=PHONE, code="123456", at=NOW)
