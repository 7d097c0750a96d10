"""A database of the commit before is brought up to date with its rows; one of before the squash is left alone."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from config.embedded import url_of
from tests.journeys.conftest import free_port
from tests.support.paths import ROOT

# What the embedded server of a clone held before the migrations were squashed: the names, and tables as they then were.
OLDER = """
CREATE TABLE django_migrations (id bigserial PRIMARY KEY, app varchar(255), name varchar(255), applied timestamptz);
INSERT INTO django_migrations (app, name, applied) VALUES
    ('accounts', '0001_initial', now()), ('accounts', '0002_landing_urls', now()), ('commissions', '0001_initial', now()),
    ('commissions', '0002_the_database_states_the_law', now()), ('commissions', '0003_one_book_for_everything', now());
CREATE TABLE commissions_order (id bigserial PRIMARY KEY, key text);
INSERT INTO commissions_order (key) VALUES ('A-1');
"""
FIRST = "0001_initial"
FLOORS = ("accounts", "content", "referrals", "commissions", "growth")
ROWS = (ROOT / "tests/architecture/rows_of_the_first_migrations.sql").read_text()
UNUSED = ["accounts_user_groups", "accounts_user_user_permissions"]  # Django's; nobody here is in a group
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name"


@pytest.fixture
def empty_database(transactional_db: None) -> Iterator[str]:
    """The address of a database of its own, beside the test's."""
    name = f"{connection.settings_dict['NAME']}_other"
    url = url_of(connection.settings_dict)
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name}")
    yield url.removesuffix(connection.settings_dict["NAME"]) + name
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"DATABASE_URL": url, "GROVE_ENV_FILE": "no", "PORT": str(free_port())}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def manage(url: str, *arguments: str) -> str:
    done = run(url, "manage.py", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("start", [("manage.py", "migrate"), ("-m", "config.run", "--no-demo")])
def test_a_database_of_before_the_squash_is_left_alone_and_says_what_to_do(
    empty_database: str, start: tuple[str, ...]
) -> None:
    with psycopg.connect(empty_database) as older:
        older.execute(OLDER)
    done = run(empty_database, *start)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (sentence,) = done.stderr.splitlines()
    assert "made by another version of Grove (it has commissions 0003_one_book_for_everything" in sentence
    assert "nothing was changed: to start afresh, name an empty database in DATABASE_URL" in sentence
    assert "export first with the commit that made it" in sentence
    with psycopg.connect(empty_database) as older:
        assert older.execute(TABLES).fetchall() == [("commissions_order",), ("django_migrations",)]
        assert older.execute("SELECT count(*) FROM django_migrations").fetchone() == (5,)


def test_a_new_database_takes_all_migrations_and_a_second_time_none(empty_database: str) -> None:
    manage(empty_database, "migrate")
    assert "No migrations to apply" in manage(empty_database, "migrate")


def counts(url: str) -> dict[str, int]:
    """The rows of each table of ours."""
    ours = tuple(f"{floor}_" for floor in FLOORS)
    with psycopg.connect(url) as database:
        tables = [table for (table,) in database.execute(TABLES) if table.startswith(ours)]
        return {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # type: ignore[index]


def fill(url: str) -> None:
    """The rows, as a restored dump brings them: no trigger looks, and the sequences go on behind them."""
    with psycopg.connect(url) as database:
        database.execute("SET session_replication_role = replica")
        database.execute(ROWS)
        for (table,) in database.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'id' AND is_identity = 'YES'"
        ).fetchall():
            database.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING max(id) > 0"
            )


def test_every_migration_upgrades_a_database_of_the_commit_before_with_rows_in_it(empty_database: str) -> None:
    """It begins at the first migrations with a row in every table, and goes through all that came since. A migration
    that takes rows or a table away says so here."""
    for floor in FLOORS:
        manage(empty_database, "migrate", floor, FIRST)
    fill(empty_database)
    before = counts(empty_database)
    assert [table for table, rows in before.items() if rows == 0] == UNUSED
    manage(empty_database, "migrate")
    after = counts(empty_database)
    assert {table: after.get(table, 0) for table in before} == before
    assert "1 brand, 0 faults" in manage(empty_database, "check_ledger")
    with psycopg.connect(empty_database) as database:
        database.execute("SET session_replication_role = replica")
        database.execute("UPDATE commissions_wallet SET balance_minor = balance_minor + 1 WHERE koc_id = 1")
    assert run(empty_database, "manage.py", "check_ledger").returncode == 1  # the proof would have seen a loss


def test_a_floor_adds_its_migrations_one_after_the_other() -> None:
    """Two branches that each add one meet in this file, and git says so."""
    for floor in FLOORS:
        folder = ROOT / floor / "migrations"
        names = sorted(file.stem for file in folder.glob("0*.py"))
        assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
        assert (folder / "max_migration.txt").read_text().split() == names[-1:]
    assert apps.is_installed("django_linear_migrations")
