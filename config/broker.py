"""The broker: whether it can be reached; and that of one machine, where a message is a file, which gets its final name when it
is complete."""

import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty
from time import monotonic_ns
from typing import Any

from django.conf import settings
from kombu import Connection
from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

LOOK_SECONDS = 0.2
ANSWER_SECONDS = 0.5  # a probe waits no longer


class FileChannel(filesystem.Channel):
    """kombu's, but its folder may vanish: a message that was in it is lost, and the clock sends the next one."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        Path(self.data_folder_out).mkdir(parents=True, exist_ok=True)

    def _put(self, queue: str, payload: Any, **options: Any) -> None:  # type: ignore[override]  # kombu's two bases differ
        """kombu writes under the final name: a worker that read in between got an empty message, and stopped."""
        path = Path(self.data_folder_out, f"{monotonic_ns() // 1_000_000}_{uuid.uuid4()}.{queue}.msg")
        hidden = path.with_suffix(".new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            hidden.write_bytes(dumps(payload).encode())
            hidden.rename(path)
        except OSError as error:
            raise ChannelError(f"Cannot add file {path} to directory") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        try:
            return super()._get(queue)
        except FileNotFoundError:
            raise Empty from None

    def _size(self, queue: str) -> int:
        try:
            return int(super()._size(queue))
        except FileNotFoundError:
            return 0


class Transport(filesystem.Transport):
    """kombu's, but for a worker with an event loop, as Redis and RabbitMQ have. Without one, celery gives all processes
    of its pool one pipe with one lock, and a process that is killed while it holds the lock stops the others for ever."""

    Channel = FileChannel
    implements = filesystem.Transport.implements.extend(asynchronous=True)

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        loop.call_repeatedly(LOOK_SECONDS, self.take_all)

    def take_all(self) -> None:
        with suppress(Empty):
            while self.cycle:
                self.cycle.get(self._deliver)


TRANSPORT_ALIASES["filesystem"] = "config.broker:Transport"


def _connect() -> None:
    options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    if "socket_timeout" in options:
        options |= {"socket_timeout": 1, "socket_connect_timeout": 1}
    with Connection(settings.CELERY_BROKER_URL, connect_timeout=1, transport_options=options) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=1)


_thread = ThreadPoolExecutor(1, "broker-probe")
_tries: list[Future[None]] = []


def is_reachable() -> bool:
    """Whether the broker can be connected to, said within half a second, whatever it hangs on. Who asks meanwhile looks
    at the same try."""
    if not _tries or _tries[0].done():
        _tries[:] = [_thread.submit(_connect)]
    try:
        _tries[0].result(ANSWER_SECONDS)
    except Exception:  # noqa: BLE001  whatever it is, and however the transport names it
        return False
    return True
