"""Each noun that has tables says in a README what it is, and names its tables."""

import re

import pytest

from tests.architecture.source import NOUNS, noun_of, our_models
from tests.support.paths import ROOT

TABLES: dict[str, set[str]] = {}
for model in our_models():
    TABLES.setdefault(noun_of(model.__module__), set()).add(model._meta.db_table)


def test_every_table_is_of_a_noun() -> None:
    assert TABLES.keys() - set(NOUNS) == set()
    assert len(TABLES) > 20


@pytest.mark.parametrize("noun", sorted(TABLES))
def test_the_readme_of_a_noun_names_its_tables_and_no_others(noun: str) -> None:
    page = (ROOT / noun.replace(".", "/") / "README.md").read_text()
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == TABLES[noun]


@pytest.mark.parametrize("noun", sorted(TABLES))
def test_the_readme_of_a_noun_says_its_laws_its_keys_and_who_reads_it(noun: str) -> None:
    page = (ROOT / noun.replace(".", "/") / "README.md").read_text()
    assert page.startswith("# ")
    assert re.findall(r"^\*\*([\w ]+?)\.?\*\*", page, re.MULTILINE) == ["Laws", "Keys", "Read by"]
