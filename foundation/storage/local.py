"""Files in the folder of this machine's own files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible


@deconstructible(path="foundation.storage.local.LocalFiles")
class LocalFiles(FileSystemStorage):
    """Files in a folder of `VAR_DIR`, which only this user may read. A file is there whole or not at all, and a name that
    is stored again has the new file."""

    def __init__(self, folder: str) -> None:
        super().__init__(allow_overwrite=True)
        self.folder = folder

    @property
    def base_location(self) -> str:  # read each time: tests move it
        return str(Path(settings.VAR_DIR) / self.folder)

    @property
    def location(self) -> str:
        return os.path.abspath(self.base_location)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        try:
            return super().listdir(path)
        except FileNotFoundError:  # nothing was stored there yet: an S3 bucket has no folders either
            return [], []

    def _save(self, name: str, content: File[Any]) -> str:
        target = Path(self.path(name))
        Path(self.location).mkdir(mode=0o700, parents=True, exist_ok=True)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            with unfinished.open("wb") as file:
                for chunk in _chunks(content):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        return name


def _chunks(content: File[Any]) -> Iterator[bytes]:
    content.seek(0)
    yield from content.chunks()
