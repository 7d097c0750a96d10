"""Whoever installs Grove gets the same packages, whichever Python and pip they have. `make installs` asks the pips
themselves."""

import re
from collections import Counter

import pytest

from tests.support.paths import ROOT

LISTS = ["requirements.txt", "requirements-dev.txt"]


@pytest.mark.parametrize("name", LISTS)
def test_every_python_gets_the_same_version(name: str) -> None:
    packages = re.findall(r"^([a-z0-9._-]+)(?:\[[a-z0-9,-]+\])?==", (ROOT / name).read_text(), re.MULTILINE)
    assert len(packages) > 30
    assert [package for package, versions in Counter(packages).items() if versions > 1] == []


@pytest.mark.parametrize(
    ("name", "extra"), [("requirements.txt", "psycopg[binary]=="), ("requirements-dev.txt", "coverage[toml]==")]
)
def test_extras_are_kept_since_an_old_pip_asks_for_them(name: str, extra: str) -> None:
    assert f"\n{extra}" in (ROOT / name).read_text()
