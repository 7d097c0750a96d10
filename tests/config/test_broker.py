"""The broker of files: whoever reads finds whole messages."""

import shutil
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

from config.broker import FileChannel
from config.celery import app


@pytest.fixture
def channel(tmp_path: Path) -> Any:
    folders = dict.fromkeys(("data_folder_in", "data_folder_out", "processed_folder", "control_folder"), str(tmp_path))
    return Connection("filesystem://localhost", transport_options=folders).default_channel


def test_the_application_speaks_to_this_broker() -> None:
    assert isinstance(app.connection("filesystem://localhost").default_channel, FileChannel)


def test_what_is_put_is_got_once(channel: Any) -> None:
    for body in ("a", "b"):
        channel._put("q", {"body": body})
    channel._put("other", {"body": "c"})
    assert channel._size("q") == 2
    assert sorted(channel._get("q")["body"] for _ in range(2)) == ["a", "b"]
    with pytest.raises(Empty):
        channel._get("q")


def test_a_worker_has_an_event_loop_with_it_and_takes_all_that_is_there(channel: Any) -> None:
    """Without one, a process of its pool that is killed may stop the others."""
    assert app.connection("filesystem://localhost").transport.implements.asynchronous
    taken: list[str] = []

    def take(body: str, message: Any) -> None:
        taken.append(body)
        message.ack()

    with channel.connection.client.SimpleQueue("q") as queue:
        for body in ("a", "b"):
            queue.put(body)
        queue.consumer.callbacks[:] = [take]
        queue.consumer.consume()
        channel.connection.take_all()
    assert sorted(taken) == ["a", "b"]


def test_a_folder_that_vanishes_is_made_again_with_the_next_message(channel: Any, tmp_path: Path) -> None:
    channel._put("q", {"body": "lost"})
    shutil.rmtree(tmp_path)
    assert channel._size("q") == 0
    with pytest.raises(Empty):
        channel._get("q")
    channel._put("q", {"body": "a"})
    assert channel._get("q") == {"body": "a"}


def test_a_message_that_is_half_written_is_not_there_yet(channel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker looks between the two halves, and finds nothing; the disk then is full, and nothing is left behind that
    counts."""
    whole, looked = Path.write_bytes, []

    def half(path: Path, data: bytes) -> int:
        whole(path, data[: len(data) // 2])
        looked.append(channel._size("q"))
        with pytest.raises(Empty):
            channel._get("q")
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(ChannelError):
        channel._put("q", {"body": "a"})
    assert looked == [0]
    with pytest.raises(Empty):
        channel._get("q")
