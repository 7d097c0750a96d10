"""Settings come from the environment once; what is wrong or missing refuses to boot and is named."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PRODUCTION = {
    "GROVE_MODE": "production",
    "SECRET_KEY": "Vt3mWqz8KfY1rXo5LbN7uJc2GdH9eSaP4iTkQxR6wMvB0yUjZn",
    "PUBLIC_ID_KEY": "00112233445566778899aabbccddeeff",
    "PAYEE_KEYS": "YSBrZXkgb2YgdGhpcnR5LXR3byBieXRlcywgcmVhbGw=",
    "PUBLIC_URL": "https://grove.example",
    "ALLOWED_HOSTS": "grove.example",
    "DATABASE_URL": "postgresql://grove@127.0.0.1:1/grove",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "CACHE_URL": "redis://127.0.0.1:1/1",
    "SMS_HTTP_URL": "https://sms.example/send",
}


def boot(tmp_path: Path, *arguments: str, **env: str | None) -> subprocess.CompletedProcess[str]:
    """`manage.py check` in a process that starts with just these settings; None takes one away."""
    given = {
        key: value
        for key, value in ({"GROVE_ENV_FILE": "no", "VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"]} | env).items()
        if value is not None
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments], cwd=ROOT, env=given, capture_output=True, text=True
    )


def test_production_settings_have_nothing_to_warn_of(tmp_path: Path) -> None:
    checked = boot(tmp_path, "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout
    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"GROVE_MODE"}))
def test_production_refuses_to_boot_without(name: str, tmp_path: Path) -> None:
    refused = boot(tmp_path, **PRODUCTION | {name: None})
    assert refused.returncode != 0
    assert name in refused.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GROVE_MODE", "prod"),
        ("LOG_LEVEL", "loud"),
        ("SECRET_KEY", "short"),
        ("PUBLIC_ID_KEY", "not hexadecimal"),
        ("PAYEE_KEYS", ","),
        ("PAYEE_KEYS", "c2hvcnQ="),
        ("PUBLIC_URL", "grove"),
        ("DATABASE_URL", "mysql://grove@127.0.0.1/grove"),
        ("DATABASE_URL", "nonsense"),
        ("CACHE_URL", "memcached://127.0.0.1"),
        ("SMS_BACKEND", "pigeon"),
        ("SMS_HTTP_URL", "nonsense"),
        ("PORT", "99999"),
        ("NUM_PROXIES", "many"),
    ],
)
def test_a_bad_value_refuses_to_boot_and_is_named(name: str, value: str, tmp_path: Path) -> None:
    refused = boot(tmp_path, **PRODUCTION | {name: value})
    assert refused.returncode != 0
    assert name in refused.stderr.splitlines()[-1]


def test_a_bad_setting_of_development_starts_no_database(tmp_path: Path) -> None:
    assert boot(tmp_path, LOG_LEVEL="loud").returncode != 0
    assert not (tmp_path / "pg").exists()


def test_development_keeps_the_secrets_that_it_made_up(tmp_path: Path) -> None:
    made = [
        boot(tmp_path, DATABASE_URL="postgresql://none/none") and (tmp_path / "secrets.json").read_bytes()
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_secrets_of_an_older_grove_are_kept_and_completed(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps({"SECRET_KEY": "s" * 50, "PUBLIC_ID_KEY": "0" * 32}))
    env = {
        "GROVE_ENV_FILE": "no",
        "VAR_DIR": str(tmp_path),
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgresql://none/none",
    }
    tell = [sys.executable, "-c", "import config.settings as settings; print(settings.PAYEE_KEYS[0])"]
    starts = [subprocess.Popen(tell, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    told = {start.communicate()[0].strip() for start in starts}
    kept = json.loads((tmp_path / "secrets.json").read_text())
    assert (kept["SECRET_KEY"], kept["PUBLIC_ID_KEY"]) == ("s" * 50, "0" * 32)
    assert told == {kept["PAYEE_KEYS"]}
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_bad_key_of_payees_is_not_told_to_the_log(tmp_path: Path) -> None:
    refused = boot(tmp_path, **PRODUCTION | {"PAYEE_KEYS": f"{PRODUCTION['PAYEE_KEYS']},hunter2"})
    assert "PAYEE_KEYS" in refused.stderr.splitlines()[-1]
    assert "hunter2" not in refused.stderr
    assert PRODUCTION["PAYEE_KEYS"] not in refused.stderr


def test_a_dot_env_file_is_read_by_whoever_does_not_say_no(tmp_path: Path) -> None:
    for floor in ("config", "accounts"):  # whose paces beat keeps
        shutil.copytree(ROOT / floor, tmp_path / floor, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".env").write_text("LOG_LEVEL=loud\n")
    env = PRODUCTION | {"PATH": os.environ["PATH"], "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    command = [sys.executable, "-c", "import config.settings"]
    read = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert "LOG_LEVEL" in read.stderr.splitlines()[-1]
    for no in ({"GROVE_ENV_FILE": "no"}, {"PYTEST_VERSION": "9"}):  # tests read none
        assert subprocess.run(command, cwd=tmp_path, env=env | no).returncode == 0


def test_the_example_names_every_setting() -> None:
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", (ROOT / "config" / "settings.py").read_text()))
    documented = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert documented == read
