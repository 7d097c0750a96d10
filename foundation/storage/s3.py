"""Files in a bucket of Amazon S3, or of a service that speaks like it: then web and workers on several machines share
them. Loaded only when a bucket is set."""

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

SECONDS_TO_CONNECT, SECONDS_TO_READ, TRIES = 5, 30, 3
IN_MEMORY = 1024 * 1024  # of a file that is read; the rest lies on the disk


class S3Files(S3Storage):
    """A bucket that nobody reads without a signature. A name that is stored again has the new file."""

    def __init__(self, *, addressing: str, **options: Any) -> None:
        client = Config(
            connect_timeout=SECONDS_TO_CONNECT,
            read_timeout=SECONDS_TO_READ,
            retries={"max_attempts": TRIES},
            signature_version="s3v4",
            s3={"addressing_style": addressing},
            # Services that only speak like S3 do not know its newer checksums
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        fixed = {
            "client_config": client,
            "default_acl": None,
            "querystring_auth": True,
            "file_overwrite": True,
            "max_memory_size": IN_MEMORY,
        }
        super().__init__(**fixed | options)
