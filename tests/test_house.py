"""The house rules are seen failing: each contract is broken once on a copy of the tree. What is never seen red proves nothing."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import make_brand, make_koc

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["accounts", "content", "referrals", "commissions"]
BIN = Path(sys.executable).parent


@pytest.mark.django_db
def test_a_brand_and_a_koc_can_be_made() -> None:
    koc = make_koc(make_brand())
    assert koc.public_id.startswith("koc_")


def test_real_commits_are_emptied(committed: None) -> None:
    make_brand("lumi")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code without its surroundings, to be spoilt."""
    for name in ["foundation", *FLOORS, "config"]:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static", "templates", "locale"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def contract_of(name: str, copy: Path) -> str:
    """What import-linter says about one contract."""
    run = subprocess.run([BIN / "lint-imports", "--no-cache", "--no-logo"], cwd=copy, capture_output=True, text=True, env={"NO_COLOR": "1"})
    assert f"{name} KEPT" in run.stdout or f"{name} BROKEN" in run.stdout, run.stdout + run.stderr
    assert (run.returncode == 0) == ("BROKEN" not in run.stdout)
    return "kept" if f"{name} KEPT" in run.stdout else "broken"


@pytest.mark.parametrize(
    ("contract", "file", "line"),
    [
        ("Floors", "referrals/services/spoilt.py", "import commissions.models"),
        ("Floors", "commissions/services/spoilt.py", "import config.urls"),
        ("Rooms", "commissions/models/spoilt.py", "import commissions.services"),
        ("Rooms", "accounts/helpers.py", "LIMIT = 5"),
        ("Domain is pure", "commissions/domain/spoilt.py", "import django.utils.timezone"),
        ("Domain is pure", "referrals/domain/spoilt.py", "import accounts.selectors.files, accounts.models"),
        ("Doors are opened from the street", "commissions/services/spoilt.py", "import accounts.api"),
    ],
)
def test_an_import_against_the_house_breaks_its_contract(copy: Path, contract: str, file: str, line: str) -> None:
    (copy / file).write_text(line + "\n")
    assert contract_of(contract, copy) == "broken"


def test_the_house_as_it_stands_keeps_every_contract(copy: Path) -> None:
    contracts = ["Floors", "Rooms", "Domain is pure", "Doors are opened from the street"]
    assert [contract_of(name, copy) for name in contracts] == ["kept"] * 4


@pytest.mark.parametrize(
    ("rule", "file", "line"),
    [
        ("TID251", "commissions/selectors/spoilt.py", "from django.db import transaction"),
        ("TID251", "commissions/tasks.py", "import django.db\n\n\ndef run() -> None:\n    with django.db.transaction.atomic():\n        pass"),
        ("TID251", "accounts/models/spoilt.py", "from django.db.models.signals import post_save"),
        ("TID251", "accounts/models/spoilt.py", "from django.dispatch import receiver"),
        ("PLC0415", "content/services/spoilt.py", "def cycle() -> None:\n    import content.tasks"),
        ("DTZ005", "content/services/spoilt.py", "import datetime\n\nNOW = datetime.datetime.now()"),
        ("FBT001", "content/services/spoilt.py", "def publish(loudly: bool) -> None: ..."),
        ("C901", "content/services/spoilt.py", "def f(n: int) -> None:\n" + "".join(f"    if n == {i}:\n        return\n" for i in range(9))),
    ],
)
def test_a_line_against_the_house_is_found(copy: Path, rule: str, file: str, line: str) -> None:
    (copy / file).write_text(line + "\n")
    run = subprocess.run([BIN / "ruff", "check", "--no-cache", "--output-format", "concise", file], cwd=copy, capture_output=True, text=True)
    assert rule in run.stdout


def test_a_transaction_in_a_service_is_welcome(copy: Path) -> None:
    (copy / "accounts/services/fine.py").write_text("from django.db import transaction\n\nwith transaction.atomic():\n    pass\n")
    run = subprocess.run([BIN / "ruff", "check", "--no-cache", "accounts/services/fine.py"], cwd=copy, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_services_too_hear_no_signals() -> None:
    """Services may import what TID251 bans elsewhere, so signals are looked for here."""
    services = [file for floor in FLOORS for file in (ROOT / floor).glob("services/**/*.py")]
    assert [(file, name) for file in services for name in imported(file) if {"signals", "dispatch"} & set(name.split("."))] == []


def test_no_room_has_a_name_that_says_nothing() -> None:
    vague = {"utils", "helpers", "common", "core", "base", "misc", "signals"}
    assert [file for floor in FLOORS for file in (ROOT / floor).rglob("*.py") if file.stem in vague] == []
