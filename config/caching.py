"""The cache in Redis: without it pages are slower, and never refused."""

from contextlib import suppress
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

SECONDS = 0.5


class ForgetfulClient(RedisCacheClient):
    """Django's, but a Redis that is gone or hangs knows nothing and keeps nothing, after half a second."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        options |= {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS, "retry": Retry(NoBackoff(), 0)}
        super().__init__(servers, **options)

    def get(self, key: Any, default: Any) -> Any:
        try:
            return super().get(key, default)
        except RedisError:
            return default

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        with suppress(RedisError):
            super().set(key, value, timeout)


class ForgetfulCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgetfulClient
