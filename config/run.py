"""`make run`: the database, web, worker and beat under one Ctrl-C. Production runs the same Procfile with its own
supervisor."""

import os
import signal
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import django
from django.core.management import call_command

from config.embedded import EmbeddedDatabase
from config.supervisor import Program, look_after, stop

ROOT = Path(__file__).resolve().parent.parent
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    for signum in SIGNALS:
        signal.signal(signum, leave)
    django.setup()
    from django.conf import settings  # noqa: PLC0415  after the set-up

    from config.embedded import url_of  # noqa: PLC0415
    from foundation.files.faults import Refusal  # noqa: PLC0415

    if is_open(settings.PORT):
        sys.stderr.write(f"Port {settings.PORT} is taken. Try: make run PORT={settings.PORT + 1}\n")
        return 1
    say("Preparing the database …")
    try:
        call_command("migrate", verbosity=0)
    except Refusal as refusal:
        sys.stderr.write("\n".join(refusal.messages()) + "\n")
        return 1
    call_command("collectstatic", interactive=False, verbosity=0)
    if "--no-demo" not in sys.argv:
        call_command("demo", "--if-empty")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    quiet = "ignore:You're running the worker with superuser privileges"  # in a container it is what one does
    env = os.environ | {
        "PATH": path,
        "PYTHONWARNINGS": quiet,
        "PORT": str(settings.PORT),
        "PUBLIC_URL": settings.PUBLIC_URL,
    }
    # This process alone keeps the server alive, so the server stops after the others, however they end
    if settings.EMBEDDED:
        env["DATABASE_URL"] = url_of(settings.DATABASES["default"])
    return serve(env, settings)


def serve(env: dict[str, str], settings: Any) -> int:
    """Run the Procfile until Ctrl-C is pressed, or one of its processes can never start; then end the others."""
    programs: list[Program] = []
    database = EmbeddedDatabase(settings.VAR_DIR / "pg") if settings.EMBEDDED else None
    # An exception of a handler is lost when it is raised within a destructor: from here on a signal is only recorded
    signals: list[int] = []
    for signum in SIGNALS:
        signal.signal(signum, lambda number, _frame: signals.append(number))
    try:
        for line in (ROOT / "Procfile").read_text().splitlines():
            name, _, command = line.partition(":")
            programs.append(Program(name, command, folder=ROOT, env=env))
        if not look_after(programs, lambda: bool(signals) or is_open(settings.PORT), database=database):
            return 1
        if not signals:
            say(guide(settings))
        return status_of(signals[0]) if look_after(programs, lambda: bool(signals), database=database) else 1
    finally:
        for signum in SIGNALS:
            signal.signal(signum, signal.SIG_IGN)  # a second Ctrl-C must leave no process behind
        stop(programs)
        say("Stopped.")


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def leave(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(status_of(signum))


def status_of(signum: int) -> int:
    return 0 if signum == signal.SIGINT else 128 + signum


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def guide(settings: Any) -> str:
    from accounts.people.models import User  # noqa: PLC0415  after the set-up
    from backoffice.demo.services.demo import ADMIN, STAFF  # noqa: PLC0415
    from backoffice.management.commands.demo import KNOWN_TO_ALL  # noqa: PLC0415

    staff = [
        user
        for user in User.objects.filter(phone__in=[ADMIN, STAFF]).order_by("phone")
        if user.check_password(KNOWN_TO_ALL)
    ]
    logins = "".join(
        f"\n                 {user.phone}  {KNOWN_TO_ALL}  {'administrator' if user.is_superuser else 'brand staff'}"
        for user in staff
    )
    return f"""
Grove is running. Ctrl-C stops all of it.

  Admin          {settings.PUBLIC_URL}/admin/{logins}
  API to try     {settings.PUBLIC_URL}/api/v1/docs
                 sign in with any phone; its code is written to {settings.SMS_FILE}

Try next:
  1. Log in to the admin: the front page tells the last 30 days; follow one order to its money.
  2. .venv/bin/python manage.py measure_propagation --brand qinglan
  3. README.md, "A first session": join, share, sell and see what it earned, with curl.
"""


if __name__ == "__main__":
    sys.exit(main())
