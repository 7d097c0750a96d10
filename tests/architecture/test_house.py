"""The rules of the house are seen failing: each contract is broken once on a copy of the tree. What is never seen red
proves nothing."""

import ast
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from tests.support.factories import make_brand, make_koc
from tests.support.paths import ROOT

FLOORS = ["foundation", "accounts", "content", "referrals", "commissions", "growth", "backoffice", "config"]
BIN = Path(sys.executable).parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


@pytest.mark.django_db
def test_a_brand_and_a_koc_can_be_made() -> None:
    koc = make_koc(make_brand())
    assert koc.public_id.startswith("koc_")


def test_real_commits_are_emptied(committed: None) -> None:
    make_brand("lumi")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code without its surroundings, to be spoilt."""
    for name in FLOORS:
        ignored = shutil.ignore_patterns("__pycache__", "static", "templates", "locale", "fonts")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def contract_of(name: str, copy: Path) -> str:
    """What import-linter says about one contract."""
    lint: list[str | Path] = [BIN / "lint-imports", "--no-cache", "--no-logo"]
    run = subprocess.run(lint, cwd=copy, capture_output=True, text=True, env={"NO_COLOR": "1"})
    assert f"{name} KEPT" in run.stdout or f"{name} BROKEN" in run.stdout, run.stdout + run.stderr
    assert (run.returncode == 0) == ("BROKEN" not in run.stdout)
    return "kept" if f"{name} KEPT" in run.stdout else "broken"


def each(spoilt: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str, str]]:
    return [(rule, file, line) for rule, lines in spoilt.items() for file, line in lines]


SPOILT = {
    "Floors": [
        ("foundation/files/spoilt.py", "import accounts.brands.models"),
        ("referrals/shares/services/spoilt.py", "import commissions.orders.models"),
        ("commissions/payouts/services/spoilt.py", "import config.urls"),
        ("commissions/payouts/services/spoilt.py", "import growth.contests.models"),
    ],
    "Nouns of accounts": [("accounts/brands/spoilt.py", "import accounts.access.models")],
    "Nouns of content": [("content/products/spoilt.py", "import content.kits.models")],
    "Nouns of referrals": [("referrals/tree/services/spoilt.py", "import referrals.shares.models")],
    "Nouns of commissions": [
        ("commissions/orders/services/spoilt.py", "import commissions.ledger.models"),
        ("commissions/money.py", "LIMIT = 5"),
    ],
    "Nouns of growth": [("growth/spoilt.py", "LIMIT = 5")],
    "Growth sees sales, not money": [("growth/contests/spoilt.py", "import commissions.ledger.models")],
    "Nouns of backoffice": [("backoffice/brand_file/spoilt.py", "import backoffice.demo.domain")],
    "Rooms of every noun": [
        ("commissions/orders/domain/spoilt.py", "import commissions.orders.services.intake"),
        ("commissions/exports/selectors.py", "import commissions.exports.rendering"),
        ("accounts/people/helpers.py", "LIMIT = 5"),
    ],
    "Domain is pure": [
        ("commissions/plans/domain/spoilt.py", "import django.utils.timezone"),
        ("referrals/attribution/domain/spoilt.py", "import foundation.ids.codes"),
        ("foundation/money/spoilt.py", "import django.utils.timezone"),
    ],
    "Faces are opened from the street": [
        ("commissions/orders/services/spoilt.py", "import accounts.access.api"),
        ("backoffice/demo/services/spoilt.py", "import commissions.orders.admin.facts"),
    ],
}
"""Contract → a line in a file that breaks it."""


@pytest.mark.parametrize(("contract", "file", "line"), each(SPOILT))
def test_an_import_against_the_house_breaks_its_contract(copy: Path, contract: str, file: str, line: str) -> None:
    (copy / file).write_text(line + "\n")
    assert contract_of(contract, copy) == "broken"


def test_the_house_as_it_stands_keeps_every_contract(copy: Path) -> None:
    assert [contract_of(contract["name"], copy) for contract in CONTRACTS] == ["kept"] * len(CONTRACTS)


def nouns() -> list[str]:
    """The folders on the floors that are split by nouns."""
    floors = ["accounts", "content", "referrals", "commissions", "growth", "backoffice"]
    kinds = {"management", "migrations", "templates", "__pycache__"}
    return [
        f"{floor}.{noun.name}"
        for floor in floors
        for noun in (ROOT / floor).iterdir()
        if noun.is_dir() and noun.name not in kinds
    ]


def test_every_folder_of_a_floor_is_a_noun_that_the_contracts_know() -> None:
    rooms = next(contract for contract in CONTRACTS if contract["name"] == "Rooms of every noun")
    assert sorted(rooms["containers"]) == sorted(nouns())
    pure = next(contract for contract in CONTRACTS if contract["name"] == "Domain is pure")["source_modules"]
    assert [
        noun
        for noun in nouns()
        if list((ROOT / noun.replace(".", "/")).glob("domain*")) and f"{noun}.domain" not in pure
    ] == []


def test_no_folder_holds_more_than_twenty_modules_and_no_file_more_than_400_lines() -> None:
    files = [file for place in [*FLOORS, "tests", "benchmarks"] for file in (ROOT / place).rglob("*.py")]
    assert [
        str(file) for file in files if "migrations" not in file.parts and len(file.read_text().splitlines()) > 400
    ] == []
    folders = {file.parent for file in files if not {"migrations", "commands"} & set(file.parts)}
    counts = {folder: len([file for file in folder.glob("*.py") if file.name != "__init__.py"]) for folder in folders}
    assert {folder: count for folder, count in counts.items() if count > 20} == {}


AGAINST = {
    "TID251": [
        ("commissions/orders/selectors/spoilt.py", "from django.db import transaction"),
        ("commissions/orders/selectors/spoilt.py", "from foundation.postgres.transactions import in_transaction"),
        (
            "commissions/tasks.py",
            "import django.db\n\n\ndef run() -> None:\n    with django.db.transaction.atomic():\n        pass",
        ),
        ("accounts/people/spoilt.py", "from django.db.models.signals import post_save"),
        ("accounts/people/spoilt.py", "from django.dispatch import receiver"),
    ],
    "PLC0415": [("content/kits/spoilt.py", "def cycle() -> None:\n    import content.tasks")],
    "DTZ005": [("content/kits/spoilt.py", "import datetime\n\nNOW = datetime.datetime.now()")],
    "FBT001": [("content/kits/spoilt.py", "def publish(loudly: bool) -> None: ...")],
    "C901": [
        (
            "content/kits/spoilt.py",
            "def f(n: int) -> None:\n" + "".join(f"    if n == {i}:\n        return\n" for i in range(9)),
        )
    ],
}
"""Rule of the linter → a line in a file that breaks it."""


@pytest.mark.parametrize(("rule", "file", "line"), each(AGAINST))
def test_a_line_against_the_house_is_found(copy: Path, rule: str, file: str, line: str) -> None:
    (copy / file).write_text(line + "\n")
    check: list[str | Path] = [BIN / "ruff", "check", "--no-cache", "--output-format", "concise", file]
    run = subprocess.run(check, cwd=copy, capture_output=True, text=True)
    assert rule in run.stdout


def test_a_transaction_in_a_service_is_welcome(copy: Path) -> None:
    fine = copy / "accounts" / "people" / "services" / "fine.py"
    fine.write_text("from django.db import transaction\n\nwith transaction.atomic():\n    pass\n")
    run = subprocess.run([BIN / "ruff", "check", "--no-cache", fine], cwd=copy, capture_output=True, text=True)
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
    services = [file for floor in FLOORS for file in (ROOT / floor).rglob("services*/**/*.py")]
    services += [file for floor in FLOORS for file in (ROOT / floor).rglob("services.py")]
    assert len(services) > 50
    found = [(file, name) for file in services for name in imported(file)]
    assert [(file, name) for file, name in found if {"signals", "dispatch"} & set(name.split("."))] == []


def test_no_room_has_a_name_that_says_nothing() -> None:
    vague = {"utils", "helpers", "common", "core", "base", "misc", "signals"}
    named_by_django = [ROOT / "foundation/postgres/backend/base.py"]  # a backend of Django's is looked for there
    files = [file for floor in FLOORS for file in (ROOT / floor).rglob("*.py") if file.stem in vague]
    assert files == named_by_django


def test_no_two_classes_have_one_name() -> None:
    """Django names each command's class itself."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for floor in FLOORS:
        for file in (ROOT / floor).rglob("*.py"):
            for node in ast.parse(file.read_text()).body:
                if isinstance(node, ast.ClassDef) and node.name not in {"Command", "Migration"}:
                    places[node.name].append(str(file.relative_to(ROOT)))
    assert {name: files for name, files in places.items() if len(files) > 1} == {}
