"""Every name that the docs mention is there: modules and what is in them, classes, fields, files, links, addresses,
commands with their options, targets of make, settings, headers, words. Looked at are `code` in sentences, blocks without
a language or for a shell, and links."""

import ast
import re
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import get_resolver

from commissions.ledger.models import Transfer, Wallet
from tests.architecture.outside import addresses
from tests.architecture.source import FLOORS, NOUNS, modules, our_models
from tests.support.paths import ROOT

CHANGES = (ROOT / "CHANGELOG.md").read_text()
NEWEST = re.split(r"^## ", CHANGES, flags=re.MULTILINE)[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES += [page for noun in NOUNS if (page := ROOT / noun.replace(".", "/") / "README.md").exists()]
# Names of others: of HTTP, numpy, Python, a user of the system, and events of the shop.
FOREIGN = {"pgserver", "stdnum.cn.ric", "HttpOnly", "Location", "np.where", "self.koc", "order.paid", "//"}
NAME = re.compile(r"\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
CLASS = re.compile(r"[A-Z][a-z]+[a-z0-9]*(?:[A-Z][a-z0-9]+)*")
FILE = re.compile(r"[\w./*-]+\.(?:py|md|ya?ml|json|toml|svg|png|txt|in|po)|[\w.-]+(?:/[\w.-]+)*/|[a-z_]+(?:/[\w.]+)+")


class Module(NamedTuple):
    """What a module declares: its own names, and those of each of its classes."""

    path: list[str]
    names: set[str]
    classes: dict[str, set[str]]


def declared(body: list[ast.stmt]) -> set[str]:
    names: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names |= {part.id for target in targets if target for part in ast.walk(target) if isinstance(part, ast.Name)}
    return names


@cache
def code() -> list[Module]:
    found = []
    for name, file in modules():
        body = ast.parse(file.read_text()).body
        classes = {node.name: declared(node.body) for node in body if isinstance(node, ast.ClassDef)}
        found.append(Module(name.split("."), declared(body), classes))
    fields = {model.__name__: {field.name for field in model._meta.get_fields()} for model in our_models()}
    return [*found, Module([], set(), fields)]


@cache
def words() -> set[str]:
    """Every identifier of the code, every word of its strings, every table."""
    found = {model._meta.db_table for model in our_models()}
    for _, file in modules():
        found |= set(re.findall(r"[A-Za-z_]\w+", file.read_text()))
    return found | {part for name, _ in modules() for part in name.split(".")}


@cache
def texts() -> str:
    """All of the code that is no Python module of ours too: templates, YAML, what starts the processes."""
    files = [ROOT / name for name in ("Makefile", "Procfile", ".env.example", "pyproject.toml")]
    files += [
        file for floor in FLOORS for kind in ("html", "yaml") for file in sorted((ROOT / floor).rglob(f"*.{kind}"))
    ]
    files += [file for _, file in modules()]
    return "\n".join(file.read_text() for file in files)


@cache
def is_word(text: str) -> bool:
    return text in words() or text in get_commands() or re.search(rf"\b{re.escape(text)}\b", texts()) is not None


def is_option(text: str) -> bool:
    return any(text in options(command) for command, app in get_commands().items() if app in FLOORS)


@cache
def is_setting(text: str) -> bool:
    """A setting of the environment, a constant of the code, or a variable of make."""
    return re.search(rf"\b{text}\b", texts()) is not None


def is_in_var_dir(path: str) -> bool:
    """`VAR_DIR/exports/…`: each part is named in the code."""
    return all(is_word(part) for part in path.split("/")[1:] if part)


def is_in_code(name: str) -> bool:
    """A dotted name, written from any package on, or from a class on."""
    parts = name.split(".")
    if parts[0] == "":
        return any(parts[1] in members for module in code() for members in module.classes.values())
    for module in code():
        if parts[0] in module.classes and len(parts) == 2 and parts[1] in module.classes[parts[0]]:
            return True
        for length in range(1, len(parts) + 1):
            if module.path[-length:] == parts[:length] and is_in(module, parts[length:]):
                return True
    packages = {".".join(module.path[:length]) for module in code() for length in range(1, len(module.path))}
    return any(f".{package}".endswith(f".{name}") for package in packages)


def is_in(module: Module, rest: list[str]) -> bool:
    if len(rest) == 2:
        return rest[1] in module.classes.get(rest[0], set())
    return not rest or (len(rest) == 1 and rest[0] in module.names)


def is_class(name: str) -> bool:
    return any(name in module.classes for module in code())


def is_file(path: str, page: Path) -> bool:
    places = [ROOT / path, page.parent / path]
    return any(place.exists() for place in places) or bool(
        "/" not in path and next(ROOT.glob(f"[!.]*/**/{path}"), None)
    )


def is_target(name: str) -> bool:
    return re.search(rf"^{name}:", (ROOT / "Makefile").read_text(), re.MULTILINE) is not None


@cache
def known_addresses() -> set[str]:
    return {re.sub(r"<[^>]+>", "{}", address) for address in addresses(get_resolver())} | {"/admin/", "/api/v1/", "/"}


def is_address(path: str) -> bool:
    tidy = re.sub(r"[{<][^}>]*[}>]", "{}", path.split("?")[0])
    return any(tidy in (known, known.removeprefix("/api/v1")) for known in known_addresses())


@cache
def options(command: str) -> set[str]:
    parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)
    return set(parser._option_string_actions)


def wrong_in_call(text: str) -> Iterator[str]:
    """`settle --brand SLUG`, with or without `manage.py`."""
    words = shlex.split(re.sub(r"[\"'<>$|;&…]", " ", text.removeprefix(".venv/bin/python ")))
    if words and words[0] in ("manage.py", "manage"):
        words = words[1:]
    if words and words[0] in get_commands():
        given = [word.split("=")[0] for word in words if word.startswith("--")]
        yield from (f"{words[0]} {option}" for option in given if option not in options(words[0]))
    elif words and text.startswith("manage"):
        yield words[0]


# What a `code` looks like → whether it is there. The first that it looks like is asked.
KINDS: list[tuple[str, Callable[[str, Path], bool]]] = [
    (r"make [a-z]+( .*)?", lambda text, _: is_target(text.split()[1])),
    (r"https?://(127\.0\.0\.1|localhost)(:\w+)?/.*", lambda text, _: is_address("/" + text.split("/", 3)[3])),
    (r"(https?:|\.env).*", lambda _text, _: True),
    (r"VAR_DIR(/[\w.-]+)*/?", lambda text, _: is_in_var_dir(text)),
    (r"[a-z][\w-]*(/[\w{}-]+)*/\{\w+\}(/[\w{}-]+)*", lambda text, _: is_address(f"/{text}")),
    (r"--[a-z-]+", lambda text, _: is_option(text)),
    (r"[A-Z][A-Z0-9]*_[A-Z0-9_]+", lambda text, _: is_setting(text)),
    (r"[A-Z]\w*(-[A-Z]\w*)+", lambda text, _: text in texts()),
    (r"([A-Z]+ )?/[\w./{}<>-]*(\?.*)?", lambda text, _: is_address(text.split()[-1])),
    (r".* .*", lambda text, _: not list(wrong_in_call(text))),
    (FILE.pattern, is_file),
    (CLASS.pattern, lambda text, _: is_class(text)),
    (NAME.pattern.replace(")*", ")+") + r"|\.[a-z]\w+", lambda text, _: is_in_code(text)),
    (r"[a-z]+[a-z0-9]*(_[a-z0-9]+)*", lambda text, _: is_word(text)),
]


def wrong_in_code(text: str, page: Path) -> Iterator[str]:
    """What one `code` of a sentence names that is not there."""
    bare = re.sub(r"(?<=\w)\(.*\)$", "", text)
    if bare not in FOREIGN and not next(
        (is_there(bare, page) for kind, is_there in KINDS if re.fullmatch(kind, bare)), True
    ):
        yield text


def wrong_in_block(text: str) -> Iterator[str]:
    """A drawing of who calls whom: dotted names, classes, and names of functions."""
    for word in re.findall(r"(?<![\w./{-])[A-Za-z_][\w.]*\w(?![\w/}-])", text):
        if "." in word:
            is_there = is_in_code(word)
        elif "_" in word:
            is_there = word in words()
        else:
            is_there = not re.fullmatch(r"(?:[A-Z][a-z]+){2,}", word) or is_class(word)
        if not is_there:
            yield word


def wrong_links(text: str, page: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        place = page.parent / path if path else page
        if re.match(r"https?:", target):
            continue
        if not place.exists() or (anchor and anchor not in anchors(place)):
            yield target


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def wrong(text: str, page: Path) -> list[str]:
    """Everything that a page names and that is not there."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    found = [name for language, block in blocks if not language for name in wrong_in_block(block)]
    for language, block in blocks:
        if language in ("sh", "bash"):
            calls = re.findall(r"^\s*(?:\S*python )?manage(?:\.py)? .*$", block, re.MULTILINE)
            found += [name for call in calls for name in wrong_in_call(re.sub(r"^\s*\S*python |#.*", "", call).strip())]
            found += [
                target for target in re.findall(r"^\s*make ([a-z-]+)", block, re.MULTILINE) if not is_target(target)
            ]
            files = re.findall(r"(?<![\w./])(?:docs|benchmarks|tests)/[\w./-]+\.\w+", block)
            found += [file for file in files if not is_file(file, page)]
    found += [name for code in re.findall(r"`([^`\n]+)`", prose) for name in wrong_in_code(code, page)]
    return found + list(wrong_links(prose, page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_what_is_there(page: Path) -> None:
    assert wrong(page.read_text(), page) == []


def test_the_newest_changes_name_only_what_is_there() -> None:
    assert wrong(NEWEST, ROOT / "CHANGELOG.md") == []


def test_the_page_of_money_names_every_reason_of_a_transfer_and_every_wallet() -> None:
    wallets = (ROOT / "docs/money.md").read_text().split("## Wallets\n")[1].split("\n## ")[0]
    before, table = wallets.split("\n\n", 1)
    last_cells = [row.split("|")[-2] for row in table.splitlines()[2:] if row.startswith("|")]
    reasons = {word for cell in last_cells for word in cell.split(", ")[:-1]}
    assert {word.strip() for word in reasons} == set(Transfer.Reason.values)
    named = {word for code in re.findall(r"`([^`]+)`", before) for word in code.split(" → ")}
    assert named == set(Wallet.Kind.values)


@pytest.mark.parametrize(
    "text",
    [
        "`commissions.selectors.laws`",
        "`rates.earn`",
        "`Order.credit_saw`",
        "`.credit_saw`",
        "`AmendedLine`",
        "`commissions/domain/rates.py`",
        "`settle --month 2026-03`",
        "`manage.py settle_up`",
        "`make money`",
        "`GET /api/v1/nothing`",
        "`record_the_clicks`",
        "`LOCK_MINUTES`",
        "`VAR_DIR/clocks_and_bells`",
        "`Idempotence-Key`",
        "`--chekc`",
        "`shares/{id}/propagations`",
        "`http://127.0.0.1:8000/amdin/`",
        "`wallett`",
        "```sh\nmake money\n```",
        "```sh\ncat docs/examples/rose.yaml\n```",
        "[x](docs/nothing.md)",
        "[x](docs/money.md#nothing)",
        "```\nclock ──► commissions.clock.run_due\n```",
        "```\nclock ──► AmendedLine\n```",
        "```sh\nmanage.py settle --month 3\n```",
    ],
)
def test_a_name_of_nothing_is_found(text: str) -> None:
    assert len(wrong(text, ROOT / "README.md")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "`commissions.plans.domain.rates`",
        "`rates.cut`",
        "`Order.credit_seen`",
        "`.credit_seen`",
        "`Order`",
        "`commissions/plans/domain/rates.py`",
        "`settle --brand SLUG --period 2026-03`",
        "`make test`",
        "`GET /s/{code}`",
        "`LOCK_SECONDS`",
        "`VAR_DIR/exports`",
        "`Idempotency-Key`",
        "`--check`",
        "`shares/{id}/propagation`",
        "`http://127.0.0.1:8000/admin/`",
        "`wallet`",
        "```sh\nmake test\n```",
        "[x](docs/money.md#plans)",
    ],
)
def test_a_name_of_something_is_let_be(text: str) -> None:
    assert wrong(text, ROOT / "README.md") == []
