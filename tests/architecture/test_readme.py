"""The tables of the README say what is there, all of it and nothing else."""

import re

from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text()
FLOORS = {"accounts", "content", "referrals", "commissions", "growth", "backoffice"}


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def first_cells(title: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)`", section(title), re.MULTILINE)


def addresses(resolver: URLResolver, before: str = "/") -> list[str]:
    """Every address of ours; the admin is one."""
    found: list[str] = []
    for entry in resolver.url_patterns:
        path = before + re.sub(r"<\w+:(\w+)>", r"<\1>", str(entry.pattern))
        if isinstance(entry, URLPattern) or entry.app_name == "admin":
            found.append(path)
        else:
            found += addresses(entry, path)
    return found


def test_the_table_of_addresses_is_the_url_map() -> None:
    assert sorted(first_cells("The API")) == sorted(addresses(get_resolver()))


def test_the_table_of_settings_is_what_is_read() -> None:
    read = re.findall(r"env\.\w+\(\s*\"([A-Z0-9_]+)\"", (ROOT / "config" / "settings.py").read_text())
    assert sorted(first_cells("Settings")) == sorted(read)


def test_the_settings_that_production_demands_are_marked() -> None:
    demanded = set(re.findall(r"_made\.get\(\"([A-Z_]+)\"", (ROOT / "config" / "settings.py").read_text())) | {
        "DATABASE_URL",
        "SMS_HTTP_URL",
    }
    assert set(re.findall(r"^\| `([A-Z_]+)` \*", section("Settings"), re.MULTILINE)) == demanded


def test_the_table_of_commands_is_what_there_is() -> None:
    assert sorted(first_cells("Commands")) == sorted(name for name, app in get_commands().items() if app in FLOORS)


def test_every_file_that_is_linked_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
